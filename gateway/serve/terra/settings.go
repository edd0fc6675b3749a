package terra

import (
	"net/http"

	"nutrigate/gateway/serve/room"
)

// settings is what a tenant can set. A field that is absent stays as it is.
type settings struct {
	// Direct keeps to_webhook false where a request does not say.
	Direct *bool `json:"answer_directly"`
}

// readSettings answers with the tenant's settings.
func (m *Room) readSettings(r *http.Request) (room.Answer, error) {
	w, err := m.Store.Webhooks(r.Context(), room.Tenant(r.Context()))
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status   string   `json:"status"`
		Settings settings `json:"settings"`
	}{"success", settings{&w.Direct}})
}

// writeSettings changes the tenant's settings and answers with them.
func (m *Room) writeSettings(r *http.Request) (room.Answer, error) {
	var s settings
	if err := decode(r, &s); err != nil {
		return room.Answer{}, err
	}
	if s.Direct != nil {
		if err := m.Store.SetDirect(r.Context(), room.Tenant(r.Context()), *s.Direct); err != nil {
			return room.Answer{}, err
		}
	}
	return m.readSettings(r)
}
