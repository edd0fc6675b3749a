package ingest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
)

// A document that was asked for some days says of the others among them that
// there is nothing. One that somebody has says nothing of other days.
func TestCoveredDaysAreEmptied(t *testing.T) {
	header, _, _ := strings.Cut(servings, "\n")
	for name, c := range map[string]struct {
		text   string
		covers source.Span
		want   store.Tally
	}{
		"a file that somebody has":               {header + "\n", source.Span{}, store.Tally{}},
		"a file of both days, without rows":      {header + "\n", source.Span{From: "2026-01-05", To: "2026-01-06"}, store.Tally{Gone: 3}},
		"a file of the second day, without rows": {header + "\n", source.Span{From: "2026-01-06", To: "2026-01-09"}, store.Tally{Gone: 1}},
		"a file that has what is there":          {servings, source.Span{From: "2026-01-01", To: "2026-01-09"}, store.Tally{Kept: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			st, user := newStore(t, filepath.Join(t.TempDir(), "store.db"))
			run := func(doc source.Document) ingest.Report {
				t.Helper()
				report, err := ingest.Run(t.Context(), st, read, user, []source.Document{doc}, ingest.Options{AsOf: "2026-01-10"})
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			run(document("summary.csv", summary)) // which tells of other kinds, and stays
			run(document("servings.csv", servings))
			doc := document("servings.csv", c.text)
			doc.Covers = c.covers
			if got := run(doc); got.Tally != c.want {
				t.Errorf("got %+v, want %+v", got.Tally, c.want)
			}
		})
	}
}
