package oauth

import (
	"net/http"

	"nutrigate/gateway/operate"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
)

// TenantRoutes returns the routes by which tenants let people in, below "/v2".
func TenantRoutes(m Room) []room.Route {
	return []room.Route{
		{Method: http.MethodPost, Path: "/auth/generateLaunch", Summary: "An address at which a person opens an app: the body has client_id, and user_id, reference_id or practitioner", Takes: []string{jsonType}, Gives: []string{jsonType}, Handle: m.generateLaunch},
		{Method: http.MethodPost, Path: "/auth/generateAccessCode", Summary: "A code that a person types when an app asks: the body has user_id, reference_id or practitioner", Takes: []string{jsonType}, Gives: []string{jsonType}, Handle: m.generateAccessCode},
	}
}

func (m *Room) generateLaunch(r *http.Request) (room.Answer, error) {
	var n operate.NewLaunch
	if err := room.Decode(r, &n, true); err != nil {
		return room.Answer{}, err
	}
	l, err := operate.Launch(r.Context(), m.Store, room.Tenant(r.Context()), n, m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	return respond(struct {
		Status  string `json:"status"`
		Launch  string `json:"launch"`
		URL     string `json:"launch_url"`
		Expires int    `json:"expires_in"`
	}{"success", l.ID, room.Base(r, m.BaseURL) + Base + "/launch/" + l.Secret, seconds(smart.LaunchLife)})
}

func (m *Room) generateAccessCode(r *http.Request) (room.Answer, error) {
	var n operate.NewLaunch
	if err := room.Decode(r, &n, true); err != nil {
		return room.Answer{}, err
	}
	l, err := operate.AccessCode(r.Context(), m.Store, room.Tenant(r.Context()), n, m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	return respond(struct {
		Status  string `json:"status"`
		Code    string `json:"access_code"`
		Expires int    `json:"expires_in"`
	}{"success", l.Secret, seconds(smart.LaunchLife)})
}
