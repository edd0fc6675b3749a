// Package source is what everything promises that fetches from a source, as
// tests that each of them runs against the simulator.
package source

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

// A Fetcher fetches from one source.
type Fetcher interface {
	Fetch(ctx context.Context, q source.Ask) (source.Fetched, error)
}

// A World is a simulator that is listened to, a fetcher for it, and what lets it
// in as the first person.
type World struct {
	*simulate.Simulator
	Fetcher
	Secret []byte
	// Known are texts that no error may hold: passwords, tokens.
	Known []string
}

// Run tests a fetcher. fresh makes a world whose time it takes from now.
func Run(t *testing.T, fresh func(t *testing.T, o simulate.Options) World) {
	for name, test := range map[string]func(*testing.T, World){
		"what it brings can be read, and is the diary": brings,
		"the same question has the same answer":        same,
		"failures have classes and tell nothing":       classes,
		"a context that ends is no failure":            cancelled,
		"what may not be spent is not":                 spending,
		"a secret that is none":                        noSecret,
		"two gigabytes stay outside":                   huge,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, fresh(t, simulate.Options{Seed: 5, History: 40, Cap: -1, Zone: "Europe/Berlin", Now: func() time.Time {
				return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
			}}))
		})
	}
}

const from, to record.Date = "2026-03-01", "2026-03-10"

func free(context.Context) error { return nil }

func (w World) ask() source.Ask {
	return source.Ask{Secret: w.Secret, Span: source.Span{From: from, To: to}, Latest: true, Spend: free}
}

// read returns what documents say by kind and day, in the words of records.
func read(t *testing.T, docs []source.Document) map[record.Kind][]record.Record {
	t.Helper()
	reader := source.FirstOf(source.From(cronometer.Open), source.From(cronometer.OpenAnswer))
	got := map[record.Kind][]record.Record{}
	for _, d := range docs {
		body, err := d.Open()
		if err != nil {
			t.Fatal(err)
		}
		export, err := reader(d.Name, body, mapping.Reading{Zone: "Europe/Berlin", AsOf: to})
		if err != nil {
			t.Fatal(err)
		}
		for {
			b, err := export.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if b.Day != "" && !d.Covers.Has(b.Day) {
				t.Errorf("%s tells of %s", d.Name, b.Day)
			}
			for _, r := range b.Records {
				got[r.Kind] = append(got[r.Kind], r)
			}
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
	}
	return got
}

func brings(t *testing.T, w World) {
	f, err := w.Fetch(t.Context(), w.ask())
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, f.Documents)
	days, err := w.Account(1).Diary.Days(from, to, to, simulate.Options{}.Variant)
	if err != nil {
		t.Fatal(err)
	}
	totals, foods, measured := 0, 0, 0
	for _, d := range days {
		totals, measured = totals+len(d.Nutrients), measured+len(d.Measured)
		for _, g := range d.Groups {
			foods += len(g.Foods)
		}
	}
	for kind, want := range map[record.Kind]int{record.KindDay: len(days), record.KindTotal: totals, record.KindServing: foods, record.KindBiometric: measured} {
		if len(got[kind]) != want || want == 0 {
			t.Errorf("%s: %d, want %d", kind, len(got[kind]), want)
		}
	}
	for _, r := range got[record.KindTotal] { // digits are those that the diary has
		d := days[slices.IndexFunc(days, func(d demo.Day) bool { return d.Date == r.Day })]
		if !slices.ContainsFunc(d.Nutrients, func(n demo.Amount) bool { return n.Value == string(r.Total.Quantity.Value) }) {
			t.Errorf("%s of %s is a number that nobody wrote", r.Total.Nutrient, r.Day)
		}
	}
}

func same(t *testing.T, w World) {
	texts := func() (all []string) {
		f, err := w.Fetch(t.Context(), w.ask())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Documents {
			body, err := d.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, d.Name+string(text))
		}
		return all
	}
	if one, two := texts(), texts(); !slices.Equal(one, two) {
		t.Errorf("%d documents, then %d, or other ones", len(one), len(two))
	}
}

func classes(t *testing.T, w World) {
	for name, c := range map[string]struct {
		faults simulate.Faults
		class  source.Class
	}{
		"an error of the source":  {simulate.Faults{Error: 1}, source.Down},
		"an answer that is cut":   {simulate.Faults{Cut: 1}, source.Down},
		"a page in place of data": {simulate.Faults{HTML: 1}, source.FormatChanged},
	} {
		if err := w.SetFaults(c.faults); err != nil {
			t.Fatal(err)
		}
		_, err := w.Fetch(t.Context(), w.ask())
		f, ok := errors.AsType[*source.Failure](err)
		if !ok || f.Class != c.class || f.Message == "" {
			t.Errorf("%s: got %v, want %s", name, err, c.class)
		}
		w.silent(t, err)
	}
	if err := w.SetFaults(simulate.Faults{}); err != nil {
		t.Fatal(err)
	}
	if f, err := w.Fetch(t.Context(), w.ask()); err != nil || len(f.Documents) == 0 {
		t.Errorf("afterwards: %v", err)
	}
}

// silent fails the test if an error tells what it may not.
func (w World) silent(t *testing.T, err error) {
	t.Helper()
	for _, known := range w.Known {
		if err != nil && known != "" && strings.Contains(err.Error(), known) {
			t.Errorf("the error has a secret in it: %v", err)
		}
	}
}

func cancelled(t *testing.T, w World) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Fetch(ctx, w.ask())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func spending(t *testing.T, w World) {
	errSpent := errors.New("spent")
	q := w.ask()
	asked := 0
	q.Spend = func(context.Context) error { asked++; return errSpent }
	if _, err := w.Fetch(t.Context(), q); asked > 0 && !errors.Is(err, errSpent) {
		t.Errorf("asked %d times, got %v", asked, err)
	}
	if asked > 1 {
		t.Errorf("asked %d times", asked)
	}
}

func noSecret(t *testing.T, w World) {
	q := w.ask()
	q.Secret = []byte("{")
	_, err := w.Fetch(t.Context(), q)
	if f, ok := errors.AsType[*source.Failure](err); !ok || f.Class != source.Credentials {
		t.Errorf("got %v", err)
	}
}

func huge(t *testing.T, w World) {
	if err := w.SetFaults(simulate.Faults{Huge: 1}); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := w.Fetch(t.Context(), w.ask())
	runtime.ReadMemStats(&after)
	if f, ok := errors.AsType[*source.Failure](err); !ok || f.Class != source.FormatChanged {
		t.Errorf("got %v", err)
	}
	if grew := after.TotalAlloc - before.TotalAlloc; grew > 512<<20 {
		t.Errorf("it took %d MiB", grew>>20)
	}
}
