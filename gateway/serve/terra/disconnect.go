package terra

import (
	"net/http"

	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// disconnectSession makes the address of a page on which a person takes a
// connection back. Terra has no such thing: there the person goes to the source.
func (m *Room) disconnectSession(r *http.Request) (room.Answer, error) {
	u, _, err := m.user(r.Context(), r.URL.Query())
	if err != nil {
		return room.Answer{}, err
	}
	i, err := decodeInvitation(r)
	if err != nil {
		return room.Answer{}, err
	}
	id, err := m.session(r.Context(), store.Session{Leaving: true, User: u.ID, Reference: u.Reference, Success: i.Success})
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, opened{"success", id, room.Base(r, m.BaseURL) + "/disconnect/" + id, sessionSeconds})
}
