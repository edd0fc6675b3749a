package fhir

import (
	"cmp"
	"context"
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

// dateList is values of which one has to be met.
type dateList []dateValue

type dateValue struct {
	prefix string
	days   span[record.Date] // without a time of day
	time   string            // layout and text of a value with one; empty layout: days
	layout string
	length time.Duration
}

// span is from lo up to and without hi.
type span[T any] struct{ lo, hi T }

var dateForm = regexp.MustCompile(`^(eq|ne|gt|lt|ge|le|sa|eb)?(\d{4}(?:-\d{2}(?:-\d{2})?)?)(T\d{2}:\d{2}(:\d{2})?(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?)?$`)

var errDate = errors.New("a date such as ge2026-01-31 or 2026-01-31T12:00:00Z; prefixes are eq, ne, gt, lt, ge, le, sa, eb")

func byDate(_ context.Context, s *search, text string) error {
	var list dateList
	for part := range strings.SplitSeq(text, ",") {
		v, err := parseDate(part)
		if err != nil {
			return err
		}
		list = append(list, v)
	}
	s.dates = append(s.dates, list)
	return nil
}

func parseDate(text string) (dateValue, error) {
	parts := dateForm.FindStringSubmatch(strings.ReplaceAll(text, " ", "+")) // a plus in a URL reads as a space
	if parts == nil {
		return dateValue{}, errDate
	}
	prefix, date, clock, seconds, fraction, zone := parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]
	if prefix == "" {
		prefix = "eq"
	}
	if clock == "" {
		days, err := daysOf(date)
		return dateValue{prefix: prefix, days: days}, err
	}
	v := dateValue{prefix: prefix, time: date + clock, layout: "2006-01-02T15:04", length: time.Minute}
	if seconds != "" {
		v.layout, v.length = v.layout+":05", time.Second
	}
	if fraction != "" {
		v.length = time.Nanosecond // the layout reads fractions by itself
	}
	if zone != "" {
		v.layout += "Z07:00"
	}
	if len(date) < len(time.DateOnly) {
		return dateValue{}, errDate
	}
	if _, err := time.Parse(v.layout, v.time); err != nil {
		return dateValue{}, errDate
	}
	return v, nil
}

// daysOf returns the days of a year, a month or a day.
func daysOf(date string) (span[record.Date], error) {
	layout := time.DateOnly[:len(date)]
	first, err := time.Parse(layout, date)
	if err != nil {
		return span[record.Date]{}, errDate
	}
	next := first.AddDate(0, 0, 1)
	switch len(date) {
	case len("2006"):
		next = first.AddDate(1, 0, 0)
	case len("2006-01"):
		next = first.AddDate(0, 1, 0)
	}
	return span[record.Date]{record.DateOf(first), record.DateOf(next)}, nil
}

// moments returns the span of a value with a time of day, on a clock of loc
// unless the value has an offset.
func (v dateValue) moments(loc *time.Location) span[time.Time] {
	lo, _ := time.ParseInLocation(v.layout, v.time, loc) // read once already
	return span[time.Time]{lo, lo.Add(v.length)}
}

// inDates reports whether the record meets every list.
func (s *search) inDates(r *record.Record) bool {
	for _, list := range s.dates {
		if !slices.ContainsFunc(list, func(v dateValue) bool { return v.meets(r) }) {
			return false
		}
	}
	return true
}

func (v dateValue) meets(r *record.Record) bool {
	if v.layout == "" {
		return compare(v.prefix, v.days, daySpan(r), cmp.Compare[record.Date])
	}
	loc, err := record.Location(r.Zone)
	if err != nil {
		loc = time.UTC
	}
	return compare(v.prefix, v.moments(loc), momentSpan(r, loc), time.Time.Compare)
}

// compare is the table of prefixes in R4, search.html#prefix.
func compare[T any](prefix string, value, target span[T], order func(a, b T) int) bool {
	contained := order(target.lo, value.lo) >= 0 && order(target.hi, value.hi) <= 0
	switch prefix {
	case "ne":
		return !contained
	case "gt":
		return order(target.hi, value.hi) > 0
	case "ge":
		return contained || order(target.hi, value.hi) > 0
	case "lt":
		return order(target.lo, value.lo) < 0
	case "le":
		return contained || order(target.lo, value.lo) < 0
	case "sa":
		return order(target.lo, value.hi) >= 0
	case "eb":
		return order(target.hi, value.lo) <= 0
	}
	return contained
}
