package cronometer_test

import (
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

func TestDates(t *testing.T) {
	const assumedMonth = "assumed: notes column Day: dates are read with the month first, since only so the rows are in the order of days"
	const assumedDay = "assumed: notes column Day: dates are read with the day first, since only so the rows are in the order of days"
	const shortYears = "assumed: notes column Day: years of two digits are read as 20YY"
	for _, c := range []struct {
		name   string
		cells  []string
		want   []record.Date
		issues []string
	}{
		{"are read as Cronometer writes them", []string{"2026-01-05"}, []record.Date{"2026-01-05"}, nil},
		{"need no zeros", []string{"2016-9-26", "2016-10-1"}, []record.Date{"2016-09-26", "2016-10-01"}, nil},
		{"may have slashes behind the year", []string{"2026/1/5"}, []record.Date{"2026-01-05"}, nil},
		{"have the month first where a second number is above 12", []string{"1/5/2026", "1/27/2026"}, []record.Date{"2026-01-05", "2026-01-27"}, nil},
		{"have the day first where a first number is above 12", []string{"5/1/2026", "27.1.2026"}, []record.Date{"2026-01-05", "2026-01-27"}, nil},
		{"are settled by a row far below", []string{"2/1/2026", "1/1/2026", "13/1/2026"}, []record.Date{"2026-01-02", "2026-01-01", "2026-01-13"}, nil},
		{"are settled by the order of rows, month first", []string{"1/11/2026", "1/12/2026", "2/1/2026"}, []record.Date{"2026-01-11", "2026-01-12", "2026-02-01"}, []string{assumedMonth}},
		{"are settled by the order of rows, day first", []string{"11/1/2026", "12/1/2026", "1/2/2026"}, []record.Date{"2026-01-11", "2026-01-12", "2026-02-01"}, []string{assumedDay}},
		{"need no order where day and month are the same", []string{"5/5/2026", "6/6/2026"}, []record.Date{"2026-05-05", "2026-06-06"}, nil},
		{"of two-digit years are in this century", []string{"1/27/26"}, []record.Date{"2026-01-27"}, []string{shortYears}},
		{"of both forms mix", []string{"2026-01-05", "1/27/2026"}, []record.Date{"2026-01-05", "2026-01-27"}, nil},
		{"of one day in two forms are one day", []string{"2026-01-05", "2026-1-5", "2026-01-06"}, []record.Date{"2026-01-05", "2026-01-06"}, nil},
		{"may be quoted and have blanks around", []string{`"2026-01-05"`, " 2026-01-06 "}, []record.Date{"2026-01-05", "2026-01-06"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			batches, issues, err := readAll("notes.csv", "Day,Note\n"+strings.Join(c.cells, ",x\n")+",x\n", mapping.Reading{})
			if err != nil {
				t.Fatal(err)
			}
			if got := days(batches); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			var got []string
			for _, i := range issues {
				got = append(got, string(i.Sort)+": "+i.Path+": "+i.Reason)
			}
			if !slices.Equal(got, c.issues) {
				t.Errorf("issues %q, want %q", got, c.issues)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	for cell, want := range map[string]record.Clock{
		"":                "",
		" ":               "",
		"3:04 PM":         "15:04",
		"12:00 AM":        "00:00",
		"12:30 PM":        "12:30",
		"9:05 am":         "09:05",
		"9:05:07 AM":      "09:05:07",
		"9:05PM":          "21:05",
		"15:04":           "15:04",
		"15:04:05":        "15:04:05",
		"0:00":            "00:00",
		"3:04\u202fPM":    "15:04",
		" 3:04\u00a0PM  ": "15:04",
	} {
		batches, _, err := readAll("notes.csv", "Day,Time,Note\n2026-01-05,"+cell+",x\n", mapping.Reading{})
		if err != nil {
			t.Errorf("%q: %v", cell, err)
			continue
		}
		if got := batches[0].Records[0].Time; got != want {
			t.Errorf("%q: got %q, want %q", cell, got, want)
		}
	}
	for _, cell := range []string{"24:00", "13:00 PM", "0:30 AM", "noon", "12", "1:2", "12:60", "1:02:3", "1:02:03:04", "-1:00", "PM", "111:00"} {
		_, _, err := readAll("notes.csv", "Day,Time,Note\n2026-01-05,"+cell+",x\n", mapping.Reading{})
		want := `notes.csv line 2, column "Time": not a time of day; write it as 15:04 or 3:04 PM`
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", cell, err, want)
		}
	}
}
