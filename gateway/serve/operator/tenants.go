package operator

import (
	"cmp"
	"net/http"

	"nutrigate/gateway/operate"
	"nutrigate/gateway/serve/room"
)

func (m Room) listTenants(r *http.Request) (room.Answer, error) {
	names, err := m.Store.Tenants(r.Context())
	if err != nil {
		return room.Answer{}, err
	}
	all := []operate.Tenant{}
	for _, name := range names {
		all = append(all, operate.Tenant{Tenant: name})
	}
	return respond(r, struct {
		Tenants []operate.Tenant `json:"tenants"`
	}{all})
}

// createTenant makes the tenant that the body names; one that is there stays.
func (m Room) createTenant(r *http.Request) (room.Answer, error) {
	var t operate.Tenant
	if err := room.Decode(r, &t, true); err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.PutTenant(r.Context(), t.Tenant); err != nil {
		return room.Answer{}, err
	}
	return respond(r, t)
}

func (m Room) listKeys(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	keys, err := m.Store.Keys(r.Context(), tenant)
	if err != nil {
		return room.Answer{}, err
	}
	all := []operate.Key{}
	for _, k := range keys {
		all = append(all, operate.KeyOf(k, ""))
	}
	return respond(r, struct {
		Keys []operate.Key `json:"keys"`
	}{all})
}

// createKey makes a key for the dev-id in the body, which is the tenant's name
// where the body has none.
func (m Room) createKey(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	var body struct {
		DevID string `json:"dev_id"`
	}
	if err := room.Decode(r, &body, true); err != nil {
		return room.Answer{}, err
	}
	made, key, err := m.Store.CreateKey(r.Context(), tenant, cmp.Or(body.DevID, tenant))
	if err != nil {
		return room.Answer{}, err
	}
	return respondOnce(r, operate.KeyOf(made, key))
}

func (m Room) revokeKey(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.RevokeKey(r.Context(), tenant, r.PathValue("id")); err != nil {
		return room.Answer{}, err
	}
	return done(r)
}
