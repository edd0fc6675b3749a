// Package terra is the room for clients of Terra's API: the data of a user by
// type and date, single records, the users, and the upload of exports.
package terra

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
)

// A Store is what the room reads and writes; see package store for the contract.
type Store interface {
	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
	Latest(ctx context.Context, tenant, user string) (store.Latest, error)
	Record(ctx context.Context, tenant, id string) (store.Stored, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
	connections
	webhooks
}

// connections is how users come, change and go.
type connections interface {
	PutUser(ctx context.Context, u store.User) (store.User, error)
	ChangeUser(ctx context.Context, tenant, id string, c store.UserChange) (store.User, error)
	AddSession(ctx context.Context, s store.Session) error
	// Deauthenticate removes what is kept of e.User and appends e.
	Deauthenticate(ctx context.Context, e store.Event) error
	// Connection returns how the user's diary is fetched; NotFound where it is not.
	Connection(ctx context.Context, tenant, user string) (store.Connection, error)
}

// webhooks is how data that is asked for comes to a tenant's endpoints.
type webhooks interface {
	Webhooks(ctx context.Context, tenant string) (store.Webhooks, error)
	SetDirect(ctx context.Context, tenant string, direct bool) error
	AppendEvent(ctx context.Context, e store.Event) error
}

// A Room is what the handlers work with; all of it is required, but Leave.
type Room struct {
	Store  Store
	Maker  *represent.Maker
	Offers []Offer
	Import upload.Import
	Spool  upload.Spool
	// BaseURL is the gateway's address; empty means the host that a request names.
	BaseURL string
	// Leave gives the access to a user's account back where they log; nil: there is none.
	Leave func(ctx context.Context, tenant, user string) error
	Now   func() time.Time

	limits *limits
}

// Routes returns the table of routes. Paths are below the room's base.
func Routes(m Room) []room.Route {
	m.limits = newLimits(m.Now)
	data, own := m.mediaTypes(), []string{terra.MediaType}
	return []room.Route{
		{Method: http.MethodGet, Path: "/{type}", Summary: "Data of a user, by type and date", Params: dataParams(), Gives: data, Handle: m.data},
		{Method: http.MethodGet, Path: "/{type}/{id}", Summary: "One record", Params: recordParams(), Gives: data, Handle: m.record},
		{Method: http.MethodGet, Path: "/athlete", Summary: "The person", Params: userParams(), Gives: data[:2], Handle: m.athlete},
		{Method: http.MethodGet, Path: "/subscriptions", Summary: "The users", Params: pageParams(), Gives: own, Handle: m.subscriptions},
		{Method: http.MethodGet, Path: "/userInfo", Summary: "One user", Params: eitherParams(), Gives: own, Handle: m.userInfo},
		{Method: http.MethodPost, Path: "/bulkUserInfo", Summary: "Several users: the body lists their ids", Takes: own, Gives: own, Handle: m.bulkUserInfo},
		{Method: http.MethodPatch, Path: "/users/{id}", Summary: "Change a user's reference_id, or whether it is active", Params: pathUserParams(), Takes: own, Gives: own, Handle: m.modifyUser},
		{Method: http.MethodPost, Path: "/auth/authenticateUser", Summary: "An address at which one user connects", Params: resourceParams(), Takes: own, Gives: own, Handle: m.authenticateUser},
		{Method: http.MethodPost, Path: "/auth/generateWidgetSession", Summary: "An address at which somebody connects", Takes: own, Gives: own, Handle: m.widgetSession},
		{Method: http.MethodPost, Path: "/auth/generateAuthToken", Summary: "A token with which an app connects its user, by an upload to /connect/{session}", Gives: own, Handle: m.authToken},
		{Method: http.MethodDelete, Path: "/auth/deauthenticateUser", Summary: "End a connection and delete what is kept of the person", Params: userParams()[:1], Gives: own, Handle: m.deauthenticateUser},
		{Method: http.MethodPost, Path: "/auth/generateDisconnectSession", Summary: "An address at which a person takes a connection back", Params: userParams()[:1], Takes: own, Gives: own, Handle: m.disconnectSession},
		{Method: http.MethodGet, Path: "/integrations", Public: true, Summary: "The sources", Gives: own, Handle: m.integrations},
		{Method: http.MethodGet, Path: "/integrations/detailed", Public: true, Summary: "The sources and what they have", Params: sdkParams(), Gives: own, Handle: m.detailedIntegrations},
		{Method: http.MethodGet, Path: "/settings", Summary: "Your settings", Gives: own, Handle: m.readSettings},
		{Method: http.MethodPatch, Path: "/settings", Summary: "Change your settings: answer_directly keeps to_webhook false where a request does not say", Takes: own, Gives: own, Handle: m.writeSettings},
		{
			Method: http.MethodPost, Path: "/import", Summary: "Take in the files of an export", Params: importParams(),
			Takes: upload.MediaTypes(), Gives: []string{terra.MediaType, ndjson}, Handle: m.importFiles,
		},
	}
}

// WidgetRoutes returns the newer addresses of widget sessions, which at Terra
// do not lie below those of the data.
func WidgetRoutes(m Room) []room.Route {
	own := []string{terra.MediaType}
	session := room.Route{Method: http.MethodPost, Summary: "An address at which somebody connects", Takes: own, Gives: own, Handle: m.widgetSession}
	newer, newest := session, session
	newer.Path, newest.Path = "/api/widget/session", "/widget/api/session"
	return []room.Route{newer, newest}
}

// mediaTypes lists what the data routes answer with, the default first.
func (m *Room) mediaTypes() []string {
	var all []string
	for _, o := range m.Offers {
		all = append(all, o.MediaTypes...)
	}
	return all
}

// choose returns the offer that the request prefers among those that have the type.
func (m *Room) choose(r *http.Request, typ string) (Offer, string, error) {
	var types []string
	for _, o := range m.Offers {
		if _, has := o.Types[typ]; has {
			types = append(types, o.MediaTypes...)
		}
	}
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), types...)
	if !ok {
		return Offer{}, "", notAccepted(types)
	}
	for _, o := range m.Offers {
		if slices.Contains(o.MediaTypes, chosen) {
			return o, chosen, nil
		}
	}
	return Offer{}, "", notAccepted(types)
}

// fhirBase is where the same records are as FHIR resources.
func (m *Room) fhirBase(r *http.Request) string { return room.Base(r, m.BaseURL) + "/fhir" }

func notAccepted(types []string) error {
	return fault.New(fault.NotAccepted, "none of the accepted media types is there; choose one of %s", strings.Join(types, ", "))
}

func accepts(r *http.Request, types ...string) (string, error) {
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), types...)
	if !ok {
		return "", notAccepted(types)
	}
	return chosen, nil
}

func terraUser(u store.User) terra.User {
	return terra.User{ID: u.ID, Reference: u.Reference, Active: u.Active, Created: u.Created}
}
