package fhir

import (
	"time"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// momentSpan is when a record is true: as exact as its time, up to the end of
// an exercise or fast whose length is known, or its whole day.
func momentSpan(r *record.Record, loc *time.Location) span[time.Time] {
	start, _, timed := r.Instant()
	if !timed {
		days := daySpan(r)
		return span[time.Time]{midnight(days.lo, loc), midnight(days.hi, loc)}
	}
	end := start
	switch {
	case r.Exercise != nil && r.Exercise.Duration != nil:
		end = start.Add(length(*r.Exercise.Duration))
	case r.Fast != nil:
		end = fastEnd(r, start, loc)
	}
	return span[time.Time]{start, end.Add(time.Second)}
}

// endless is later than any moment that a search names: a running fast has no end.
var endless = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func fastEnd(r *record.Record, start time.Time, loc *time.Location) time.Time {
	if r.Fast.EndDay == "" {
		return endless
	}
	end := midnight(r.Fast.EndDay.AddDays(1), loc)
	if at, _, err := record.WallClock(r.Fast.EndDay, r.Fast.EndTime, r.Zone); r.Fast.EndTime != "" && err == nil {
		end = at
	}
	if end.Before(start) {
		return start // the resource has no end then
	}
	return end
}

func length(q record.Quantity) time.Duration {
	seconds, err := vocab.Convert(q, "s")
	if err != nil {
		return 0
	}
	long, err := time.ParseDuration(string(seconds.Value) + "s")
	if err != nil {
		return 0
	}
	return max(long, 0)
}

// daySpan is the days of a record in the person's own calendar.
func daySpan(r *record.Record) span[record.Date] {
	last := r.Day
	switch {
	case r.Fast != nil && r.Fast.EndDay == "":
		return span[record.Date]{r.Day, record.Date(endless.Format(time.DateOnly))}
	case r.Fast != nil && r.Fast.EndDay > r.Day:
		last = r.Fast.EndDay
	case r.Exercise != nil && r.Exercise.Duration != nil:
		if start, _, timed := r.Instant(); timed {
			last = record.DateOf(start.Add(length(*r.Exercise.Duration)))
		}
	}
	return span[record.Date]{r.Day, last.AddDays(1)}
}

func midnight(d record.Date, loc *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), loc)
	if err != nil {
		return time.Time{}
	}
	return t
}

// longestFast is how many days before a date a fast may begin and still be
// found by when it ends. Exercises may cross one midnight.
const longestFast = 60

// days returns the days, both included, on which records that meet the dates
// can begin; empty is open. It narrows what is read; inDates decides.
func (s *search) days(fasts bool) (from, to record.Date) {
	reach := 1
	if fasts {
		reach = longestFast
	}
	for _, list := range s.dates {
		lo, hi := list.begins(reach)
		if lo > from {
			from = lo
		}
		if hi != "" && (to == "" || hi < to) {
			to = hi
		}
	}
	return from, to
}

// begins returns the days, both included, on which a record that meets one of
// the list can begin.
func (l dateList) begins(reach int) (from, to record.Date) {
	from, to = l[0].begins(reach)
	for _, v := range l[1:] {
		lo, hi := v.begins(reach)
		from = min(from, lo) // empty is open, and sorts first
		if to == "" || hi == "" {
			to = ""
		} else {
			to = max(to, hi)
		}
	}
	return from, to
}

// begins returns the days, both included, on which a record that meets v can begin.
func (v dateValue) begins(reach int) (from, to record.Date) {
	days, slack := v.days, 0
	if v.layout != "" {
		m := v.moments(time.UTC)
		days = span[record.Date]{record.DateOf(m.lo), record.DateOf(m.hi).AddDays(1)}
		slack = 1 // the person's day may be another than that of UTC
	}
	first, last := days.lo.AddDays(-slack), days.hi.AddDays(slack-1)
	switch v.prefix {
	case "eq":
		return first, last
	case "sa":
		return first, ""
	case "gt", "ge":
		return first.AddDays(-reach), ""
	case "lt", "le", "eb":
		return "", last
	}
	return "", ""
}
