package connect

import (
	"net/http"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// cancelled is what the tenant's endpoints are told of a person who declined.
func cancelled(s store.Session) (store.Event, error) {
	detail, err := room.Marshal(struct {
		Status    string `json:"status"`
		Reason    string `json:"reason"`
		Reference string `json:"reference_id,omitempty"`
		Flow      string `json:"flow_id"`
	}{"error", "declined", s.Reference, s.ID})
	return store.Event{Tenant: s.Tenant, Type: "auth_cancelled", Detail: detail}, err
}

// decline ends the session with nobody connected.
func (m *Room) decline(r *http.Request) (room.Answer, error) {
	if err := m.origins.Check(r); err != nil {
		return over(fault.Wrap(fault.Forbidden, err, "The form was sent from another site."))
	}
	s, err := m.session(r, false)
	if err != nil {
		return over(err)
	}
	event, err := cancelled(s)
	if err == nil {
		err = m.Store.EndSession(r.Context(), s.ID, event)
	}
	if err != nil {
		return over(err)
	}
	return shown(view{State: "declined", Host: host(s.Failure), Next: next(s.Failure, s.User, s.Reference)}, nil)
}
