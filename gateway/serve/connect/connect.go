// Package connect is the room of the pages on which a person connects and
// disconnects: the id of a session, in its address, is all that they need. The
// pages are whole without JavaScript.
package connect

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/link"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
)

// A Store is what the room reads and writes; see package store for the contract.
type Store interface {
	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
	// Session is NotFound where there is none with the id; one that was used or
	// has expired is found.
	Session(ctx context.Context, id string) (store.Session, error)
	// EndSession uses a session up with nobody connected, and appends e.
	EndSession(ctx context.Context, id string, e store.Event) error
	// Fail appends e unless the user's source has failed since the last import.
	Fail(ctx context.Context, e store.Event) error
	// Revoke uses a session up, removes what is kept of e.User and appends e.
	Revoke(ctx context.Context, session string, e store.Event) error
}

// A Linker connects users to where they log; see package link for the contract.
type Linker interface {
	Offered() bool
	// Keeps says whether passwords are kept.
	Keeps() bool
	AuthorizeURL(redirect, state string) string
	Enter(ctx context.Context, r link.Request) (link.Entry, error)
	Put(ctx context.Context, tenant, user string, e link.Entry) (link.Connection, error)
	Show(ctx context.Context, tenant, user string) (link.Connection, error)
	Leave(ctx context.Context, tenant, user string) error
}

// A Room is what the handlers work with; all of it is required, but BaseURL,
// Linker and Patience.
type Room struct {
	Store  Store
	Import upload.Import
	Spool  upload.Spool
	// BaseURL is the gateway's address, if it is known: forms from there are ours.
	BaseURL string
	// Linker fetches from where the person logs; nil: by uploads alone.
	Linker Linker
	// Patience is how long a page waits for what is fetched first.
	Patience time.Duration
	Now      func() time.Time

	origins *http.CrossOriginProtection
}

// Routes returns the table of routes.
func Routes(m Room) ([]room.Route, error) {
	m.origins = http.NewCrossOriginProtection()
	if u, err := url.Parse(m.BaseURL); err == nil && u.Host != "" {
		if err := m.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	html := []string{"text/html"}
	routes := []room.Route{
		{Method: http.MethodGet, Path: "/connect/{session}", Summary: "The page on which a person connects", Params: params(), Gives: html, Handle: m.ask},
		{Method: http.MethodPost, Path: "/connect/{session}", Summary: "Connect by an upload: files and, in the field zone, the zone of the diary", Params: params(), Takes: []string{"multipart/form-data"}, Gives: append(html, terra.MediaType), Handle: m.connect},
		{Method: http.MethodPost, Path: "/connect/{session}/decline", Summary: "Do not connect", Params: params(), Gives: html, Handle: m.decline},
		{Method: http.MethodGet, Path: "/disconnect/{session}", Summary: "The page on which a person takes a connection back", Params: params(), Gives: html, Handle: m.askToLeave},
		{Method: http.MethodPost, Path: "/disconnect/{session}", Summary: "Take the connection back: what is kept of the person is deleted", Params: params(), Gives: html, Handle: m.leave},
	}
	if m.Linker != nil {
		routes = append(routes, m.linking()...)
	}
	for _, a := range assets() {
		page, err := a.page()
		if err != nil {
			return nil, err
		}
		routes = append(routes, room.Route{
			Method: http.MethodGet, Path: "/connect/" + a.name, Summary: a.summary, Gives: []string{a.mediaType},
			Handle: func(*http.Request) (room.Answer, error) { return room.Answer{Page: page}, nil },
		})
	}
	for i := range routes {
		routes[i].Public = true
	}
	return routes, nil
}

func params() []room.Param {
	return []room.Param{{Name: "session", Required: true, Summary: "the id of a session, or a token"}}
}

var errUnknown = fault.New(fault.NotFound, "This link is not known here. Ask for a new one where you came from.")

// session returns the session of the request, if it can be used still, and for
// what is asked: to leave or to connect. Where it cannot, the page says so.
func (m *Room) session(r *http.Request, leaving bool) (store.Session, error) {
	return m.usable(r.Context(), r.PathValue("session"), leaving)
}

func (m *Room) usable(ctx context.Context, id string, leaving bool) (store.Session, error) {
	s, err := m.Store.Session(ctx, id)
	switch {
	case fault.KindOf(err) == fault.NotFound || (err == nil && s.Leaving != leaving):
		return store.Session{}, errUnknown
	case err != nil:
		return s, err
	case s.Used:
		return s, fault.New(fault.Gone, "This link was used already. If you need another, ask for it where you came from.")
	case !m.Now().Before(s.Expires):
		return s, fault.New(fault.Gone, "This link has expired. Ask for a new one where you came from.")
	}
	return s, nil
}

// person returns who connects: one who is known, or a new user without an ID.
func (m *Room) person(ctx context.Context, s store.Session) (store.User, error) {
	u := store.User{Tenant: s.Tenant, Reference: s.Reference}
	switch {
	case s.User != "":
		u, err := m.Store.User(ctx, s.Tenant, s.User)
		if fault.KindOf(err) == fault.NotFound { // deauthenticated since
			err = errUnknown
		}
		return u, err
	case s.Reference == "":
		return u, nil
	}
	found, err := m.Store.UserByReference(ctx, s.Tenant, s.Reference)
	if fault.KindOf(err) == fault.NotFound {
		return u, nil
	}
	return found, err
}
