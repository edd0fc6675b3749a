package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

func textOf(s string) io.Reader { return strings.NewReader(s) }

func documents(t *testing.T, w *world) {
	ctx := t.Context()
	// Longer than any chunk, and not the same anywhere.
	body := make([]byte, 2_500_000)
	for i := range body {
		body[i] = byte(i>>16) ^ byte(i*7)
	}
	d := store.RawDocument{ID: "document-1", Name: "servings.csv", Kind: "servings", Zone: "Europe/Berlin", AsOf: tuesday, Received: w.clock.UTC()}
	for _, zone := range []string{"Europe/Berlin", "Europe/Paris"} {
		im := w.begin()
		d.Zone = zone
		if err := im.AddDocument(ctx, d, bytes.NewReader(body)); err != nil {
			t.Fatal(err)
		}
		if err := im.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := w.Documents(ctx, w.user.Tenant, w.user.ID)
	if err != nil || len(list) != 1 || list[0].Size != int64(len(body)) || list[0].Zone != "Europe/Paris" || list[0].AsOf != tuesday {
		t.Fatalf("the same document twice is one, as last described: got %+v, %v", list, err)
	}
	r, err := w.Document(ctx, w.user.Tenant, w.user.ID, "document-1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := iotest.TestReader(r, body); err != nil {
		t.Error(err)
	}
	_, err = w.Document(ctx, w.user.Tenant, w.user.ID, "document-2")
	is(t, "a document that is none", err, fault.NotFound)

	t.Run("a body that cannot be read to its end fails", func(t *testing.T) {
		im := w.begin()
		broken := errors.New("broken")
		if err := im.AddDocument(ctx, store.RawDocument{ID: "document-2"}, iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		im.Rollback()
	})
	t.Run("the source of a day is the document read last", func(t *testing.T) {
		w.replaceFrom("document-1", record.KindServing, monday, serving(monday, "Oats", "150"))
		w.replaceFrom("document-2", record.KindServing, monday, serving(monday, "Oats", "150"))
		im := w.begin()
		defer im.Rollback()
		if got := im.Sources(); len(got) != 1 || got[store.KindDay{Kind: record.KindServing, Day: monday}] != "document-2" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a document is kept while its days are replaced", func(t *testing.T) {
		im := w.begin()
		defer im.Rollback()
		var both errgroup.Group
		d := d
		d.ID = "document-3"
		both.Go(func() error { return im.AddDocument(ctx, d, bytes.NewReader(body)) })
		both.Go(func() error {
			for i := range 40 {
				day := record.Date("2027-01-01").AddDays(i)
				tally, err := im.Replace(ctx, "", d.ID, []record.Kind{record.KindServing}, day, encoded(t, meals(day, 50)...))
				if err != nil || tally != (store.Tally{Added: 50}) {
					return fmt.Errorf("%s: %+v, %w", day, tally, err)
				}
			}
			return nil
		})
		if err := errors.Join(both.Wait(), im.Commit()); err != nil {
			t.Fatal(err)
		}
		r, err := w.Document(ctx, w.user.Tenant, w.user.ID, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := iotest.TestReader(r, body); err != nil {
			t.Error(err)
		}
		page, err := w.Records(ctx, store.Query{Tenant: w.user.Tenant, User: w.user.ID, From: "2027-01-01"})
		if err != nil || len(page.Records) != 40*50 {
			t.Errorf("got %d records, %v", len(page.Records), err)
		}
	})
}

// undoing leaves imports without a commit: nothing of them may ever be seen.
func undoing(t *testing.T, w *world) {
	w.replace(record.KindServing, monday, serving(monday, "Oats", "150"))
	revision := w.revision(t, "")
	unchanged := func(t *testing.T, s Store) {
		t.Helper()
		page, err := s.Records(t.Context(), store.Query{Tenant: "clinic", Deleted: true})
		if err != nil || len(page.Records) != 1 || page.Records[0].Serving.Food != "Oats" || page.Records[0].Version != 1 {
			t.Errorf("records: got %+v, %v", page, err)
		}
		if list, err := s.Documents(t.Context(), "clinic", w.user.ID); err != nil || len(list) != 0 {
			t.Errorf("documents: got %v, %v", list, err)
		}
		if days, err := s.Days(t.Context(), "clinic", w.user.ID, nil, "", ""); err != nil || len(days) != 1 {
			t.Errorf("days: got %v, %v", days, err)
		}
		if r, err := s.Revision(t.Context(), "clinic", ""); err != nil || r != revision {
			t.Errorf("revision: got %d, %v", r, err)
		}
	}
	half := func(ctx context.Context, t *testing.T) store.Import {
		im, err := w.Begin(ctx, w.user.Tenant, w.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := im.AddDocument(ctx, store.RawDocument{ID: "document-2", Name: "servings.csv"}, textOf("Day,Food\n")); err != nil {
			t.Fatal(err)
		}
		for _, day := range []record.Date{monday, tuesday} {
			if _, err := im.Replace(ctx, "", "document-2", []record.Kind{record.KindServing}, day, encoded(t, meals(day, 20)...)); err != nil {
				t.Fatal(err)
			}
		}
		return im
	}
	t.Run("before the commit nobody sees anything", func(t *testing.T) {
		im := half(t.Context(), t)
		unchanged(t, w.Store)
		unchanged(t, w.view())
		im.Rollback()
		im.Rollback() // twice is harmless
		unchanged(t, w.Store)
	})
	t.Run("an import whose caller went away is undone", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		im := half(ctx, t)
		cancel()
		if err := im.Commit(); err == nil {
			t.Error("committed after the context was cancelled")
		}
		unchanged(t, w.Store)
	})
	t.Run("an import that is left open when the store closes is undone", func(t *testing.T) {
		other := w.open()
		im, err := other.Begin(t.Context(), w.user.Tenant, w.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Replace(t.Context(), "", "d", []record.Kind{record.KindServing}, monday, nil); err != nil {
			t.Fatal(err)
		}
		im.Rollback()
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
		unchanged(t, w.view())
	})
	t.Run("after the commit another view sees everything", func(t *testing.T) {
		other := w.view()
		if err := half(t.Context(), t).Commit(); err != nil {
			t.Fatal(err)
		}
		page, err := other.Records(t.Context(), store.Query{Tenant: "clinic"})
		if err != nil || len(page.Records) != 40 {
			t.Errorf("got %d records, %v", len(page.Records), err)
		}
	})
}
