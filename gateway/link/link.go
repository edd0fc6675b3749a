// Package link connects users to where they log, shows how that goes, and
// changes or ends it. Commands, the API and the page for the person share it.
package link

import (
	"context"
	"errors"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/cronometer"
	"nutrigate/gateway/store"
)

// The routes.
const (
	Partner = "partner" // the API for partners and coaches
	Web     = "web"     // the export of the person's own account
)

// How often each route fetches where nobody says, and the exports that the web
// is asked for in a day.
const (
	PartnerEvery = 15 * time.Minute
	WebEvery     = 12 * time.Hour
	WebCap       = 10
	// least is the shortest time between two fetches.
	least = time.Minute
)

// A Store is what the package reads and writes; see package store for the contract.
type Store interface {
	PutConnection(ctx context.Context, c store.Connection, secret []byte) (store.Connection, error)
	Connection(ctx context.Context, tenant, user string) (store.Connection, error)
	Connections(ctx context.Context, tenant, after string, limit int) ([]store.Connection, string, error)
	ConnectionsOf(ctx context.Context, route, account string) ([]store.Connection, error)
	ConnectionSecret(ctx context.Context, tenant, user string) ([]byte, error)
	ChangeConnection(ctx context.Context, tenant, user string, change store.ConnectionChange) (store.Connection, error)
	DeleteConnection(ctx context.Context, tenant, user string) error
}

// An API is the partner's.
type API interface {
	Offered() bool
	AuthorizeURL(redirect, state string) string
	Exchange(ctx context.Context, code string) (secret []byte, account string, err error)
	Leave(ctx context.Context, secret []byte) error
}

// A Site is the web.
type Site interface {
	Connect(ctx context.Context, l cronometer.Login) (secret []byte, account string, err error)
	Leave(ctx context.Context, secret []byte) error
}

// A Linker is safe for concurrent use.
type Linker struct {
	Store Store
	API   API
	Site  Site
	// KeepPasswords keeps the web's passwords, sealed, so that a session which is
	// over begins again without the person.
	KeepPasswords bool
}

// A Request says how a user is to be connected.
type Request struct {
	Route string `json:"route"`
	// Username, Password and Code log in on the web; Code where the account has
	// one-time codes.
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
	Code     string `json:"code,omitempty"`
	// AccessToken is one of the partner API; ClientID picks a coach's client.
	AccessToken string `json:"access_token,omitempty"`
	ClientID    int64  `json:"client_id,omitempty"`
	// Account is the user's id at the source where only the caller knows it; by it
	// notices find the user.
	Account string `json:"account,omitempty"`
	// AuthorizationCode is what the partner's page sent the person back with.
	AuthorizationCode string `json:"-"`

	Every string `json:"every,omitempty"` // 15m
	// Cap is how many exports of the web there may be in 24 hours; negative: any number.
	Cap   int    `json:"exports_per_day,omitempty"`
	Since string `json:"since,omitempty"`
}

// An Entry is that somebody was let in at the source, for a user who may not be
// there yet.
type Entry struct {
	connection store.Connection
	secret     []byte
}

// Connect connects a user: Enter and Put.
func (l *Linker) Connect(ctx context.Context, tenant, user string, r Request) (Connection, error) {
	e, err := l.Enter(ctx, r)
	if err != nil {
		return Connection{}, err
	}
	return l.Put(ctx, tenant, user, e)
}

// Enter asks the source to let us in. What is wrong with what the person gave is
// an Invalid fault, and what is wrong at the source is one to try again after.
func (l *Linker) Enter(ctx context.Context, r Request) (Entry, error) {
	c := store.Connection{Route: r.Route}
	change, err := Change{Every: &r.Every, Since: &r.Since}.read()
	if err != nil {
		return Entry{}, err
	}
	if change.Since != nil {
		c.Since = *change.Since
	}
	var secret []byte
	switch r.Route {
	case Partner:
		c.Every = PartnerEvery
		secret, c.Account, err = l.partner(ctx, r)
	case Web:
		c.Every, c.Cap = WebEvery, WebCap
		if r.Cap != 0 {
			c.Cap = max(r.Cap, 0)
		}
		secret, c.Account, err = l.web(ctx, r)
	default:
		return Entry{}, fault.BadParam("route", "the route is %q; there are partner and web", r.Route)
	}
	if err != nil {
		return Entry{}, told(err)
	}
	if change.Every != nil {
		c.Every = *change.Every
	}
	return Entry{c, secret}, nil
}

// Put connects a user with what Enter returned.
func (l *Linker) Put(ctx context.Context, tenant, user string, e Entry) (Connection, error) {
	e.connection.Tenant, e.connection.User = tenant, user
	stored, err := l.Store.PutConnection(ctx, e.connection, e.secret)
	if err != nil {
		return Connection{}, err
	}
	return of(stored), nil
}

func (l *Linker) partner(ctx context.Context, r Request) (secret []byte, account string, err error) {
	switch {
	case r.AuthorizationCode != "":
		return l.API.Exchange(ctx, r.AuthorizationCode)
	case r.AccessToken == "":
		return nil, "", fault.BadParam("access_token", "the access token is missing")
	}
	secret, err = cronometer.PartnerSecret(r.AccessToken, r.ClientID)
	return secret, r.Account, err
}

func (l *Linker) web(ctx context.Context, r Request) (secret []byte, account string, err error) {
	if r.Username == "" || r.Password == "" {
		return nil, "", fault.BadParam("username", "username and password are required")
	}
	return l.Site.Connect(ctx, cronometer.Login{Username: r.Username, Password: r.Password, Code: r.Code, Keep: l.KeepPasswords})
}

// Offered reports whether people can be sent to the partner's page, which is at AuthorizeURL.
func (l *Linker) Offered() bool { return l.API.Offered() }

// Keeps reports whether passwords are kept, sealed.
func (l *Linker) Keeps() bool { return l.KeepPasswords }

// AuthorizeURL returns where a person is sent who takes the partner's route.
func (l *Linker) AuthorizeURL(redirect, state string) string {
	return l.API.AuthorizeURL(redirect, state)
}

// told makes a fault of a failure at the source.
func told(err error) error {
	f, ok := errors.AsType[*source.Failure](err)
	if !ok {
		return err
	}
	kind := fault.Unavailable
	switch f.Class {
	case source.Credentials, source.OneTimeCode, source.Revoked:
		kind = fault.Invalid
	case source.Throttled:
		kind = fault.RateLimited
	case source.Down, source.FormatChanged:
	}
	return fault.Wrap(kind, f.Cause, "%s", f.Message)
}

// Show returns how a user is connected.
func (l *Linker) Show(ctx context.Context, tenant, user string) (Connection, error) {
	c, err := l.Store.Connection(ctx, tenant, user)
	if err != nil {
		return Connection{}, err
	}
	return of(c), nil
}

// List returns the tenant's connections with users after the given one.
func (l *Linker) List(ctx context.Context, tenant, after string, limit int) (all []Connection, next string, err error) {
	some, next, err := l.Store.Connections(ctx, tenant, after, limit)
	all = make([]Connection, len(some))
	for i, c := range some {
		all[i] = of(c)
	}
	return all, next, err
}

// Change changes a connection.
func (l *Linker) Change(ctx context.Context, tenant, user string, c Change) (Connection, error) {
	change, err := c.read()
	if err != nil {
		return Connection{}, err
	}
	stored, err := l.Store.ChangeConnection(ctx, tenant, user, change)
	if err != nil {
		return Connection{}, err
	}
	return of(stored), nil
}

// Leave ends a connection here and at the source. What was fetched stays. That
// the source cannot be told does not keep it.
func (l *Linker) Leave(ctx context.Context, tenant, user string) error {
	c, err := l.Store.Connection(ctx, tenant, user)
	if err != nil {
		return err
	}
	if secret, err := l.Store.ConnectionSecret(ctx, tenant, user); err == nil {
		if c.Route == Partner {
			_ = l.API.Leave(ctx, secret)
		} else {
			_ = l.Site.Leave(ctx, secret)
		}
	}
	return l.Store.DeleteConnection(ctx, tenant, user)
}

// Noticed asks for a fetch of every connection to an account of the source, and
// returns of how many.
func (l *Linker) Noticed(ctx context.Context, account string) (int, error) {
	all, err := l.Store.ConnectionsOf(ctx, Partner, account)
	if err != nil {
		return 0, err
	}
	asked := 0
	for _, c := range all {
		if c.State != store.Live {
			continue
		}
		if _, err := l.Store.ChangeConnection(ctx, c.Tenant, c.User, store.ConnectionChange{Now: true}); err != nil {
			return asked, err
		}
		asked++
	}
	return asked, nil
}
