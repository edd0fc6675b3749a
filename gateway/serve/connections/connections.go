// Package connections is the room in which tenants look after how their users
// are connected, and in which the source says that something changed.
package connections

import (
	"context"
	"net/http"
	"strconv"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/link"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// A Linker connects users; see package link for the contract.
type Linker interface {
	Connect(ctx context.Context, tenant, user string, r link.Request) (link.Connection, error)
	Show(ctx context.Context, tenant, user string) (link.Connection, error)
	List(ctx context.Context, tenant, after string, limit int) ([]link.Connection, string, error)
	Change(ctx context.Context, tenant, user string, c link.Change) (link.Connection, error)
	Leave(ctx context.Context, tenant, user string) error
	Noticed(ctx context.Context, account string) (int, error)
}

// Users finds the tenant's users; NotFound where there is none.
type Users interface {
	User(ctx context.Context, tenant, id string) (store.User, error)
}

// A Room is what the handlers work with. NoticeSecret may be empty: then no
// notices are taken.
type Room struct {
	Linker       Linker
	Users        Users
	NoticeSecret string
}

const jsonType = "application/json"

// Routes returns the table of routes. Paths are below the room's base.
func Routes(m Room) []room.Route {
	const all, one = "/connections", "/connections/{id}"
	user := []room.Param{{Name: "id", Required: true, Summary: "the user's id"}}
	page := []room.Param{
		{Name: "limit", Example: "100", Summary: "how many at most; 100 if absent"},
		{Name: "after", Summary: "the next of the page before"},
	}
	routes := []room.Route{
		{Method: http.MethodGet, Path: all, Summary: "How users are connected, when they were last fetched, and what came", Params: page, Handle: m.list},
		{Method: http.MethodGet, Path: one, Summary: "How one user is connected", Params: user, Handle: m.show},
		{Method: http.MethodPut, Path: one, Summary: "Connect a user: with route partner and access_token, or route web and username, password and code", Params: user, Takes: []string{jsonType}, Handle: m.connect},
		{Method: http.MethodPatch, Path: one, Summary: "Pause or resume (state), fetch at once (now), every, since, history_paused", Params: user, Takes: []string{jsonType}, Handle: m.change},
		{Method: http.MethodDelete, Path: one, Summary: "End a connection, here and at the source; what was fetched stays", Params: user, Handle: m.leave},
	}
	if m.NoticeSecret != "" {
		routes = append(routes, room.Route{
			Method: http.MethodPost, Path: "/push/cronometer", Public: true, Takes: []string{jsonType}, Handle: m.notice,
			Summary: "Cronometer says that somebody's diary changed: signed, or with the shared secret",
		})
	}
	for i := range routes {
		routes[i].Gives = []string{jsonType}
	}
	return routes
}

// maxLimit bounds a page.
const maxLimit = 1000

func (m Room) list(r *http.Request) (room.Answer, error) {
	limit := 100
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return room.Answer{}, fault.BadParam("limit", "the limit is a number from 1 to %d", maxLimit)
		}
		limit = n
	}
	all, next, err := m.Linker.List(r.Context(), room.Tenant(r.Context()), r.URL.Query().Get("after"), limit)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Connections []link.Connection `json:"connections"`
		Next        string            `json:"next,omitempty"`
	}{all, next})
}

func (m Room) show(r *http.Request) (room.Answer, error) {
	c, err := m.Linker.Show(r.Context(), room.Tenant(r.Context()), r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, c)
}

// connect looks for the user before it reads the body, and long before it logs
// in anywhere: whoever names somebody else's user learns no more than that.
func (m Room) connect(r *http.Request) (room.Answer, error) {
	u, err := m.Users.User(r.Context(), room.Tenant(r.Context()), r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	var request link.Request
	if err := room.Decode(r, &request, true); err != nil {
		return room.Answer{}, err
	}
	c, err := m.Linker.Connect(r.Context(), u.Tenant, u.ID, request)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, c)
}

func (m Room) change(r *http.Request) (room.Answer, error) {
	tenant, id := room.Tenant(r.Context()), r.PathValue("id")
	if _, err := m.Linker.Show(r.Context(), tenant, id); err != nil {
		return room.Answer{}, err
	}
	var change link.Change
	if err := room.Decode(r, &change, true); err != nil {
		return room.Answer{}, err
	}
	c, err := m.Linker.Change(r.Context(), tenant, id, change)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, c)
}

func (m Room) leave(r *http.Request) (room.Answer, error) {
	if err := m.Linker.Leave(r.Context(), room.Tenant(r.Context()), r.PathValue("id")); err != nil {
		return room.Answer{}, err
	}
	return respond(r, done)
}

var done = struct {
	Status string `json:"status"`
}{"success"}

// respond answers with v as JSON.
func respond(r *http.Request, v any) (room.Answer, error) {
	if _, ok := negotiate.Media(r.Header.Values("Accept"), jsonType); !ok {
		return room.Answer{}, fault.New(fault.NotAccepted, "none of the accepted media types is there; there is %s", jsonType)
	}
	page, err := room.JSON(jsonType, v)
	return room.Answer{Page: page}, err
}
