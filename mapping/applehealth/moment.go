package applehealth

import (
	"fmt"
	"time"

	"nutrigate/mapping/record"
)

// A moment is an instant and what the clock showed then.
type moment struct {
	at    time.Time
	day   record.Date
	clock record.Clock
	zone  string // the offset, as records have it
}

// layout is how the Health app writes a time.
const layout = "2006-01-02 15:04:05 -0700"

// farthest is how many seconds a clock is from Greenwich at most (FHIR R4,
// datatypes, dateTime, and everybody else).
const farthest = 14 * 60 * 60

// parseMoment reads a time. The day is the one that the clock showed there.
func parseMoment(text string) (moment, error) {
	at, err := time.Parse(layout, text)
	if _, east := at.Zone(); err != nil || len(text) != len(layout) || at.Year() < 1900 || at.Year() > 9000 || max(east, -east) > farthest {
		return moment{}, fmt.Errorf("not a time of the form %s", layout)
	}
	offset := text[len("2006-01-02 15:04:05 "):]
	return moment{
		at: at, day: record.Date(text[:len("2006-01-02")]),
		clock: record.Clock(text[len("2006-01-02 "):len("2006-01-02 15:04:05")]),
		zone:  offset[:3] + ":" + offset[3:],
	}, nil
}

// moment reads one of e's times.
func (s *scanner) moment(e *element, name string) (moment, error) {
	m, err := parseMoment(e.get(name))
	if err != nil {
		return m, s.fault(e.line, name, "the "+e.name+" has no time of the form 2026-01-05 07:30:12 +0100 there", exportAgain)
	}
	return m, nil
}
