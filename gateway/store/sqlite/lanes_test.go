package sqlite_test

import (
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// lane is the only one, and "one" works for it.
func lane(t *testing.T, s *sqlite.Store) store.Lane {
	t.Helper()
	lanes, err := s.Lanes(t.Context())
	if err != nil || len(lanes) != 1 {
		t.Fatalf("%d lanes, %v", len(lanes), err)
	}
	return lanes[0]
}

func leased(t *testing.T, s *sqlite.Store, until time.Time) store.Lane {
	t.Helper()
	if _, _, err := s.PutEndpoint(t.Context(), store.Endpoint{Tenant: "clinic", URL: "https://example.org/hook"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(t.Context(), "one", until); err != nil {
		t.Fatal(err)
	}
	return lane(t, s)
}

func TestWhatWasAnnouncedIsKept(t *testing.T) {
	s, _, clock := desk(t)
	l := leased(t, s, clock.Add(time.Minute))
	em := store.Emission{Tenant: "clinic", Endpoint: l.ID, Holder: "one", From: l.Seq, To: l.Seq, Announced: l.Seq + 7}
	if err := s.Emit(t.Context(), em); err != nil {
		t.Fatal(err)
	}
	if got := lane(t, s); got.Announced != l.Seq+7 || got.Seq != l.Seq {
		t.Errorf("got %d at %d", got.Announced, got.Seq)
	}
	em.Announced, em.To = 0, l.Seq+7
	if err := s.Emit(t.Context(), em); err != nil {
		t.Fatal(err)
	}
	if got := lane(t, s); got.Announced != l.Seq+7 || got.Seq != l.Seq+7 {
		t.Errorf("got %d at %d", got.Announced, got.Seq)
	}
	if err := s.Emit(t.Context(), em); fault.KindOf(err) != fault.Conflict {
		t.Errorf("from another place: %v", err)
	}
}

func TestPayloads(t *testing.T) {
	s, _, clock := desk(t)
	l := leased(t, s, clock.Add(time.Minute))
	em := store.Emission{Tenant: "clinic", Endpoint: l.ID, Holder: "one", From: l.Seq, To: l.Seq}
	for id, d := range map[string]store.Delivery{
		"a": {Type: "large_request_processing", Reference: "large"}, "b": {Type: "large_request_sending", Reference: "large"},
		"c": {Type: "nutrition", Reference: "large"}, "d": {Type: "nutrition", Reference: "large"},
		"e": {Type: "nutrition", Reference: "small"}, "f": {Type: "nutrition", Reference: "large", State: store.Dead, Class: "split"},
	} {
		d.ID, d.User, d.TraceID, d.Created = id, "anna", id, *clock
		em.Parcels = append(em.Parcels, store.Parcel{Delivery: d, MediaType: "application/json", Body: []byte("{}")})
	}
	if err := s.Emit(t.Context(), em); err != nil {
		t.Fatal(err)
	}
	for reference, want := range map[string]int{"large": 2, "small": 0, "none": 0} {
		got, err := s.Payloads(t.Context(), store.Delivery{Tenant: "clinic", Endpoint: l.ID, User: "anna", Reference: reference})
		if err != nil || got != want {
			t.Errorf("%s: got %d, want %d, %v", reference, got, want, err)
		}
	}
}
