package sqlite_test

import (
	"testing"
	"time"

	"nutrigate/gateway/store"
)

func TestBacklogs(t *testing.T) {
	s, _, clock := desk(t)
	ctx := t.Context()
	busy, _, err := s.PutEndpoint(ctx, store.Endpoint{Tenant: "clinic", URL: "https://example.org/a"})
	if err != nil {
		t.Fatal(err)
	}
	idle, _, err := s.PutEndpoint(ctx, store.Endpoint{Tenant: "clinic", URL: "https://example.org/b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(ctx, "test", clock.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	parcel := func(id string, age time.Duration) store.Parcel {
		return store.Parcel{MediaType: "application/json", Body: []byte("{}"), Delivery: store.Delivery{
			Tenant: "clinic", Endpoint: busy.ID, ID: id, Type: "body", State: store.Waiting, Created: clock.Add(-age), NextAt: *clock, TraceID: id,
		}}
	}
	err = s.Emit(ctx, store.Emission{
		Tenant: "clinic", Endpoint: busy.ID, Holder: "test", To: 1,
		Parcels: []store.Parcel{parcel("1", time.Hour), parcel("2", 2*time.Minute), parcel("3", time.Minute), parcel("4", 3*time.Hour), parcel("5", 2*time.Hour)},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := parcel("1", time.Hour).Delivery
	done.State, done.Attempts, done.NextAt = store.Delivered, 1, time.Time{}
	if err := s.Settle(ctx, []store.Outcome{{Delivery: done, Attempt: store.Attempt{N: 1, At: *clock, Status: 200}}}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"4", "5"} {
		dead := parcel(id, 0).Delivery
		dead.State, dead.Attempts, dead.NextAt = store.Dead, 1, time.Time{}
		if err := s.Settle(ctx, []store.Outcome{{Delivery: dead, Attempt: store.Attempt{N: 1, At: *clock, Status: 500}}}); err != nil {
			t.Fatal(err)
		}
	}
	kept := store.Kept{Deliveries: 2, Bytes: 4, Oldest: clock.Add(-3 * time.Hour)}
	if got, err := s.Kept(ctx, "clinic"); err != nil || got != kept {
		t.Errorf("the tenant has %+v, %v", got, err)
	}
	if got, err := s.Kept(ctx, "other"); err != nil || got != (store.Kept{}) || !got.Expires().IsZero() {
		t.Errorf("another has %+v, %v", got, err)
	}
	all, err := s.Backlogs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]store.Backlog{
		busy.ID: {Endpoint: busy.ID, Waiting: 2, Oldest: clock.Add(-2 * time.Minute), Kept: kept},
		idle.ID: {Endpoint: idle.ID},
	}
	for _, b := range all {
		if b != want[b.Endpoint] {
			t.Errorf("%+v, want %+v", b, want[b.Endpoint])
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d endpoints", len(all))
	}
}

func TestSweep(t *testing.T) {
	s, _, clock := desk(t)
	ctx := t.Context()
	e, _, err := s.PutEndpoint(ctx, store.Endpoint{Tenant: "clinic", URL: "https://example.org/a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(ctx, "test", clock.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	em := store.Emission{Tenant: "clinic", Endpoint: e.ID, Holder: "test", To: 1}
	for id, state := range map[string]string{"a": store.Dead, "b": store.Held, "c": store.Waiting, "d": store.Held, "e": store.Held, "f": store.Delivered} {
		em.Parcels = append(em.Parcels, store.Parcel{MediaType: "application/json", Body: make([]byte, 100), Delivery: store.Delivery{ID: "msg_" + id, Type: "body", State: state, Created: *clock}})
	}
	if err := s.Emit(ctx, em); err != nil {
		t.Fatal(err)
	}
	left := func() (ids string) {
		t.Helper()
		found, _, err := s.Deliveries(ctx, store.DeliveryQuery{Tenant: "clinic"})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			ids += d.ID[len("msg_"):]
		}
		return ids
	}
	for _, step := range []struct {
		bytes int64
		limit int
		want  string // newest first
	}{
		{400, 10, "fedcba"},
		{399, 10, "fedcb"},
		{150, 1, "fedc"},
		{150, 10, "fec"},
		{0, 10, "fc"},
	} {
		if _, err := s.Sweep(ctx, time.Unix(0, 0), step.bytes, step.limit); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != step.want {
			t.Errorf("with %d bytes: %s are left, want %s", step.bytes, got, step.want)
		}
	}
}
