package terra

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
)

// maxBulk is how many users one request may ask for.
const maxBulk = 1000

// bulkUserInfo answers with those of the named users who are there.
func (m *Room) bulkUserInfo(r *http.Request) (room.Answer, error) {
	var ids []string
	if err := room.Decode(r, &ids, false); err != nil {
		return room.Answer{}, err
	}
	if len(ids) > maxBulk {
		return room.Answer{}, fault.New(fault.TooLarge, "one request may ask for %d users", maxBulk)
	}
	if ids == nil {
		return room.Answer{}, fault.New(fault.Invalid, "the body is not a list of user ids")
	}
	users := []json.RawMessage{}
	for _, id := range ids {
		u, err := m.Store.User(r.Context(), room.Tenant(r.Context()), id)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			continue
		case err != nil:
			return room.Answer{}, err
		}
		users = append(users, terra.EncodeUser(terraUser(u)))
	}
	return respond(r, users)
}

// modifyUser changes the tenant's own name for a user, or whether updates are wanted.
func (m *Room) modifyUser(r *http.Request) (room.Answer, error) {
	var change struct {
		Reference *string `json:"reference_id"`
		Active    *bool   `json:"active"`
	}
	if err := decode(r, &change); err != nil {
		return room.Answer{}, err
	}
	if change.Reference != nil {
		if err := reference(*change.Reference); err != nil {
			return room.Answer{}, err
		}
	}
	u, err := m.Store.ChangeUser(r.Context(), room.Tenant(r.Context()), r.PathValue("id"), store.UserChange(change))
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status string          `json:"status"`
		User   json.RawMessage `json:"user"`
	}{"success", terra.EncodeUser(terraUser(u))})
}

// maxReference is how long the tenant's own name for a user may be.
const maxReference = 500

// reference checks the tenant's own name for a user: it is shown and sent in
// addresses, so it has an end and no control characters.
func reference(name string) error {
	if len(name) > maxReference || strings.ContainsFunc(name, unicode.IsControl) {
		return fault.BadParam("reference_id", "invalid reference_id: at most %d bytes, without control characters", maxReference)
	}
	return nil
}
