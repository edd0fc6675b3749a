package operate

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// A LaunchStore keeps launches; see package store for the contract.
type LaunchStore interface {
	AddLaunch(ctx context.Context, l store.Launch) error
	Client(ctx context.Context, id string) (store.Client, error)
	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
}

// A NewLaunch says who is to use an app, and about whom.
type NewLaunch struct {
	Client    string `json:"client_id"`    // required of a launch; empty for a code: any of the tenant's apps
	User      string `json:"user_id"`      // the person, by id
	Reference string `json:"reference_id"` // or by the tenant's own name
	// Practitioner is the clinician who uses the app; empty: it is the person.
	Practitioner string `json:"practitioner"`
}

// Launch makes a launch by a link: the one who opens it is the person.
func Launch(ctx context.Context, st LaunchStore, tenant string, n NewLaunch, now time.Time) (store.Launch, error) {
	c, err := st.Client(ctx, n.Client)
	if fault.KindOf(err) == fault.NotFound || (err == nil && c.Tenant != tenant) {
		return store.Launch{}, fault.New(fault.NotFound, "no such client")
	}
	if err != nil {
		return store.Launch{}, err
	}
	if c.Launch == "" {
		return store.Launch{}, fault.BadParam("client_id", "client_id: the client has no launch_url")
	}
	return launch(ctx, st, tenant, n, smart.NewSecret(), now)
}

// AccessCode makes a launch by a code: the one who types it is the person.
func AccessCode(ctx context.Context, st LaunchStore, tenant string, n NewLaunch, now time.Time) (store.Launch, error) {
	return launch(ctx, st, tenant, n, smart.NewCode(), now)
}

func launch(ctx context.Context, st LaunchStore, tenant string, n NewLaunch, secret string, now time.Time) (store.Launch, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return store.Launch{}, err
	}
	l := store.Launch{
		Tenant: tenant, ID: id.String(), Secret: secret, Client: n.Client, Practitioner: strings.TrimSpace(n.Practitioner),
		Expires: now.Add(smart.LaunchLife),
	}
	if len(l.Practitioner) > maxPractitioner || strings.ContainsFunc(l.Practitioner, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return l, fault.BadParam("practitioner", "practitioner: a name, of %d characters at most", maxPractitioner)
	}
	if l.User, err = person(ctx, st, tenant, n); err != nil {
		return l, err
	}
	if l.User == "" && l.Practitioner == "" {
		return l, fault.BadParam("user_id", "user_id or reference_id: required, unless a practitioner is named")
	}
	return l, st.AddLaunch(ctx, l)
}

const maxPractitioner = 200

// person returns the id of the user who is named; empty where nobody is.
func person(ctx context.Context, st LaunchStore, tenant string, n NewLaunch) (string, error) {
	var u store.User
	var err error
	switch {
	case n.User != "" && n.Reference != "":
		return "", fault.BadParam("reference_id", "reference_id: not together with user_id")
	case n.User != "":
		u, err = st.User(ctx, tenant, n.User)
	case n.Reference != "":
		u, err = st.UserByReference(ctx, tenant, n.Reference)
	}
	return u.ID, err
}
