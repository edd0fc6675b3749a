package store

import (
	"encoding/json"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// subscribing: an endpoint that is a subscription of FHIR's comes from stage to
// stage, counts its events, and tells again what it has told.
func subscribing(t *testing.T, w *world) {
	ctx := t.Context()
	made := store.Subscription{Client: "app", Resource: json.RawMessage(`{"criteria":"Goal"}`), Ask: json.RawMessage(`{"payload":"x"}`)}
	l := w.line(store.Endpoint{Subscription: &made})
	now := func() store.Subscription {
		e, err := w.Endpoint(ctx, "clinic", l.endpoint.ID)
		if err != nil || e.Subscription == nil {
			t.Fatalf("got %+v, %v", e, err)
		}
		return *e.Subscription
	}
	emit := func(stage store.Stage, d store.Delivery) {
		d.User, d.Created, d.TraceID, d.Reference = w.user.ID, *w.clock, d.ID, d.ID
		em := store.Emission{Tenant: "clinic", Endpoint: l.endpoint.ID, Holder: "one", Stage: stage}
		em.From = l.seq()
		em.To = em.From
		em.Parcels = []store.Parcel{{Delivery: d, MediaType: "application/fhir+json", Body: []byte("body of " + d.ID)}}
		if err := w.Emit(ctx, em); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("begins by being asked for, with what the client sent", func(t *testing.T) {
		if s := now(); s.Stage != store.Requested || s.Client != "app" || string(s.Resource) != string(made.Resource) || string(s.Ask) != string(made.Ask) {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("is active once its handshake is answered", func(t *testing.T) {
		emit(store.Greeted, store.Delivery{ID: "msg_1", Type: store.Handshake})
		if s := now(); s.Stage != store.Greeted {
			t.Errorf("got %+v", s)
		}
		o := store.Outcome{Delivery: store.Delivery{Tenant: "clinic", Endpoint: l.endpoint.ID, ID: "msg_1", Type: store.Handshake, State: store.Delivered}}
		o.Attempt = store.Attempt{N: 1, At: *w.clock, Status: 200}
		if err := w.Settle(ctx, []store.Outcome{o}); err != nil {
			t.Fatal(err)
		}
		if s := now(); s.Stage != store.Active {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("counts its events, and tells again what was told", func(t *testing.T) {
		emit(0, store.Delivery{ID: "msg_2", Type: store.Notification, First: 1, Last: 3, Method: "PUT", Path: "/Goal/1"})
		emit(0, store.Delivery{ID: "msg_3", Type: store.Notification, First: 4, Last: 4})
		if s := now(); s.Told != 4 || s.Stage != store.Active {
			t.Errorf("got %+v", s)
		}
		for _, tt := range []struct {
			from, to int64
			want     []string
		}{{1, 9, []string{"msg_2", "msg_3"}}, {2, 2, []string{"msg_2"}}, {4, 4, []string{"msg_3"}}, {5, 9, nil}} {
			found, err := w.Notified(ctx, "clinic", l.endpoint.ID, tt.from, tt.to, 10)
			if err != nil || len(found) != len(tt.want) {
				t.Fatalf("from %d to %d: got %d, %v", tt.from, tt.to, len(found), err)
			}
			for i, p := range found {
				if p.ID != tt.want[i] || string(p.Body) != "body of "+p.ID {
					t.Errorf("got %s with %q, want %s", p.ID, p.Body, tt.want[i])
				}
			}
		}
		due, _, err := w.Due(ctx, "clinic", l.endpoint.ID, func(string) bool { return false }, 10)
		if err != nil || due[0].Method != "PUT" || due[0].Path != "/Goal/1" {
			t.Errorf("what is due is %+v, %v", due, err)
		}
		if found, err := w.Notified(ctx, "other", l.endpoint.ID, 1, 9, 10); err != nil || len(found) > 0 {
			t.Errorf("another tenant is told %d, %v", len(found), err)
		}
	})
	t.Run("begins anew when it is changed, and goes on counting", func(t *testing.T) {
		changed := l.endpoint
		changed.Subscription = &store.Subscription{Client: "app", Resource: json.RawMessage(`{"criteria":"Patient"}`), Ask: made.Ask}
		if _, _, err := w.PutEndpoint(ctx, changed); err != nil {
			t.Fatal(err)
		}
		if s := now(); s.Stage != store.Requested || s.Told != 4 || string(s.Resource) != `{"criteria":"Patient"}` {
			t.Errorf("got %+v", s)
		}
		changed.Subscription = nil
		_, _, err := w.PutEndpoint(ctx, changed)
		is(t, "a subscription that becomes a webhook", err, fault.Conflict)
	})
	t.Run("keeps nothing that it told of somebody who is erased", func(t *testing.T) {
		if err := w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth"}); err != nil {
			t.Fatal(err)
		}
		if found, err := w.Notified(ctx, "clinic", l.endpoint.ID, 1, 9, 10); err != nil || len(found) > 0 {
			t.Errorf("%d are left, %v", len(found), err)
		}
	})
}
