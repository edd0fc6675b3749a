package search

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"nutrigate/mapping/record"
)

// Dates are compared by R4, search.html#date: a value and a resource's time
// are both spans, as long as they are exact.
//
// A value without a time of day means days in the person's own calendar, so
// that no zone takes part: date=2026-01-05 finds what the person has on that
// day. A value with a time is a moment; then a resource that has a day alone
// spans that day in the person's zone, or in UTC where nobody said the zone. A
// value with a time and without an offset is on the person's clock.

// A Span is from Lo up to and without Hi.
type Span[T any] struct{ Lo, Hi T }

// When is how long a resource is true: in days of the person's calendar, and in
// moments, of which the zone is only needed where no time of day is known.
type When struct {
	Days    Span[record.Date]
	Moments func(loc *time.Location) Span[time.Time]
}

// moment is a value of a date parameter.
type moment struct {
	prefix string
	days   Span[record.Date] // without a time of day
	time   string            // layout and text of a value with one; empty layout: days
	layout string
	length time.Duration
	now    time.Time
}

var dateForm = regexp.MustCompile(`^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}(?:-\d{2}(?:-\d{2})?)?)(T\d{2}:\d{2}(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?$`)

var errDate = errors.New("a date such as ge2026-01-31 or 2026-01-31T12:00:00Z; prefixes are eq, ne, gt, lt, ge, le, sa, eb, ap")

func (r Reader) parseDate(text string) (Value, error) {
	m, err := parseMoment(strings.ReplaceAll(unescape(text), " ", "+")) // a plus in a URL reads as a space
	m.now = r.Now
	return m, err
}

func parseMoment(text string) (moment, error) {
	parts := dateForm.FindStringSubmatch(text)
	if parts == nil {
		return moment{}, errDate
	}
	prefix, date, clock, seconds, fraction, zone := parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]
	if prefix == "" {
		prefix = "eq"
	}
	if clock == "" {
		days, err := daysOf(date)
		return moment{prefix: prefix, days: days}, err
	}
	v := moment{prefix: prefix, time: date + clock, layout: "2006-01-02T15:04", length: time.Minute}
	if seconds != "" {
		v.layout, v.length = v.layout+":05", time.Second
	}
	for range max(len(fraction)-1, 0) {
		v.length /= 10 // the layout reads fractions by itself
	}
	if zone != "" {
		v.layout += "Z07:00"
	}
	if len(date) < len(time.DateOnly) || (fraction != "" && seconds == "") {
		return moment{}, errDate
	}
	if _, err := time.Parse(v.layout, v.time); err != nil {
		return moment{}, errDate
	}
	return v, nil
}

// Endless is later than any moment that a search names: what has no end yet has it.
var Endless = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// EndlessDay is behind every day.
const EndlessDay = record.Date("9999-12-32")

// daysOf returns the days of a year, a month or a day.
func daysOf(date string) (Span[record.Date], error) {
	layout := time.DateOnly[:len(date)]
	first, err := time.Parse(layout, date)
	if err != nil {
		return Span[record.Date]{}, errDate
	}
	next := first.AddDate(0, 0, 1)
	switch len(date) {
	case len("2006"):
		next = first.AddDate(1, 0, 0)
	case len("2006-01"):
		next = first.AddDate(0, 1, 0)
	}
	if next.Year() > 9999 {
		return Span[record.Date]{record.DateOf(first), EndlessDay}, nil
	}
	return Span[record.Date]{record.DateOf(first), record.DateOf(next)}, nil
}

// moments returns the span of a value with a time of day, on a clock of loc
// unless the value has an offset.
func (m moment) moments(loc *time.Location) Span[time.Time] {
	lo, _ := time.ParseInLocation(m.layout, m.time, loc) // read once already
	return Span[time.Time]{lo, lo.Add(m.length)}
}

func (m moment) meets(_ *Param, elements []any, r *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		w, ok := whenOf(e)
		return ok && m.meetsWhen(w, zoneOf(r.Zone))
	})
}

func zoneOf(name string) *time.Location {
	loc, err := record.Location(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func (m moment) meetsWhen(w When, loc *time.Location) bool {
	if m.layout == "" {
		return compare(m.prefix, m.wideDays(), w.Days, cmp.Compare[record.Date])
	}
	return compare(m.prefix, m.wideMoments(loc), w.Moments(loc), time.Time.Compare)
}

// wideDays returns the value's days; with the prefix ap, wider by a tenth of
// the time between them and now (R4, search.html#prefix).
func (m moment) wideDays() Span[record.Date] {
	if m.prefix != "ap" || m.now.IsZero() {
		return m.days
	}
	gap := m.now.Sub(Midnight(m.days.Lo, time.UTC)).Abs()
	n := int(gap.Hours() / 240)
	return Span[record.Date]{m.days.Lo.AddDays(-n), m.days.Hi.AddDays(n)}
}

func (m moment) wideMoments(loc *time.Location) Span[time.Time] {
	s := m.moments(loc)
	if m.prefix != "ap" || m.now.IsZero() {
		return s
	}
	gap := m.now.Sub(s.Lo).Abs() / 10
	return Span[time.Time]{s.Lo.Add(-gap), s.Hi.Add(gap)}
}

// compare is the table of prefixes in R4, search.html#prefix.
func compare[T any](prefix string, value, target Span[T], order func(a, b T) int) bool {
	contained := order(target.Lo, value.Lo) >= 0 && order(target.Hi, value.Hi) <= 0
	switch prefix {
	case "ne":
		return !contained
	case "gt":
		return order(target.Hi, value.Hi) > 0
	case "ge":
		return contained || order(target.Hi, value.Hi) > 0
	case "lt":
		return order(target.Lo, value.Lo) < 0
	case "le":
		return contained || order(target.Lo, value.Lo) < 0
	case "sa":
		return order(target.Lo, value.Hi) >= 0
	case "eb":
		return order(target.Hi, value.Lo) <= 0
	case "ap":
		return order(target.Lo, value.Hi) < 0 && order(target.Hi, value.Lo) > 0
	}
	return contained
}

// Midnight returns when a day begins in a zone; Endless where there is no such day.
func Midnight(d record.Date, loc *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), loc)
	if err != nil {
		return Endless
	}
	return t
}
