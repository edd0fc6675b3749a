package operator

import (
	"net/http"

	"nutrigate/gateway/operate"
	"nutrigate/gateway/serve/room"
)

// clientRoutes are those about the clients of SMART on FHIR of one tenant.
func (m Room) clientRoutes() []room.Route {
	return []room.Route{
		{Method: http.MethodGet, Path: "/clients", Summary: "The services and apps that may ask for tokens", Handle: m.listClients},
		{Method: http.MethodPost, Path: "/clients", Summary: "Make a client; its secret, if it has one, is in this answer and never again", Takes: []string{jsonType}, Handle: m.createClient},
		{Method: http.MethodDelete, Path: "/clients/{id}", Summary: "Delete a client, with all that it was allowed", Params: idParams("the client's id"), Handle: m.deleteClient},
	}
}

func (m Room) listClients(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	clients, err := m.Store.Clients(r.Context(), tenant)
	if err != nil {
		return room.Answer{}, err
	}
	all := []operate.Client{}
	for _, c := range clients {
		all = append(all, operate.ClientOf(c, ""))
	}
	return respond(r, struct {
		Clients []operate.Client `json:"clients"`
	}{all})
}

func (m Room) createClient(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	var n operate.NewClient
	if err := room.Decode(r, &n, true); err != nil {
		return room.Answer{}, err
	}
	made, err := operate.CreateClient(r.Context(), m.Store, m.CheckURL, tenant, n)
	if err != nil {
		return room.Answer{}, err
	}
	return respondOnce(r, made)
}

func (m Room) deleteClient(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.DeleteClient(r.Context(), tenant, r.PathValue("id")); err != nil {
		return room.Answer{}, err
	}
	return done(r)
}
