package export_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/shelf"
	reading "nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
)

// diary imports some days of a synthetic person.
func (w *world) diary(u store.User, days int) {
	w.Helper()
	docs, err := demo.Documents(demo.Options{Seed: 7, Days: days, End: "2026-02-09", Variant: demo.Variant{Targets: true}})
	if err != nil {
		w.Fatal(err)
	}
	if _, err := ingest.Run(w.Context(), w.Store, reading.From(cronometer.Open), u, docs, ingest.Options{AsOf: "2026-02-09"}); err != nil {
		w.Fatal(err)
	}
	w.forward(time.Minute)
}

// shelves are those of the world's store, with so much memory for what was made.
func (w *world) shelves(bytes uint64) *export.Shelves {
	maker := represent.New(w.Store, bytes)
	return &export.Shelves{
		Types: shelf.New(shelf.Deps{Store: w.Store, Maker: maker, Format: fhir.Format{}, Now: w.now}),
		Store: w.Store, Maker: maker, Format: represent.Format{Name: "fhir", Format: fhir.Format{}},
	}
}

// What is kept, what is made anew, and what comes by way of the shelf are the
// same, in the same order.
func TestWaysOfAnExport(t *testing.T) {
	w := newWorld(t, "anna")
	anna, err := w.UserByReference(t.Context(), "clinic", "anna")
	if err != nil {
		t.Fatal(err)
	}
	w.diary(anna, 20)
	want := export.Want{Ask: ask(), Type: export.Type{Name: "Observation"}, User: anna, AsOf: w.now()}
	all := func(s *export.Shelves, w export.Want) (bodies []string, issues []mapping.Issue) {
		issues, err := s.Resources(t.Context(), w, func(body []byte) error {
			bodies = append(bodies, string(body))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return bodies, issues
	}
	s := w.shelves(1 << 30)
	made, issues := all(s, want)
	if len(made) < 1000 || len(issues) == 0 {
		t.Fatalf("%d resources, %d issues", len(made), len(issues))
	}
	kept, keptIssues := all(s, want)
	few, _ := all(w.shelves(1<<20), want) // most have to be made each time
	byShelf := want
	byShelf.Type.Filters = append(byShelf.Type.Filters, map[string][]string{"status": {"final"}}, map[string][]string{"status:not": {"final"}})
	shelved, shelvedIssues := all(s, byShelf)
	for name, got := range map[string][]string{"kept": kept, "with little memory": few, "by the shelf": shelved} {
		if !slices.Equal(got, made) {
			t.Errorf("%s: %d resources, want %d in their order", name, len(got), len(made))
		}
	}
	if !slices.Equal(issues, keptIssues) || !slices.Equal(issues, shelvedIssues) {
		t.Errorf("issues are %d, %d and %d", len(issues), len(keptIssues), len(shelvedIssues))
	}
	t.Run("until leaves out what is newer", func(t *testing.T) {
		until := want
		ask := *want.Ask
		ask.Until = anna.Created
		until.Ask = &ask
		if got, _ := all(s, until); len(got) != 0 {
			t.Errorf("%d resources", len(got))
		}
	})
}

// watching measures the heap each thousand resources.
type watching struct {
	export.Source
	heap []uint64
}

func (s *watching) Resources(ctx context.Context, w export.Want, each func([]byte) error) ([]mapping.Issue, error) {
	n := 0
	return s.Source.Resources(ctx, w, func(body []byte) error {
		if n++; n%500 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			s.heap = append(s.heap, m.HeapAlloc)
		}
		return each(body)
	})
}

// However much has been written, no more memory is in use than at the beginning,
// when what is kept at hand has been filled.
func TestMemoryIsFlat(t *testing.T) {
	w := newWorld(t, "anna")
	anna, err := w.UserByReference(t.Context(), "clinic", "anna")
	if err != nil {
		t.Fatal(err)
	}
	w.diary(anna, 120)
	src := &watching{Source: w.shelves(1 << 20)}
	e := w.engine(w.Store, src)
	a := ask()
	a.Types = a.Types[1:]
	job := w.start(e, a)
	w.run(e, "done", w.state(job.ID, store.ExportDone))
	n := len(src.heap)
	if n < 16 {
		t.Fatalf("measured %d times only", n)
	}
	early, late := slices.Max(src.heap[:n/4]), slices.Max(src.heap[n/2:])
	if late > early+(2<<20) {
		t.Errorf("the heap grew from %d to %d KiB", early>>10, late>>10)
	}
}
