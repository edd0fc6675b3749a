// Package store is what every engine of gateway/store promises, as tests that
// each engine runs.
package store

import (
	"context"
	"io"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Store is an engine: all that the gateway asks of one.
type Store interface {
	Deliveries
	Exports
	Authorizations
	Accesses
	Connections
	PutTenant(ctx context.Context, tenant string) error
	AddKey(ctx context.Context, tenant, devID, key string) error
	Authenticate(ctx context.Context, devID, key string) (tenant string, err error)

	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
	PutUser(ctx context.Context, u store.User) (store.User, error)
	ChangeUser(ctx context.Context, tenant, id string, c store.UserChange) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
	Deauthenticate(ctx context.Context, e store.Event) error

	AddSession(ctx context.Context, s store.Session) error
	Session(ctx context.Context, id string) (store.Session, error)
	EndSession(ctx context.Context, id string, e store.Event) error

	Webhooks(ctx context.Context, tenant string) (store.Webhooks, error)
	SetDirect(ctx context.Context, tenant string, direct bool) error

	Records(ctx context.Context, q store.Query) (store.Page, error)
	CountRecords(ctx context.Context, q store.Query) (int, error)
	Heads(ctx context.Context, q store.Query) (store.HeadPage, error)
	Record(ctx context.Context, tenant, id string) (store.Stored, error)
	Versions(ctx context.Context, tenant, id string) ([]store.Stored, error)
	History(ctx context.Context, q store.HistoryQuery) (store.Page, error)
	UserVersions(ctx context.Context, tenant, id string) ([]store.User, error)
	UserHistory(ctx context.Context, q store.HistoryQuery) (store.UserPage, error)
	Days(ctx context.Context, tenant, user string, kinds []record.Kind, from, to record.Date) ([]store.DayRevision, error)
	Revision(ctx context.Context, tenant, user string) (int64, error)
	Snapshot(ctx context.Context) (time.Time, error)
	Seal(plain []byte, place string) ([]byte, error)
	Unseal(sealed []byte, place string) ([]byte, error)

	Documents(ctx context.Context, tenant, user string) ([]store.RawDocument, error)
	Document(ctx context.Context, tenant, user, id string) (io.ReadSeekCloser, error)
	Begin(ctx context.Context, tenant, user string) (store.Import, error)
	Close() error
}

// Run tests an engine. fresh makes an empty place and returns how to open it;
// what is opened twice is two views of one place, as two processes have. The
// engine takes its time from now.
func Run(t *testing.T, fresh func(t *testing.T, now func() time.Time) (open func() Store)) {
	for name, test := range map[string]func(*testing.T, *world){
		"tenants":   tenants,
		"users":     users,
		"replacing": replacing,
		"sources":   sources,
		"undated":   undated,
		"searching": searching,
		"paging":    paging,
		"snapshots": snapshots,
		"backward":  backward,
		"several":   several,
		"documents": documents,
		"days":      days,
		"isolation": isolation,
		"undoing":   undoing,
		"history":   history,

		"changing":   changing,
		"connecting": connecting,
		"leaving":    leaving,
		"settings":   settings,

		"clients":      clients,
		"authorizing":  authorizing,
		"signing keys": signingKeys,
		"accessing":    accessing,

		"leases":      leases,
		"logging":     logging,
		"delivering":  delivering,
		"ordering":    ordering,
		"superseding": superseding,

		"exporting": exporting,
		"erasing":   erasing,
		"heads":     heads,

		"subscribing": subscribing,

		"synchronising": synchronising,
		"budgets":       budgets,
		"connected":     connected,
	} {
		t.Run(name, func(t *testing.T) {
			clock := time.Date(2026, 2, 1, 8, 0, 0, 123456789, time.UTC)
			w := &world{T: t, clock: &clock}
			w.open = fresh(t, func() time.Time { return clock })
			w.Store = w.view()
			w.user = w.person("clinic", "anna")
			test(t, w)
		})
	}
}

// world is a store with one tenant and one user.
type world struct {
	*testing.T
	Store
	open  func() Store
	user  store.User
	clock *time.Time
}

// view opens the place once more.
func (w *world) view() Store {
	w.Helper()
	s := w.open()
	w.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.Errorf("close: %v", err)
		}
	})
	return s
}

func (w *world) person(tenant, reference string) store.User {
	w.Helper()
	if err := w.PutTenant(w.Context(), tenant); err != nil {
		w.Fatal(err)
	}
	u, err := w.PutUser(w.Context(), store.User{Tenant: tenant, Reference: reference, Zone: "Europe/Berlin", Active: true})
	if err != nil {
		w.Fatal(err)
	}
	return u
}

func (w *world) begin() store.Import {
	w.Helper()
	im, err := w.Begin(w.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(im.Rollback)
	return im
}

// replace imports one day of one kind and commits.
func (w *world) replace(kind record.Kind, day record.Date, records ...record.Record) store.Tally {
	w.Helper()
	return w.replaceFrom("document-1", kind, day, records...)
}

func (w *world) replaceFrom(document string, kind record.Kind, day record.Date, records ...record.Record) store.Tally {
	w.Helper()
	im := w.begin()
	tally, err := im.Replace(w.Context(), "", document, []record.Kind{kind}, day, encoded(w.T, records...))
	if err == nil {
		err = im.Commit()
	}
	if err != nil {
		w.Fatal(err)
	}
	return tally
}

// all returns what the query finds; the tenant and user are set.
func (w *world) all(q store.Query) []store.Stored {
	w.Helper()
	q.Tenant, q.User = w.user.Tenant, w.user.ID
	page, err := w.Records(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	return page.Records
}

// is fails the test unless err is a fault of the kind.
func is(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("%s: got %v, want a fault of the kind %q", what, err, kind)
	}
}
