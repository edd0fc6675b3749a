package cronometer_test

import (
	"os"
	"path/filepath"
	"testing"

	"nutrigate/mapping"
)

// The files of testdata have the headers of default accounts of their year,
// word for word, and rows of a made-up person.
func TestDefaultHeaders(t *testing.T) {
	for name, want := range map[string]int{ // records
		"dailysummary_2024.csv":    1 + 52,
		"dailysummary_2026.csv":    1 + 61 + 1,
		"dailysummary_grouped.csv": 1 + 61 + 1,
		"servings_2024_free.csv":   1,
		"servings_2026.csv":        1,
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			batches, issues, err := readAll(name, string(doc), mapping.Reading{})
			if err != nil || len(issues) > 0 {
				t.Fatalf("got issues %v and error %v", issues, err)
			}
			records := 0
			for _, b := range batches {
				records += len(b.Records)
				sound(t, b)
			}
			if records != want {
				t.Errorf("got %d records, want %d", records, want)
			}
		})
	}
}
