package ingest_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

func newStore(tb testing.TB, path string) (*sqlite.Store, store.User) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		tb.Fatal(err)
	}
	st, err := sqlite.Open(context.Background(), path, time.Now) // it outlives tb.Context
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	if err := st.PutTenant(tb.Context(), "clinic"); err != nil {
		tb.Fatal(err)
	}
	user, err := st.PutUser(tb.Context(), store.User{Tenant: "clinic", Reference: "anna", Zone: "Europe/Berlin", Active: true})
	if err != nil {
		tb.Fatal(err)
	}
	return st, user
}

type body struct{ *strings.Reader }

func (body) Close() error { return nil }

func document(name, text string) source.Document {
	return source.Document{Name: name, Size: int64(len(text)), Open: func() (io.ReadSeekCloser, error) {
		return body{strings.NewReader(text)}, nil
	}}
}

const (
	servings = "Day,Time,Group,Food Name,Amount,Energy (kcal),Moonbeam (drops),Category\n" +
		"2026-01-05,9:00 AM,\"Breakfast\",\"Oats\",\"50.00 g\",190.00,1.20,\"Cereals\"\n" +
		"2026-01-05,1:00 PM,\"Lunch\",\"Rice\",\"1.00 cup\",205.00,,\"Grains\"\n" +
		"2026-01-06,1:00 PM,\"Lunch\",\"Rice\",\"1.00 cup\",205.00,,\"Grains\"\n"
	summary = "Date,Energy (kcal),Sodium (mg),Completed\n2026-01-05,395.00,12.00,true\n2026-01-06,205.00,,false\n"
	targets = "Nutrient,Min,Max,Unit\nProtein,60,,g\n"
)

func all(t *testing.T, st *sqlite.Store, user store.User) []store.Stored {
	t.Helper()
	page, err := st.Records(t.Context(), store.Query{Tenant: user.Tenant, User: user.ID, Deleted: true})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records
}

func TestRun(t *testing.T) {
	st, user := newStore(t, filepath.Join(t.TempDir(), "store.db"))
	docs := []source.Document{document("servings.csv", servings), document("dailysummary.csv", summary), document("targets.csv", targets)}
	options := ingest.Options{AsOf: "2026-01-06"}
	first, err := ingest.Run(t.Context(), st, read, user, docs, options)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("reports each file", func(t *testing.T) {
		got := first.Files[0]
		want := ingest.File{
			Name: "servings.csv", Document: got.Document, Kind: "servings", Rows: 3, Days: 2, Tally: store.Tally{Added: 3},
			Issues: []mapping.Count{{Issue: mapping.Issue{Sort: mapping.Unknown, Path: got.Issues[0].Path, Reason: got.Issues[0].Reason}, Count: 1}},
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got.Document) != 64 {
			t.Errorf("document %q; %s", got.Document, diff)
		}
		// Two days, three totals, one target and the plan.
		if first.Tally != (store.Tally{Added: 3 + 5 + 2}) || first.Files[1].Days != 2 || first.Files[2].Days != 0 {
			t.Errorf("got %+v", first)
		}
	})
	t.Run("records know the user's zone and their place in the document", func(t *testing.T) {
		page, err := st.Records(t.Context(), store.Query{Tenant: "clinic", User: user.ID, Select: []store.Selector{{Kind: record.KindServing}}, From: "2026-01-06"})
		if err != nil || len(page.Records) != 1 {
			t.Fatalf("got %+v, %v", page, err)
		}
		r := page.Records[0]
		if r.Zone != "Europe/Berlin" || r.Origin != (record.Origin{Document: first.Files[0].Document, Line: 4}) {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("the raw documents are kept", func(t *testing.T) {
		raw, err := st.Document(t.Context(), "clinic", user.ID, first.Files[0].Document)
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if got, err := io.ReadAll(raw); err != nil || string(got) != servings {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("the same files again change nothing", func(t *testing.T) {
		before := all(t, st, user)
		again, err := ingest.Run(t.Context(), st, read, user, docs, options)
		if err != nil || again.Tally != (store.Tally{Kept: first.Tally.Added}) {
			t.Errorf("got %+v, %v", again.Tally, err)
		}
		if diff := cmp.Diff(before, all(t, st, user)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("one edited row changes that serving alone", func(t *testing.T) {
		edited := strings.Replace(servings, "190.00", "191.00", 1)
		got, err := ingest.Run(t.Context(), st, read, user, []source.Document{document("servings.csv", edited)}, options)
		if err != nil || got.Tally != (store.Tally{Changed: 1, Kept: 2}) {
			t.Errorf("got %+v, %v", got.Tally, err)
		}
	})
	t.Run("an edited summary changes the nutrient that differs", func(t *testing.T) {
		edited := strings.Replace(summary, "12.00", "12.50", 1)
		got, err := ingest.Run(t.Context(), st, read, user, []source.Document{document("dailysummary.csv", edited)}, options)
		if err != nil || got.Tally != (store.Tally{Changed: 1, Kept: 4}) {
			t.Errorf("got %+v, %v", got.Tally, err)
		}
	})
	t.Run("progress ends with all rows and bytes", func(t *testing.T) {
		var rows int
		var bytes int64
		o := options
		o.Progress = func(file string, r int, b int64) { rows, bytes = r, b }
		if _, err := ingest.Run(t.Context(), st, read, user, docs[:1], o); err != nil || rows != 3 || bytes != int64(len(servings)) {
			t.Errorf("got %d rows, %d bytes, %v", rows, bytes, err)
		}
	})
}

func TestRunChangesNothingWhenADocumentIsBroken(t *testing.T) {
	st, user := newStore(t, filepath.Join(t.TempDir(), "store.db"))
	good := document("servings.csv", servings)
	for name, broken := range map[string]struct {
		doc  source.Document
		line int
	}{
		"a header that nobody knows":      {document("x.csv", "a,b\n1,2\n"), 1},
		"a date that is none, at the end": {document("x.csv", servings+"2026-02-30,,,\"Tea\",,1.00,,\n"), 5},
		"a negative energy":               {document("x.csv", servings+"2026-01-07,,,\"Tea\",,-1.00,,\n"), 5},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ingest.Run(t.Context(), st, read, user, []source.Document{good, broken.doc}, ingest.Options{})
			var reason *mapping.ReadError
			if fault.KindOf(err) != fault.Unreadable || !errors.As(err, &reason) {
				t.Fatalf("got %v", err)
			}
			if reason.File != "x.csv" || reason.Line != broken.line || reason.Advice == "" || strings.Contains(err.Error(), "-1.00") {
				t.Errorf("got %+v", reason)
			}
			if got := all(t, st, user); len(got) != 0 {
				t.Errorf("%d records are there", len(got))
			}
			if docs, err := st.Documents(t.Context(), "clinic", user.ID); err != nil || len(docs) != 0 {
				t.Errorf("documents: %v, %v", docs, err)
			}
		})
	}
	t.Run("a document that cannot be opened", func(t *testing.T) {
		gone := source.Document{Name: "x.csv", Open: func() (io.ReadSeekCloser, error) { return nil, os.ErrNotExist }}
		_, err := ingest.Run(t.Context(), st, read, user, []source.Document{good, gone}, ingest.Options{})
		if !errors.Is(err, os.ErrNotExist) || len(all(t, st, user)) != 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a caller who goes away", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stop := ingest.Options{Progress: func(string, int, int64) { cancel() }}
		_, err := ingest.Run(ctx, st, read, user, []source.Document{good}, stop)
		if !errors.Is(err, context.Canceled) || len(all(t, st, user)) != 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a user of another tenant", func(t *testing.T) {
		stranger := user
		stranger.Tenant = "other"
		if _, err := ingest.Run(t.Context(), st, read, stranger, []source.Document{good}, ingest.Options{}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestRemap(t *testing.T) {
	st, user := newStore(t, filepath.Join(t.TempDir(), "store.db"))
	options := ingest.Options{AsOf: "2026-01-06"}
	later := "Day,Time,Group,Food Name,Amount,Energy (kcal),Category\n2026-01-06,1:00 PM,\"Lunch\",\"Soup\",\"1.00 cup\",80.00,\"\"\n"
	for _, text := range []string{servings, later} {
		if _, err := ingest.Run(t.Context(), st, read, user, []source.Document{document("servings.csv", text)}, options); err != nil {
			t.Fatal(err)
		}
	}
	before := all(t, st, user)

	t.Run("the same mapping changes nothing, and a day stays with its last document", func(t *testing.T) {
		report, err := ingest.Remap(t.Context(), st, read, user, nil)
		if err != nil || len(report.Files) != 2 || report.Tally != (store.Tally{Kept: 3}) {
			t.Errorf("got %+v, %v", report, err)
		}
		if diff := cmp.Diff(before, all(t, st, user)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("what another mapping had stored is set right", func(t *testing.T) {
		doc := before[0].Origin.Document
		im, err := st.Begin(t.Context(), "clinic", user.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer im.Rollback()
		wrong := before[0].Record
		wrong.Serving = &record.Serving{Food: "Oats, read wrongly"}
		invented := wrong
		invented.Day = "2026-01-09" // the document tells of no such day
		for _, r := range []record.Record{wrong, invented} {
			encoded, err := record.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := im.Replace(t.Context(), "", doc, []record.Kind{record.KindServing}, r.Day, []record.Encoded{encoded}); err != nil {
				t.Fatal(err)
			}
		}
		if err := im.Commit(); err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.Remap(t.Context(), st, read, user, nil); err != nil {
			t.Fatal(err)
		}
		said := func(records []store.Stored) (foods []string) {
			for _, r := range records {
				if !r.Deleted {
					foods = append(foods, string(r.Day)+" "+r.Serving.Food)
				}
			}
			slices.Sort(foods)
			return foods
		}
		if got, want := said(all(t, st, user)), said(before); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
