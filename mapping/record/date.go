package record

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a gateway in an empty container still knows its zones
)

// A Date is a calendar day without a zone, written YYYY-MM-DD. Dates compare
// as strings.
type Date string

// NewDate returns the date of the given year, month and day, or an error if
// there is no such day.
func NewDate(year, month, day int) (Date, error) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day || year < 1 || year > 9999 {
		return "", fmt.Errorf("no such day: %04d-%02d-%02d", year, month, day)
	}
	return Date(t.Format(time.DateOnly)), nil
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("not a date in the form YYYY-MM-DD: %q", s)
	}
	return Date(s), nil
}

// DateOf returns the calendar day of t in t's own location.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// AddDays returns the date n days later; n may be negative.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// A Clock is a wall-clock time as logged, written HH:MM or HH:MM:SS in 24
// hours. Seconds are there only if they were logged.
type Clock string

// NewClock returns HH:MM, or HH:MM:SS if second is not negative.
func NewClock(hour, minute, second int) (Clock, error) {
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second > 59 {
		return "", fmt.Errorf("no such time of day: %d:%02d", hour, minute)
	}
	if second < 0 {
		return Clock(fmt.Sprintf("%02d:%02d", hour, minute)), nil
	}
	return Clock(fmt.Sprintf("%02d:%02d:%02d", hour, minute, second)), nil
}

// WithSeconds returns the time as HH:MM:SS, with :00 where no second was
// logged. FHIR wants it so: "seconds must be provided due to schema
// constraints but may be zero-filled" (FHIR R4, datatypes, dateTime).
func (c Clock) WithSeconds() string {
	if len(c) == len("15:04") {
		return string(c) + ":00"
	}
	return string(c)
}

// Instant returns the moment at which r's wall clock showed r's day and time
// in r's zone. It is false if the time or the zone is not known.
//
// exact is false where the zone skipped that wall-clock time (the start of
// summer time), and the instant is then the one that Go's time.Date picks, and
// where the zone showed it twice (the end), and it is then the first of the two.
func (r *Record) Instant() (at time.Time, exact, ok bool) {
	if r.Time == "" || r.Zone == "" {
		return time.Time{}, false, false
	}
	at, exact, err := WallClock(r.Day, r.Time, r.Zone)
	return at, exact, err == nil
}

// Over returns when an exercise or a sleep was over, on the clock of r's zone;
// false where the source does not say so.
func (r *Record) Over() (Date, Clock, bool) {
	switch {
	case r.Exercise != nil:
		return r.Exercise.EndDay, r.Exercise.EndTime, r.Exercise.EndDay != ""
	case r.Sleep != nil:
		return r.Sleep.EndDay, r.Sleep.EndTime, true
	}
	return "", "", false
}

// locations keeps what Location found: reading a zone costs more than using it.
var locations sync.Map // name or offset to *time.Location

// Location returns the zone with an IANA name, or the clock that is always as
// far from Greenwich as an offset says, written +01:00 (RFC 9557 section 4.1
// has both in one place too). It knows neither "" nor "Local": the zone of a
// diary is never that of the machine.
func Location(zone string) (*time.Location, error) {
	if known, ok := locations.Load(zone); ok {
		return known.(*time.Location), nil
	}
	if at, err := time.Parse("-07:00", zone); err == nil {
		_, offset := at.Zone()
		loc := time.FixedZone(zone, offset)
		locations.Store(zone, loc)
		return loc, nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return nil, fmt.Errorf("unknown zone %q", zone)
	}
	locations.Store(zone, loc)
	return loc, nil
}

// WallClock returns the moment at which a clock in the zone showed day and clock;
// see Record.Instant for exact.
func WallClock(day Date, clock Clock, zone string) (at time.Time, exact bool, err error) {
	loc, err := Location(zone)
	if err != nil {
		return time.Time{}, false, err
	}
	const layout = "2006-01-02T15:04:05"
	wall := string(day) + "T" + clock.WithSeconds()
	at, err = time.ParseInLocation(layout, wall, loc)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("not a day and time: %q", wall)
	}
	if first, twice := shownTwice(at); twice {
		return first, false, nil
	}
	return at, at.Format(layout) == wall, nil
}

// shownTwice reports whether clocks show the same time at another moment too,
// before or after a change of the offset, and returns the first of the two.
func shownTwice(at time.Time) (first time.Time, twice bool) {
	start, end := at.ZoneBounds()
	_, offset := at.Zone()
	if !start.IsZero() {
		_, before := start.Add(-1).Zone()
		if earlier := at.Add(time.Duration(offset-before) * time.Second); earlier.Before(start) {
			return earlier, before > offset
		}
	}
	if !end.IsZero() {
		_, after := end.Zone()
		if later := at.Add(time.Duration(offset-after) * time.Second); !later.Before(end) {
			return at, after < offset
		}
	}
	return at, false
}
