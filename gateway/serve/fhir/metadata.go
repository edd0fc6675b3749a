package fhir

import (
	"net/http"
	"time"

	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

// The parts of a CapabilityStatement that we use
// (http://hl7.org/fhir/R4/capabilitystatement.html).
type (
	capabilities struct {
		ResourceType   string         `json:"resourceType"`
		Status         string         `json:"status"`
		Date           string         `json:"date"`
		Publisher      string         `json:"publisher"`
		Kind           string         `json:"kind"`
		Software       software       `json:"software"`
		Implementation implementation `json:"implementation"`
		FHIRVersion    string         `json:"fhirVersion"`
		Format         []string       `json:"format"`
		REST           []rest         `json:"rest"`
	}
	software struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	implementation struct {
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	rest struct {
		Mode     string        `json:"mode"`
		Security security      `json:"security"`
		Resource []served      `json:"resource"`
		Params   []searchParam `json:"searchParam"`
	}
	security struct {
		Description string `json:"description"`
	}
	served struct {
		Type            string        `json:"type"`
		Interaction     []interaction `json:"interaction"`
		Versioning      string        `json:"versioning,omitempty"`
		ConditionalRead string        `json:"conditionalRead,omitempty"`
		SearchParam     []searchParam `json:"searchParam,omitempty"`
	}
	interaction struct {
		Code string `json:"code"`
	}
	searchParam struct {
		Name          string `json:"name"`
		Type          string `json:"type"`
		Documentation string `json:"documentation,omitempty"`
	}
)

// metadata answers with what the server can do, made from the table of
// resources: it promises nothing that has no route.
func (m *Room) metadata(r *http.Request) (room.Answer, error) {
	mediaType, err := mediaType(r, r.URL.Query())
	if err != nil {
		return room.Answer{}, err
	}
	page, err := room.JSON(fhir.MediaType, m.capabilities(m.base(r)))
	return room.Answer{Page: page, MediaType: mediaType}, err
}

func (m *Room) capabilities(address string) capabilities {
	return capabilities{
		ResourceType: "CapabilityStatement", Status: "active", Publisher: "Nutrigate", Kind: "instance",
		Date:           m.Now().UTC().Format(time.DateOnly),
		Software:       software{"Nutrigate", m.Version},
		Implementation: implementation{"What people log in their food diary, read-only", address},
		FHIRVersion:    fhirVersion,
		Format:         append([]string{"json", "xml"}, form.Types()...),
		REST: []rest{{
			Mode:     "server",
			Security: security{"Every request but this one needs the headers dev-id and x-api-key."},
			Resource: m.served(),
			Params: []searchParam{
				{"_count", "number", "resources on a page: 50 if absent, 1000 at most, 0 for the total alone"},
				{"_format", "string", "wins over Accept"},
			},
		}},
	}
}

func (m *Room) served() []served {
	all := []served{{Type: "CodeSystem", Interaction: []interaction{{"read"}}}}
	for _, t := range m.resources() {
		s := served{
			Type: t.name, Interaction: []interaction{{"read"}, {"search-type"}},
			Versioning: "versioned", ConditionalRead: "full-support",
		}
		for _, p := range t.params {
			s.SearchParam = append(s.SearchParam, searchParam{p.name, p.kind, p.summary})
		}
		all = append(all, s)
	}
	return all
}
