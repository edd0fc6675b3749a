package sqlite_test

import (
	"slices"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Of who leaves, no data is sent any more; what was to be told of them still is,
// even where it stood in line behind data.
func TestDeauthenticateTakesDeliveriesOfDataAlong(t *testing.T) {
	s, _, clock := desk(t)
	ctx := t.Context()
	leaves, err := s.PutUser(ctx, store.User{Tenant: "clinic", Reference: "leaves", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	stays, err := s.PutUser(ctx, store.User{Tenant: "clinic", Reference: "stays", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := s.PutEndpoint(ctx, store.Endpoint{Tenant: "clinic", URL: "https://example.org/a", Ordered: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Lease(ctx, "test", clock.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	lanes, err := s.Lanes(ctx)
	if err != nil || len(lanes) != 1 {
		t.Fatalf("%d lanes, %v", len(lanes), err)
	}
	var parcels []store.Parcel
	for _, d := range []store.Delivery{
		{ID: "1", User: leaves.ID, Type: "nutrition"}, {ID: "2", User: leaves.ID, Type: "auth"}, {ID: "3", User: stays.ID, Type: "nutrition"},
	} {
		d.Tenant, d.Endpoint, d.State, d.Created, d.TraceID = "clinic", e.ID, store.Waiting, *clock, d.ID
		parcels = append(parcels, store.Parcel{MediaType: "application/json", Body: []byte("{}"), Delivery: d})
	}
	if err := s.Emit(ctx, store.Emission{Tenant: "clinic", Endpoint: e.ID, Holder: "test", From: lanes[0].Seq, To: lanes[0].Seq + 1, Parcels: parcels}); err != nil {
		t.Fatal(err)
	}
	if err := s.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: leaves.ID, Type: "deauth", Detail: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	due, _, err := s.Due(ctx, "clinic", e.ID, func(string) bool { return false }, 10)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range due {
		ids = append(ids, p.ID)
	}
	if slices.Sort(ids); !slices.Equal(ids, []string{"2", "3"}) {
		t.Errorf("due are %q", ids)
	}
}

func TestRevokeUsesTheSessionUp(t *testing.T) {
	s, _, clock := desk(t)
	ctx := t.Context()
	u, err := s.PutUser(ctx, store.User{Tenant: "clinic", Reference: "anna", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	n := store.Session{Tenant: "clinic", ID: "secret", Leaving: true, User: u.ID, Expires: clock.Add(time.Minute)}
	if err := s.AddSession(ctx, n); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, "secret"); err != nil || got != n {
		t.Errorf("got %+v, %v", got, err)
	}
	e := store.Event{Tenant: "clinic", User: u.ID, Type: "access_revoked", Detail: []byte(`{}`)}
	if err := s.Revoke(ctx, "another", e); fault.KindOf(err) != fault.Gone {
		t.Errorf("a session that is none: %v", err)
	}
	if got, err := s.User(ctx, "clinic", u.ID); err != nil || got.Left {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.Revoke(ctx, "secret", e); err != nil {
		t.Fatal(err)
	}
	if got, err := s.User(ctx, "clinic", u.ID); err != nil || !got.Left || got.Active {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := s.Revoke(ctx, "secret", e); fault.KindOf(err) != fault.Gone {
		t.Errorf("once more: %v", err)
	}
}
