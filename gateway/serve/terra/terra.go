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
	Record(ctx context.Context, tenant, id string) (store.Stored, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
}

// A Room is what the handlers work with; all of it is required.
type Room struct {
	Store  Store
	Maker  *represent.Maker
	Offers []Offer
	Import upload.Import
	Spool  upload.Spool
	// BaseURL is the gateway's address; empty means the host that a request names.
	BaseURL string
	Now     func() time.Time
}

// Routes returns the table of routes. Paths are below the room's base.
func Routes(m Room) []room.Route {
	data := m.mediaTypes()
	return []room.Route{
		{Method: http.MethodGet, Path: "/{type}", Summary: "Data of a user, by type and date", Params: dataParams(), Gives: data, Handle: m.data},
		{Method: http.MethodGet, Path: "/{type}/{id}", Summary: "One record", Params: recordParams(), Gives: data, Handle: m.record},
		{Method: http.MethodGet, Path: "/athlete", Summary: "The person", Params: userParams(), Gives: data[:2], Handle: m.athlete},
		{Method: http.MethodGet, Path: "/subscriptions", Summary: "The users", Params: pageParams(), Gives: data[:1], Handle: m.subscriptions},
		{Method: http.MethodGet, Path: "/userInfo", Summary: "One user", Params: eitherParams(), Gives: data[:1], Handle: m.userInfo},
		{
			Method: http.MethodPost, Path: "/import", Summary: "Take in the files of an export", Params: importParams(),
			Takes: upload.MediaTypes(), Gives: []string{terra.MediaType, ndjson}, Handle: m.importFiles,
		},
	}
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
