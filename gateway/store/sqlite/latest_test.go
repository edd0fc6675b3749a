package sqlite_test

import (
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

func TestLatest(t *testing.T) {
	s, _, clock := desk(t)
	ctx := t.Context()
	u, err := s.PutUser(ctx, store.User{Tenant: "clinic", Reference: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	note := func(day record.Date, texts ...string) {
		t.Helper()
		im, err := s.Begin(ctx, "clinic", u.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer im.Rollback()
		var all []record.Encoded
		for _, text := range texts {
			e, err := record.Encode(record.Record{Kind: record.KindNote, Day: day, Note: &record.Note{Text: text}})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
		if _, err := im.Replace(ctx, "", "document", []record.Kind{record.KindNote}, day, all); err != nil {
			t.Fatal(err)
		}
		if err := im.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	latest := func(want store.Latest) {
		t.Helper()
		if got, err := s.Latest(ctx, "clinic", u.ID); err != nil || got != want {
			t.Errorf("got %+v, want %+v, %v", got, want, err)
		}
	}
	latest(store.Latest{})
	note("2026-02-01", "a")
	note("2026-02-03", "b")
	latest(store.Latest{Day: "2026-02-03"})
	note("2026-02-03")
	latest(store.Latest{Day: "2026-02-01"})

	l := leased(t, s, clock.Add(time.Minute))
	err = s.Emit(ctx, store.Emission{Tenant: "clinic", Endpoint: l.ID, Holder: "one", From: l.Seq, To: l.Seq, Parcels: []store.Parcel{
		{Delivery: store.Delivery{ID: "a", User: u.ID, Type: "nutrition", Created: *clock}, MediaType: "application/json", Body: []byte("{}")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	latest(store.Latest{Day: "2026-02-01"})
	at := clock.Add(time.Second)
	err = s.Settle(ctx, []store.Outcome{{
		Delivery: store.Delivery{Tenant: "clinic", Endpoint: l.ID, ID: "a", User: u.ID, State: store.Delivered}, Attempt: store.Attempt{N: 1, At: at, Status: 200},
	}})
	if err != nil {
		t.Fatal(err)
	}
	latest(store.Latest{Day: "2026-02-01", Sent: at})
}
