package connect

import (
	"net/http"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// leaving returns the session of a request to disconnect, and who would.
func (m *Room) leaving(r *http.Request) (store.Session, store.User, error) {
	s, err := m.session(r, true)
	if err != nil {
		return s, store.User{}, err
	}
	u, err := m.person(r.Context(), s)
	return s, u, err
}

// askToLeave shows the page on which a person takes the connection back.
func (m *Room) askToLeave(r *http.Request) (room.Answer, error) {
	s, _, err := m.leaving(r)
	if err != nil {
		return over(err)
	}
	return shown(view{State: "leave", Session: s.ID, Host: host(s.Success)}, nil)
}

// leave ends the connection, as its person wants it: what is kept of them is
// deleted, and the tenant's endpoints are told, in one transaction.
func (m *Room) leave(r *http.Request) (room.Answer, error) {
	if err := m.origins.Check(r); err != nil {
		return over(fault.Wrap(fault.Forbidden, err, "The form was sent from another site."))
	}
	s, u, err := m.leaving(r)
	if err != nil {
		return over(err)
	}
	if m.Linker != nil {
		// That there is no connection, or nobody to tell, keeps nobody from leaving.
		_ = m.Linker.Leave(r.Context(), s.Tenant, u.ID)
	}
	event := store.Event{Tenant: s.Tenant, User: u.ID, Type: "access_revoked", Detail: []byte(`{"message":"The user took the access back"}`)}
	if err := m.Store.Revoke(r.Context(), s.ID, event); err != nil {
		return over(err)
	}
	return shown(view{State: "left", Host: host(s.Success), Next: next(s.Success, u.ID, u.Reference)}, nil)
}
