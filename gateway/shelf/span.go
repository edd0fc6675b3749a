package shelf

import (
	"strings"
	"time"

	"nutrigate/gateway/search"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// patientID returns the id in Patient/id.
func patientID(reference string) (string, bool) { return strings.CutPrefix(reference, "Patient/") }

// whenOf returns when a record is true, as the Observation that is made of it
// says: its effective[x]. A test compares the two.
func whenOf(r *record.Record) search.When {
	return search.When{
		Days:    daySpan(r),
		Moments: func(loc *time.Location) search.Span[time.Time] { return momentSpan(r, loc) },
	}
}

// momentSpan is when a record is true: as exact as its time, up to the end of
// an exercise, sleep or fast whose end or length is known, or its whole day.
func momentSpan(r *record.Record, loc *time.Location) search.Span[time.Time] {
	start, _, timed := r.Instant()
	if !timed {
		start = search.Midnight(r.Day, loc)
	}
	end := start
	switch {
	case r.Fast != nil:
		return search.Span[time.Time]{Lo: start, Hi: fastEnd(r, loc)}
	case !timed:
		return search.Span[time.Time]{Lo: start, Hi: search.Midnight(r.Day.AddDays(1), loc)}
	case overAt(r, start) != nil:
		end = *overAt(r, start)
	case r.Exercise != nil && r.Exercise.Duration != nil:
		end = start.Add(length(*r.Exercise.Duration)).Round(time.Second)
	}
	return search.Span[time.Time]{Lo: start, Hi: end.Add(time.Second)}
}

// overAt returns when an exercise or sleep was over, where its source says so
// and it was not before the start; nil otherwise.
func overAt(r *record.Record, start time.Time) *time.Time {
	day, clock, known := r.Over()
	if !known {
		return nil
	}
	at, _, err := record.WallClock(day, clock, r.Zone)
	if err != nil || at.Before(start) {
		return nil
	}
	return &at
}

// over is the day of overAt; empty where there is none.
func over(r *record.Record) record.Date {
	start, _, timed := r.Instant()
	if !timed {
		return ""
	}
	at := overAt(r, start)
	if at == nil {
		return ""
	}
	return record.DateOf(*at)
}

// fastEnd returns the moment behind the end of a fast. A running one has none,
// nor has one whose end is before its start, which its resource leaves out.
func fastEnd(r *record.Record, loc *time.Location) time.Time {
	if fastIsOpen(r) {
		return search.Endless
	}
	if at, _, err := record.WallClock(r.Fast.EndDay, r.Fast.EndTime, r.Zone); r.Fast.EndTime != "" && err == nil {
		return at.Add(time.Second)
	}
	return search.Midnight(r.Fast.EndDay.AddDays(1), loc)
}

func ended(r *record.Record) bool { return r.Fast.EndDay != "" && r.Fast.EndDay >= r.Day }

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
func daySpan(r *record.Record) search.Span[record.Date] {
	last := r.Day
	switch {
	case r.Fast != nil && fastIsOpen(r):
		return search.Span[record.Date]{Lo: r.Day, Hi: search.EndlessDay}
	case r.Fast != nil:
		last = r.Fast.EndDay
	case over(r) != "":
		last = over(r)
	case r.Exercise != nil && r.Exercise.Duration != nil:
		if start, _, timed := r.Instant(); timed {
			last = record.DateOf(start.Add(length(*r.Exercise.Duration)).Round(time.Second))
		}
	}
	return search.Span[record.Date]{Lo: r.Day, Hi: last.AddDays(1)}
}

// fastIsOpen reports whether the resource of a fast has no end.
func fastIsOpen(r *record.Record) bool {
	if !ended(r) {
		return true
	}
	start, _, timed := r.Instant()
	end, _, err := record.WallClock(r.Fast.EndDay, r.Fast.EndTime, r.Zone)
	return timed && r.Fast.EndTime != "" && err == nil && end.Before(start)
}
