package record_test

import (
	"testing"
	"time"

	"nutrigate/mapping/record"
)

func TestWallClock(t *testing.T) {
	for name, c := range map[string]struct {
		day   record.Date
		clock record.Clock
		zone  string
		want  string
		exact bool
	}{
		"an ordinary time":                      {"2026-10-24", "02:30", "Europe/Berlin", "2026-10-24T02:30:00+02:00", true},
		"a time shown twice is the first":       {"2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00", false},
		"the last second before is shown once":  {"2026-10-25", "01:59:59", "Europe/Berlin", "2026-10-25T01:59:59+02:00", true},
		"the end of the repeated hour":          {"2026-10-25", "03:00", "Europe/Berlin", "2026-10-25T03:00:00+01:00", true},
		"a time that was skipped":               {"2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T03:30:00+02:00", false},
		"half an hour shown twice on Lord Howe": {"2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-05T01:45:00+11:00", false},
		"an hour after the change on Lord Howe": {"2026-04-05", "02:45", "Australia/Lord_Howe", "2026-04-05T02:45:00+10:30", true},
		"an offset alone":                       {"2026-10-25", "02:30:12", "+02:00", "2026-10-25T02:30:12+02:00", true},
		"an offset west of Greenwich":           {"2026-10-25", "02:30", "-03:30", "2026-10-25T02:30:00-03:30", true},
		"a zone that never changes":             {"2026-10-25", "02:30", "UTC", "2026-10-25T02:30:00Z", true},
	} {
		t.Run(name, func(t *testing.T) {
			at, exact, err := record.WallClock(c.day, c.clock, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if got := at.Format(time.RFC3339); got != c.want || exact != c.exact {
				t.Errorf("got %s, exact %v; want %s, %v", got, exact, c.want, c.exact)
			}
		})
	}
	if _, _, err := record.WallClock("2026-10-25", "02:30", "Local"); err == nil {
		t.Error("the machine's own zone was taken for the diary's")
	}
}
