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

// Exports is what the gateway asks of an engine in order to export.
type Exports interface {
	AddExport(ctx context.Context, e store.Export, most int) (store.Export, error)
	Export(ctx context.Context, tenant, id string) (store.Export, error)
	Exports(ctx context.Context) ([]store.Export, error)
	TakeExport(ctx context.Context, holder string, until time.Time) (store.Export, error)
	AdvanceExport(ctx context.Context, e store.Export, people []string) error
	DeleteExport(ctx context.Context, tenant, id string) error
	ExpireExports(ctx context.Context) error
	Erased(ctx context.Context, tenant string, from, to time.Time) ([]string, error)
}

const mostExports = 2

func (w *world) export(client string) store.Export {
	w.Helper()
	e, err := w.AddExport(w.Context(), store.Export{
		Tenant: w.user.Tenant, Client: client, Request: "https://example.org/fhir/$export",
		Ask: json.RawMessage(`{"types":["Observation"]}`), Place: json.RawMessage(`{}`), Expires: w.clock.Add(time.Hour),
	}, mostExports)
	if err != nil {
		w.Fatal(err)
	}
	*w.clock = w.clock.Add(time.Millisecond) // so that the next is younger
	return e
}

// take takes what waits, for a minute.
func (w *world) take(from Exports, holder string) (store.Export, error) {
	return from.TakeExport(w.Context(), holder, w.clock.Add(time.Minute))
}

func exporting(t *testing.T, w *world) {
	ctx := t.Context()
	first := w.export("app")
	t.Run("is read as it was made, by its tenant", func(t *testing.T) {
		got, err := w.Export(ctx, "clinic", first.ID)
		if err != nil || string(got.Ask) != string(first.Ask) || got.Request != first.Request || got.State != store.ExportWaiting || got.AsOf.Before(got.Created) {
			t.Errorf("got %+v, %v", got, err)
		}
		_, err = w.Export(ctx, "other", first.ID)
		is(t, "another tenant's export", err, fault.NotFound)
		_, err = w.AddExport(ctx, store.Export{Tenant: "nobody", Client: "app"}, mostExports)
		is(t, "an export of no tenant", err, fault.NotFound)
	})
	t.Run("has a moment between what was stored before and what comes later", func(t *testing.T) {
		w.replace(record.KindServing, monday, serving(monday, "Apple", "52"))
		e := w.export("between")
		w.replace(record.KindServing, tuesday, serving(tuesday, "Pear", "57"))
		for _, r := range w.all(store.Query{}) {
			if r.Updated.After(e.AsOf) != (r.Day == tuesday) || r.Updated.Equal(e.AsOf) {
				t.Errorf("what was stored on %s has the time %v, the export %v", r.Day, r.Updated, e.AsOf)
			}
		}
		if then := w.all(store.Query{AsOf: e.AsOf}); len(then) != 1 {
			t.Errorf("then there were %d records", len(then))
		}
		if err := w.DeleteExport(ctx, "clinic", e.ID); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a client has only so many at once", func(t *testing.T) {
		second := w.export("app")
		_, err := w.AddExport(ctx, store.Export{Tenant: "clinic", Client: "app"}, mostExports)
		is(t, "a third", err, fault.RateLimited)
		w.export("another")
		if err := w.DeleteExport(ctx, "clinic", second.ID); err != nil {
			t.Fatal(err)
		}
		is(t, "deleting it again", w.DeleteExport(ctx, "clinic", second.ID), fault.NotFound)
		_, err = w.Export(ctx, "clinic", second.ID)
		is(t, "a deleted one", err, fault.NotFound)
	})
	t.Run("one process works for one, and who waits longest is next", func(t *testing.T) {
		*w.clock = w.clock.Add(time.Second)
		one, err := w.take(w, "a")
		if err != nil || one.ID != first.ID {
			t.Fatalf("got %+v, %v; want the oldest", one, err)
		}
		two, err := w.take(w.view(), "b")
		if err != nil || two.ID == one.ID {
			t.Fatalf("got %+v, %v; want the other", two, err)
		}
		_, err = w.take(w, "c")
		is(t, "a third holder", err, fault.NotFound)
		if again, err := w.take(w, "a"); err != nil || again.ID != one.ID {
			t.Errorf("the holder of one gets %+v, %v", again, err)
		}
		*w.clock = w.clock.Add(2 * time.Minute)
		if left, err := w.take(w, "c"); err != nil || left.Holder != "c" {
			t.Errorf("a lease that ended: got %+v, %v", left, err)
		}
	})
	t.Run("what was done stays with it, and the holder alone may say so", func(t *testing.T) {
		*w.clock = w.clock.Add(2 * time.Minute)
		e, err := w.take(w, "d")
		if err != nil {
			t.Fatal(err)
		}
		e.Place, e.State = json.RawMessage(`{"after":"x"}`), store.ExportWaiting
		if err := w.AdvanceExport(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
		got, err := w.Export(ctx, "clinic", e.ID)
		if err != nil || string(got.Place) != `{"after":"x"}` {
			t.Errorf("got %s, %v", got.Place, err)
		}
		stolen := e
		stolen.Holder = "z"
		is(t, "another's advance", w.AdvanceExport(ctx, stolen, nil), fault.Conflict)
		e.State = store.ExportDone
		if err := w.AdvanceExport(ctx, e, nil); err != nil {
			t.Fatal(err)
		}
		is(t, "an advance of what is over", w.AdvanceExport(ctx, e, nil), fault.Conflict)
	})
	t.Run("is deleted when its time has come", func(t *testing.T) {
		*w.clock = w.clock.Add(time.Hour)
		if err := w.ExpireExports(ctx); err != nil {
			t.Fatal(err)
		}
		if left, err := w.Exports(ctx); err != nil || len(left) != 0 {
			t.Errorf("left are %+v, %v", left, err)
		}
	})
}

// erasing: what was exported of somebody goes with the person.
func erasing(t *testing.T, w *world) {
	ctx := t.Context()
	ben := w.person("clinic", "ben")
	w.replace(record.KindServing, monday, serving(monday, "Apple", "52"))
	*w.clock = w.clock.Add(time.Second)
	before := w.clock.UTC()
	with, without := w.export("app"), w.export("app")
	for _, step := range []struct {
		id, state string
		people    []string
	}{{with.ID, store.ExportDone, []string{w.user.ID, ben.ID}}, {without.ID, store.ExportWaiting, []string{ben.ID}}} {
		e, err := w.take(w, "a")
		if err != nil {
			t.Fatal(err)
		}
		if e.ID != step.id {
			t.Fatalf("took %s, want %s", e.ID, step.id)
		}
		e.State = step.state
		if err := w.AdvanceExport(ctx, e, step.people); err != nil {
			t.Fatal(err)
		}
		if err := w.AdvanceExport(ctx, e, step.people); e.State == store.ExportWaiting && err != nil {
			t.Fatalf("the same people again: %v", err)
		}
		*w.clock = w.clock.Add(time.Second)
	}
	if err := w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ what, id, state, class string }{
		{"one that held the person", with.ID, store.ExportFailed, store.PersonErased},
		{"one that did not", without.ID, store.ExportWaiting, ""},
	} {
		if got, err := w.Export(ctx, "clinic", want.id); err != nil || got.State != want.state || got.Class != want.class {
			t.Errorf("%s: got %s %s, %v", want.what, got.State, got.Class, err)
		}
	}
	e, err := w.take(w, "a")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "an advance with somebody who is gone", w.AdvanceExport(ctx, e, []string{ben.ID, w.user.ID}), fault.Conflict)
	gone, err := w.Erased(ctx, "clinic", before, w.clock.UTC())
	if err != nil || !slices.Equal(gone, []string{w.user.ID}) {
		t.Errorf("erased are %v, %v", gone, err)
	}
	if gone, err := w.Erased(ctx, "clinic", w.clock.UTC(), w.clock.Add(time.Hour)); err != nil || len(gone) != 0 {
		t.Errorf("erased later are %v, %v", gone, err)
	}
}
