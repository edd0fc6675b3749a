package operator

import (
	"net/http"

	"nutrigate/gateway/operate"
	"nutrigate/gateway/serve/room"
)

func (m Room) listEndpoints(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	endpoints, err := m.Store.Endpoints(r.Context(), tenant)
	if err != nil {
		return room.Answer{}, err
	}
	all := []operate.Endpoint{}
	for _, e := range endpoints {
		all = append(all, operate.EndpointOf(e, ""))
	}
	return respond(r, struct {
		Endpoints []operate.Endpoint `json:"endpoints"`
	}{all})
}

func (m Room) showEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	e, err := m.Store.Endpoint(r.Context(), tenant, r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, operate.EndpointOf(e, ""))
}

func (m Room) createEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	var change operate.Change
	if err := room.Decode(r, &change, true); err != nil {
		return room.Answer{}, err
	}
	made, err := operate.Create(r.Context(), m.Store, m.CheckURL, tenant, change)
	if err != nil {
		return room.Answer{}, err
	}
	return respondOnce(r, made)
}

// updateEndpoint looks for the endpoint before it reads the body: whoever has
// none learns no more than that.
func (m Room) updateEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	id := r.PathValue("id")
	if _, err := m.Store.Endpoint(r.Context(), tenant, id); err != nil {
		return room.Answer{}, err
	}
	var change operate.Change
	if err := room.Decode(r, &change, true); err != nil {
		return room.Answer{}, err
	}
	e, err := operate.Update(r.Context(), m.Store, m.CheckURL, tenant, id, change)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, e)
}

func (m Room) rotateEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	e, err := operate.Rotate(r.Context(), m.Store, tenant, r.PathValue("id"), r.URL.Query().Get("keep"))
	if err != nil {
		return room.Answer{}, err
	}
	return respondOnce(r, e)
}

func (m Room) tryEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	reference, err := operate.Try(r.Context(), m.Store, tenant, r.PathValue("id"), m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status    string `json:"status"`
		Reference string `json:"reference"`
	}{"success", reference})
}

func (m Room) deleteEndpoint(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.DeleteEndpoint(r.Context(), tenant, r.PathValue("id")); err != nil {
		return room.Answer{}, err
	}
	return done(r)
}
