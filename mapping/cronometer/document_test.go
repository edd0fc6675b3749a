package cronometer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

func TestKind(t *testing.T) {
	for header, want := range map[string]cronometer.Kind{
		"Day,Time,Group,Food Name,Amount,Category": cronometer.Servings,
		"Day,Food Name":                                         cronometer.Servings,
		"Date,Energy (kcal),Completed":                          cronometer.DailySummary,
		"Date,Group,Energy (kcal),Completed":                    cronometer.DailySummary,
		"Completed,Date":                                        cronometer.DailySummary,
		"Date,Iron (mg)":                                        cronometer.DailySummary,
		"Day,Group,Exercise,Minutes,Calories Burned":            cronometer.Exercises,
		"Day,Time,Exercise,Minutes,Calories Burned,Group":       cronometer.Exercises,
		"Day,Metric,Unit,Amount":                                cronometer.Biometrics,
		"Day,Time,Group,Note":                                   cronometer.Notes,
		"Name,Start,End,Recurrence,Comments":                    cronometer.Fasts,
		"Nutrient,Min,Max,Unit":                                 cronometer.Targets,
		"\ufeffDay,Note\r":                                      cronometer.Notes,
		`"Day","Note"`:                                          cronometer.Notes,
		"Day;Time;Group;Food Name;Amount;Category":              cronometer.Servings,
		"Day,Food Name,Amount,Exercise (nobody knows why),Note": cronometer.Servings,
	} {
		for _, end := range []string{"", "\n"} {
			e, err := cronometer.Open("export.csv", strings.NewReader(header+end), mapping.Reading{})
			if err != nil {
				t.Errorf("%q: %v", header, err)
				continue
			}
			if e.Kind() != want {
				t.Errorf("%q: got %s, want %s", header, e.Kind(), want)
			}
			if _, err := e.Next(); !errors.Is(err, io.EOF) || e.Rows() != 0 {
				t.Errorf("%q: a header alone is an empty file, got %v", header, err)
			}
		}
	}
}

func TestDocument(t *testing.T) {
	const header = "Day,Food Name,Energy (kcal)\n"
	tea := func(day, energy string) string {
		return `{"kind":"serving","day":"` + day + `","serving":{"food":"Tea","nutrients":{"energy":"` + energy + ` kcal"}}}`
	}
	check(t, []reading{
		{
			name: "saved again by a spreadsheet",
			file: "\ufeffDay,Food Name,Energy (kcal),\r\n1/27/2026,Tea,1.5,\r\n1/28/2026,Tea,2,\r\n,,,\r\n,,,\r\n",
			want: []string{tea("2026-01-27", "1.5"), tea("2026-01-28", "2")},
		},
		{
			name: "with semicolons and decimal commas",
			file: "Day;Food Name;Energy (kcal)\r\n27.01.2026;Tea;1,50\r\n28.01.2026;Tea;2\r\n;;\r\n",
			want: []string{tea("2026-01-27", "1.50"), tea("2026-01-28", "2")},
			issues: []string{
				"assumed: servings: semicolons stand between the cells, so a comma in a number is read as its decimal point",
			},
		},
		{
			name: "with empty lines",
			file: header + "\n2026-01-05,Tea,1.00\n\r\n\n2026-01-06,Tea,2.00\n\n",
			want: []string{tea("2026-01-05", "1.00"), tea("2026-01-06", "2.00")},
		},
		{
			name: "without a line break at its end",
			file: header + "2026-01-05,Tea,1.00",
			want: []string{tea("2026-01-05", "1.00")},
		},
		{
			name: "put together from several gives each day once",
			file: header + "2026-01-05,Tea,1.00\n2026-01-06,Tea,2.00\n2026-01-06,Tea,3.00\n" +
				"\ufeff" + header + "2026-01-04,Tea,4.00\n2026-01-05,Tea,5.00\n2026-01-06,Tea,6.00\n",
			want: []string{
				tea("2026-01-05", "1.00"), tea("2026-01-05", "5.00"),
				tea("2026-01-06", "2.00"), tea("2026-01-06", "3.00"), tea("2026-01-06", "6.00"),
				tea("2026-01-04", "4.00"),
			},
		},
	})
}

func TestOrigin(t *testing.T) {
	const file = "Note,Day\n\"one\n\ntwo\",2026-01-05\n\nthree,2026-01-06\n\"four\n\",2026-01-05\n,\nfive,2026-01-06\n"
	batches, _, err := readAll("export.zip/notes.csv", file, mapping.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range batches {
		for _, r := range b.Records {
			got = append(got, fmt.Sprintf("%s %s %d %q", b.Day, r.Origin.Document, r.Origin.Line, r.Note.Text))
		}
	}
	want := []string{
		`2026-01-05 export.zip/notes.csv 2 "one\n\ntwo"`,
		`2026-01-05 export.zip/notes.csv 7 "four\n"`,
		`2026-01-06 export.zip/notes.csv 6 "three"`,
		`2026-01-06 export.zip/notes.csv 10 "five"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	batches, _, err = readAll("notes.csv", "Day,Note\n2026-01-05,x\n", mapping.Reading{Document: "doc-1"})
	if err != nil || batches[0].Records[0].Origin != (record.Origin{Document: "doc-1", Line: 2}) {
		t.Errorf("got %+v (%v), want the document that the caller names", batches, err)
	}
}

func TestNextKeepsItsError(t *testing.T) {
	e, err := cronometer.Open("notes.csv", strings.NewReader("Day,Time,Note\n2026-01-05,never,x\n2026-01-06,,x\n"), mapping.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	_, first := e.Next()
	if _, again := e.Next(); first == nil || !errors.Is(again, first) {
		t.Errorf("got %v, want %v again", again, first)
	}
}

// What is kept between the two readings does not grow with the rows, and only
// by their offsets where the days of a file are mixed.
func TestMemory(t *testing.T) {
	const rows = 200_000
	for _, c := range []struct {
		name string
		day  func(int) int
		most int64 // bytes kept
	}{
		{"in the order of days", func(i int) int { return i * 365 / rows }, 1 << 19},
		{"with days mixed by row", func(i int) int { return i % 28 }, 48 * rows},
	} {
		t.Run(c.name, func(t *testing.T) {
			var file bytes.Buffer
			file.WriteString("Day,Time,Metric,Unit,Amount\n")
			first := record.Date("2026-01-01")
			for i := range rows {
				fmt.Fprintf(&file, "%s,9:%02d AM,\"Heart Rate (Garmin)\",bpm,%d.0\n", first.AddDays(c.day(i)), i%60, 50+i%70)
			}
			before := inUse()
			e, err := cronometer.Open("biometrics.csv", bytes.NewReader(file.Bytes()), mapping.Reading{})
			if err != nil {
				t.Fatal(err)
			}
			if kept := inUse() - before; kept > c.most {
				t.Errorf("keeps %d bytes for %d rows", kept, rows)
			}
			if _, err := e.Next(); err != nil {
				t.Fatal(err)
			}
			runtime.KeepAlive(e)
		})
	}
}

func inUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
