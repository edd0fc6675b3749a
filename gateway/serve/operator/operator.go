// Package operator is the room for those who run things: operators, who make
// tenants and keys, and tenants, who make endpoints and look after what is
// delivered to them. Both have the same routes for the latter.
package operator

import (
	"context"
	"net/http"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// A Store is what the room reads and writes; see package store for the contract.
type Store interface {
	operate.Store
	operate.ClientStore
	Tenants(ctx context.Context) ([]string, error)
	PutTenant(ctx context.Context, tenant string) error
	Keys(ctx context.Context, tenant string) ([]store.Key, error)
	CreateKey(ctx context.Context, tenant, devID string) (made store.Key, key string, err error)
	RevokeKey(ctx context.Context, tenant, id string) error
	User(ctx context.Context, tenant, id string) (store.User, error)
}

// A Room is what the handlers work with; all of it is required.
type Room struct {
	Store    Store
	CheckURL operate.URLCheck
	Now      func() time.Time
}

const jsonType = "application/json"

// Routes returns the routes for the operator, below "/admin/api".
func Routes(m Room) []room.Route {
	const tenants, tenant = "/tenants", "/tenants/{tenant}"
	routes := []room.Route{
		{Method: http.MethodGet, Path: tenants, Summary: "The tenants", Handle: m.listTenants},
		{Method: http.MethodPost, Path: tenants, Summary: "Make a tenant", Takes: []string{jsonType}, Handle: m.createTenant},
		{Method: http.MethodGet, Path: tenant + "/keys", Summary: "A tenant's keys, by how they begin", Handle: m.listKeys},
		{Method: http.MethodPost, Path: tenant + "/keys", Summary: "Make a key; it is in this answer and never again", Takes: []string{jsonType}, Handle: m.createKey},
		{Method: http.MethodDelete, Path: tenant + "/keys/{id}", Summary: "Revoke a key", Params: idParams("the key's id"), Handle: m.revokeKey},
	}
	for _, r := range m.routes() {
		r.Path = tenant + r.Path
		routes = append(routes, r)
	}
	for i, r := range routes {
		routes[i].Operator, routes[i].Gives = true, []string{jsonType}
		if r.Path != tenants {
			routes[i].Params = append([]room.Param{{Name: "tenant", Required: true, Summary: "the tenant"}}, r.Params...)
		}
	}
	return routes
}

// TenantRoutes returns the routes for tenants with a key of their own.
func TenantRoutes(m Room) []room.Route { return m.routes() }

// routes are those about endpoints and deliveries of one tenant.
func (m Room) routes() []room.Route {
	const endpoint, delivery = "/endpoints/{id}", "/deliveries/{id}"
	ofEndpoint, ofDelivery := idParams("the endpoint's id"), idParams("the delivery's id")
	keep := room.Param{Name: "keep", Example: "24h", Summary: "how long the secret before it signs too; 24h if absent"}
	routes := []room.Route{
		{Method: http.MethodGet, Path: "/endpoints", Summary: "The addresses to which webhooks are sent", Handle: m.listEndpoints},
		{Method: http.MethodPost, Path: "/endpoints", Summary: "Make an endpoint; its secret is in this answer and never again", Takes: []string{jsonType}, Handle: m.createEndpoint},
		{Method: http.MethodGet, Path: endpoint, Summary: "One endpoint", Params: ofEndpoint, Handle: m.showEndpoint},
		{Method: http.MethodPatch, Path: endpoint, Summary: "Change an endpoint; what the body does not name stays", Params: ofEndpoint, Takes: []string{jsonType}, Handle: m.updateEndpoint},
		{Method: http.MethodPost, Path: endpoint + "/rotate", Summary: "Give an endpoint a new secret; it is in this answer and never again", Params: append(ofEndpoint, keep), Handle: m.rotateEndpoint},
		{Method: http.MethodPost, Path: endpoint + "/test", Summary: "Send an event to an endpoint that says nothing, whatever its types", Params: ofEndpoint, Handle: m.tryEndpoint},
		{Method: http.MethodDelete, Path: endpoint, Summary: "Delete an endpoint, with what waits for it", Params: ofEndpoint, Handle: m.deleteEndpoint},
		{Method: http.MethodGet, Path: "/deliveries", Summary: "What was sent or waits, newest first; without contents", Params: append(choiceParams(), listParams()...), Handle: m.listDeliveries},
		{Method: http.MethodGet, Path: delivery, Summary: "One delivery with its attempts", Params: ofDelivery, Handle: m.showDelivery},
		{Method: http.MethodPost, Path: delivery + "/replay", Summary: "Send a delivery again, at once", Params: append(ofDelivery, newIDParam()), Handle: m.replayOne},
		{Method: http.MethodPost, Path: "/deliveries/replay", Summary: "Send what is held or dead, or in the given state, again", Params: append(choiceParams(), newIDParam()), Handle: m.replayMany},
	}
	routes = append(routes, m.clientRoutes()...)
	for i := range routes {
		routes[i].Gives = []string{jsonType}
	}
	return routes
}

func idParams(summary string) []room.Param {
	return []room.Param{{Name: "id", Required: true, Summary: summary}}
}

// MetricsRoute returns the route for Prometheus. With guarded it needs the
// operator's key.
func MetricsRoute(text func(context.Context) ([]byte, error), guarded bool) room.Route {
	return room.Route{
		Method: http.MethodGet, Path: "/metrics", Public: !guarded, Operator: guarded, Summary: "Numbers for Prometheus", Gives: []string{"text/plain"},
		Handle: func(r *http.Request) (room.Answer, error) {
			body, err := text(r.Context())
			if err != nil {
				return room.Answer{}, err
			}
			return room.Answer{Page: represent.NewPage(metrics.MediaType, body)}, nil
		},
	}
}

// tenant is whose things are asked for: the one in the path, which only the
// operator's routes have, or the caller.
func (m Room) tenant(r *http.Request) (string, error) {
	named := r.PathValue("tenant")
	if named == "" {
		return room.Tenant(r.Context()), nil
	}
	all, err := m.Store.Tenants(r.Context())
	if err != nil {
		return "", err
	}
	if !slices.Contains(all, named) {
		return "", fault.New(fault.NotFound, "no such tenant")
	}
	return named, nil
}

// respond answers with v as JSON.
func respond(r *http.Request, v any) (room.Answer, error) {
	if _, ok := negotiate.Media(r.Header.Values("Accept"), jsonType); !ok {
		return room.Answer{}, fault.New(fault.NotAccepted, "none of the accepted media types is there; there is %s", jsonType)
	}
	page, err := room.JSON(jsonType, v)
	return room.Answer{Page: page}, err
}

// respondOnce answers with v, in which a secret is that nobody may keep on the way.
func respondOnce(r *http.Request, v any) (room.Answer, error) {
	a, err := respond(r, v)
	if err == nil {
		a.Page.Fields = append(a.Page.Fields, [2]string{"Cache-Control", "no-store"})
	}
	return a, err
}

// done answers where there is nothing to tell.
func done(r *http.Request) (room.Answer, error) {
	return respond(r, struct {
		Status string `json:"status"`
	}{"success"})
}
