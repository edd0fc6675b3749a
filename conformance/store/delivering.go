package store

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Deliveries is what an engine has for those who deliver.
type Deliveries interface {
	AppendEvent(ctx context.Context, e store.Event) error
	PutEndpoint(ctx context.Context, e store.Endpoint) (store.Endpoint, string, error)
	Endpoint(ctx context.Context, tenant, id string) (store.Endpoint, error)
	Endpoints(ctx context.Context, tenant string) ([]store.Endpoint, error)
	DeleteEndpoint(ctx context.Context, tenant, id string) error
	Supersede(ctx context.Context, tenant, endpoint string) (int, error)
	RotateSecret(ctx context.Context, tenant, id string, keepOld time.Duration) (string, error)
	Secrets(ctx context.Context, tenant, endpoint string) ([]string, error)
	Headers(ctx context.Context, tenant, endpoint string) (map[string]string, error)
	Changes() <-chan struct{}
	Lanes(ctx context.Context) ([]store.Lane, error)
	Lease(ctx context.Context, holder string, until time.Time) error
	Release(ctx context.Context, holder string) error
	Log(ctx context.Context, tenant string, after int64, limit int) ([]store.Logged, error)
	Emit(ctx context.Context, e store.Emission) error
	Due(ctx context.Context, tenant, endpoint string, taken func(id string) bool, limit int) ([]store.Parcel, time.Time, error)
	Settle(ctx context.Context, outcomes []store.Outcome) error
	Deliveries(ctx context.Context, q store.DeliveryQuery) ([]store.Delivery, string, error)
	Attempts(ctx context.Context, tenant, delivery string) ([]store.Attempt, error)
	Replay(ctx context.Context, q store.ReplayQuery) (int, error)
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
	Sweep(ctx context.Context, before time.Time, bytes int64, limit int) (int, error)
	Kept(ctx context.Context, tenant string) (store.Kept, error)
	Notified(ctx context.Context, tenant, endpoint string, from, to int64, limit int) ([]store.Parcel, error)
}

// line is a world with an endpoint for which "one" works.
type line struct {
	*world
	endpoint store.Endpoint
}

func (w *world) line(e store.Endpoint) line {
	w.Helper()
	e.Tenant, e.URL = "clinic", "https://example.org/"
	made, _, err := w.PutEndpoint(w.Context(), e)
	if err == nil {
		err = w.Lease(w.Context(), "one", w.clock.Add(time.Minute))
	}
	if err != nil {
		w.Fatal(err)
	}
	return line{w, made}
}

// emit stores deliveries with the ids, for the world's user.
func (l line) emit(ids ...string) {
	l.Helper()
	em := store.Emission{Tenant: "clinic", Endpoint: l.endpoint.ID, Holder: "one"}
	for _, id := range ids {
		em.Parcels = append(em.Parcels, store.Parcel{
			Delivery:  store.Delivery{ID: id, User: l.user.ID, Type: "nutrition", Created: *l.clock, TraceID: id, Reference: "r"},
			MediaType: "application/json", Body: []byte("body of " + id),
		})
	}
	em.From = l.seq()
	em.To = em.From
	if err := l.Emit(l.Context(), em); err != nil {
		l.Fatal(err)
	}
}

// seq is the endpoint's place in the log.
func (l line) seq() int64 {
	l.Helper()
	lanes, err := l.Lanes(l.Context())
	if err != nil || len(lanes) != 1 {
		l.Fatalf("%d lanes, %v", len(lanes), err)
	}
	return lanes[0].Seq
}

// due returns the ids of what is to be sent.
func (l line) due() (ids []string) {
	l.Helper()
	parcels, _, err := l.Due(l.Context(), "clinic", l.endpoint.ID, func(string) bool { return false }, 100)
	if err != nil {
		l.Fatal(err)
	}
	for _, p := range parcels {
		if string(p.Body) != "body of "+p.ID {
			l.Errorf("%s has the bytes %q", p.ID, p.Body)
		}
		ids = append(ids, p.ID)
	}
	return ids
}

// settle stores that an attempt ended in the state.
func (l line) settle(id, state string, next time.Time) {
	l.Helper()
	o := store.Outcome{Delivery: store.Delivery{Tenant: "clinic", Endpoint: l.endpoint.ID, ID: id, User: l.user.ID, State: state, NextAt: next}}
	o.Attempt = store.Attempt{N: 1, At: *l.clock, Status: 200}
	if err := l.Settle(l.Context(), []store.Outcome{o}); err != nil {
		l.Fatal(err)
	}
}

func leases(t *testing.T, w *world) {
	l := w.line(store.Endpoint{})
	holder := func() string {
		lanes, err := w.Lanes(t.Context())
		if err != nil || len(lanes) != 1 {
			t.Fatalf("%d lanes, %v", len(lanes), err)
		}
		return lanes[0].Holder
	}
	lease := func(who string) {
		if err := w.Lease(t.Context(), who, w.clock.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	lease("two")
	if got := holder(); got != "one" {
		t.Errorf("taken from one who holds it: %q", got)
	}
	*w.clock = w.clock.Add(time.Minute)
	lease("two")
	if got := holder(); got != "two" {
		t.Errorf("an ended lease cannot be taken: %q", got)
	}
	em := store.Emission{Tenant: "clinic", Endpoint: l.endpoint.ID, Holder: "one", From: l.seq(), To: l.seq() + 1}
	is(t, "to emit without the lease", w.Emit(t.Context(), em), fault.Conflict)
	em.Holder, em.From = "two", em.From+1
	is(t, "to emit from another place in the log", w.Emit(t.Context(), em), fault.Conflict)
	if err := w.Release(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	lease("three")
	if got := holder(); got != "three" {
		t.Errorf("what was released cannot be taken: %q", got)
	}
}

func logging(t *testing.T, w *world) {
	l := w.line(store.Endpoint{})
	w.replace("serving", monday, serving(monday, "Apple", "100"))
	e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "auth", Detail: json.RawMessage(`{"message":"hello"}`), Reference: "r"}
	if err := w.AppendEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	got, err := w.Log(t.Context(), "clinic", l.seq(), 10)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	if r := got[0]; !r.Records || r.Kind != "serving" || r.Day != monday || r.User != w.user.ID {
		t.Errorf("of records: %+v", r)
	}
	if r := got[1]; r.Records || r.Kind != "auth" || string(r.Detail) != `{"message":"hello"}` || r.Reference != "r" {
		t.Errorf("of an event: %+v", r)
	}
	select {
	case <-w.Changes():
	default:
		t.Error("nobody was told")
	}
	if other, err := w.Log(t.Context(), "other", 0, 10); err != nil || len(other) != 0 {
		t.Errorf("another tenant sees %d lines, %v", len(other), err)
	}
}

func delivering(t *testing.T, w *world) {
	l := w.line(store.Endpoint{})
	l.emit("a", "b", "c")
	same(t, "at first", l.due(), "a", "b", "c")
	l.settle("a", store.Delivered, time.Time{})
	l.settle("b", store.Waiting, w.clock.Add(time.Hour))
	l.settle("c", store.Dead, time.Time{})
	same(t, "after an attempt each", l.due())
	*w.clock = w.clock.Add(time.Hour)
	same(t, "an hour later", l.due(), "b")
	if attempts, err := w.Attempts(t.Context(), "clinic", "a"); err != nil || len(attempts) != 1 || attempts[0].Status != 200 {
		t.Errorf("got %+v, %v", attempts, err)
	}
	if n, err := w.Replay(t.Context(), store.ReplayQuery{Tenant: "clinic"}); err != nil || n != 1 {
		t.Errorf("%d were replayed, %v; want what is dead", n, err)
	}
	same(t, "after a replay", l.due(), "b", "c")
	e := l.endpoint
	e.State = store.Disabled
	if _, _, err := w.PutEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	l.emit("d")
	l.settle("c", store.Waiting, *w.clock) // an attempt that was under way
	same(t, "while it is disabled", l.due())
	held, _, err := w.Deliveries(t.Context(), store.DeliveryQuery{Tenant: "clinic", State: store.Held})
	if err != nil || len(held) != 3 {
		t.Errorf("%d are held, %v", len(held), err)
	}
	if err := w.DeleteEndpoint(t.Context(), "clinic", e.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Attempts(t.Context(), "clinic", "a")
	is(t, "what is of an endpoint that is gone", err, fault.NotFound)
}

func superseding(t *testing.T, w *world) {
	l := w.line(store.Endpoint{})
	e := l.endpoint
	e.State = store.Disabled
	if _, _, err := w.PutEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	other := w.person("clinic", "ben").ID
	em := store.Emission{Tenant: "clinic", Endpoint: e.ID, Holder: "one", From: l.seq(), To: l.seq()}
	for _, p := range []struct {
		id, user, typ, batch string
		days                 []record.Date
	}{
		{"a", w.user.ID, "nutrition", "a", []record.Date{monday}},
		{"b", w.user.ID, "nutrition", "b", []record.Date{monday, tuesday}},
		{"c", w.user.ID, "auth", "", nil},
		{"d", other, "nutrition", "d", []record.Date{monday}},
		{"e", w.user.ID, "body", "e", []record.Date{monday}},
		{"f", w.user.ID, "nutrition", "f", []record.Date{monday}}, // and g: one batch
		{"g", w.user.ID, "nutrition", "f", []record.Date{monday}},
	} {
		em.Parcels = append(em.Parcels, store.Parcel{
			Delivery:  store.Delivery{ID: p.id, User: p.user, Type: p.typ, Created: *l.clock, TraceID: p.id, Reference: "r"},
			MediaType: "application/json", Body: []byte("body of " + p.id), Days: p.days, Batch: p.batch,
		})
	}
	if err := w.Emit(t.Context(), em); err != nil {
		t.Fatal(err)
	}
	e.State = store.Enabled
	if _, _, err := w.PutEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Supersede(t.Context(), "clinic", e.ID); err != nil || n != 1 {
		t.Fatalf("%d were superseded, %v; want a alone", n, err)
	}
	*w.clock = w.clock.Add(time.Hour)
	if n, err := w.Replay(t.Context(), store.ReplayQuery{Tenant: "clinic", Endpoint: e.ID}); err != nil || n != 6 {
		t.Errorf("%d were replayed, %v", n, err)
	}
	same(t, "the newest of each day", l.due(), "b", "c", "d", "e", "f", "g")
	_, err := w.Supersede(t.Context(), "other", e.ID)
	is(t, "another tenant's endpoint", err, fault.NotFound)
}

func ordering(t *testing.T, w *world) {
	l := w.line(store.Endpoint{Ordered: true})
	l.emit("a", "b", "c")
	same(t, "at first", l.due(), "a")
	l.settle("a", store.Waiting, w.clock.Add(time.Hour))
	same(t, "while the first waits", l.due())
	*w.clock = w.clock.Add(time.Hour)
	same(t, "when it is due", l.due(), "a")
	l.settle("a", store.Delivered, time.Time{})
	same(t, "once it is delivered", l.due(), "b")
	l.settle("b", store.Dead, time.Time{})
	same(t, "once one is given up", l.due(), "c")
	*w.clock = w.clock.Add(time.Hour)
	if n, err := w.Replay(t.Context(), store.ReplayQuery{Tenant: "clinic", ID: "b"}); err != nil || n != 1 {
		t.Fatalf("%d were replayed, %v", n, err)
	}
	same(t, "an older one that is replayed", l.due(), "b")
	e := l.endpoint
	e.Ordered = false
	if _, _, err := w.PutEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	same(t, "once the order does not matter", l.due(), "b", "c")
}

func same(t *testing.T, when string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q are due, want %q", when, got, want)
	}
}
