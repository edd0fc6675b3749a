package cronometer_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

func TestSortByDay(t *testing.T) {
	const doc = "Day,Note\n2026-01-07,c\n2026-01-05,a\n2026-01-06,b\n2026-01-05,d\n"
	for _, c := range []struct {
		name string
		sort bool
		want []record.Date
	}{
		{"days come as the file names them", false, []record.Date{"2026-01-07", "2026-01-05", "2026-01-06"}},
		{"days come in the order of the calendar when sorted", true, []record.Date{"2026-01-05", "2026-01-06", "2026-01-07"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := cronometer.Open("notes.csv", strings.NewReader(doc), mapping.Reading{})
			if err != nil {
				t.Fatal(err)
			}
			if c.sort {
				e.SortByDay()
			}
			for i := range len(c.want) + 1 {
				if got := e.Days(); !slices.Equal(got, c.want[i:]) {
					t.Errorf("days to come: %v, want %v", got, c.want[i:])
				}
				b, err := e.Next()
				if i == len(c.want) {
					if !errors.Is(err, io.EOF) {
						t.Errorf("after the last day: %v", err)
					}
					break
				}
				if err != nil || b.Day != c.want[i] {
					t.Fatalf("got %s, %v; want %s", b.Day, err, c.want[i])
				}
				if b.Day == "2026-01-05" && (len(b.Records) != 2 || b.Records[0].Note.Text != "a" || b.Records[1].Note.Text != "d") {
					t.Errorf("the day's rows are not those of the file in its order: %+v", b.Records)
				}
			}
		})
	}
}
