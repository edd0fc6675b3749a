package terra

import (
	"net/http"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/terra"
)

// integrations names the sources. They all connect over the web; none needs an
// SDK on the person's device.
func (m *Room) integrations(r *http.Request) (room.Answer, error) {
	return respond(r, struct {
		Status       string   `json:"status"`
		Providers    []string `json:"providers"`
		SDKProviders []string `json:"sdk_providers"`
	}{"success", []string{terra.Provider}, []string{}})
}

// integration is a source as Terra describes one. Setup is Terra's word for how
// its keys are kept; a source that people upload exports of has none.
type integration struct {
	Provider string          `json:"provider"`
	Name     string          `json:"name"`
	Icon     string          `json:"icon"`
	Setup    string          `json:"setup"`
	Enabled  bool            `json:"enabled"`
	Types    map[string]bool `json:"types"`
}

// detailedIntegrations says what the sources have.
func (m *Room) detailedIntegrations(r *http.Request) (room.Answer, error) {
	if _, err := boolean(r.URL.Query(), "sdk"); err != nil {
		return room.Answer{}, err
	}
	types := map[string]bool{}
	for _, typ := range dataTypes() {
		types[typ] = len(terra.Kinds(typ)) > 0
	}
	return respond(r, struct {
		Status    string        `json:"status"`
		Providers []integration `json:"providers"`
	}{"success", []integration{{
		Provider: terra.Provider, Name: "Cronometer", Icon: room.Base(r, m.BaseURL) + "/connect/icon.svg",
		Setup: "NONE", Enabled: true, Types: types,
	}}})
}

// enabled returns a fault unless one of the named sources is there. Names are
// separated by commas; none means all.
func enabled(param, providers string) error {
	if strings.TrimSpace(providers) == "" {
		return nil
	}
	for name := range strings.SplitSeq(providers, ",") {
		if strings.EqualFold(strings.TrimSpace(name), terra.Provider) {
			return nil
		}
	}
	return fault.BadParam(param, "invalid %s: the provider is not enabled; %s is", param, terra.Provider)
}
