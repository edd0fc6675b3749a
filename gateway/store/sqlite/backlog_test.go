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
		Parcels: []store.Parcel{parcel("1", time.Hour), parcel("2", 2*time.Minute), parcel("3", time.Minute)},
	})
	if err != nil {
		t.Fatal(err)
	}
	done := parcel("1", time.Hour).Delivery
	done.State, done.Attempts, done.NextAt = store.Delivered, 1, time.Time{}
	if err := s.Settle(ctx, []store.Outcome{{Delivery: done, Attempt: store.Attempt{N: 1, At: *clock, Status: 200}}}); err != nil {
		t.Fatal(err)
	}
	all, err := s.Backlogs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]store.Backlog{
		busy.ID: {Endpoint: busy.ID, Waiting: 2, Oldest: clock.Add(-2 * time.Minute)},
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
