package shelf

import (
	"time"

	"nutrigate/gateway/search"
	"nutrigate/mapping/record"
)

// lasts reports whether records of a kind may have an end of their own. When
// these are true, the resource says; of all others their day and time do.
func lasts(k record.Kind) bool {
	switch k {
	case record.KindServing, record.KindDay, record.KindTotal, record.KindMeal, record.KindBiometric, record.KindNote:
		return false
	}
	return true
}

// whenOf returns when a record that has no end is true, as the effective time of
// its Observation says: for one second where its time is known, and otherwise
// its day.
func whenOf(r *record.Record) search.When {
	days := search.Span[record.Date]{Lo: r.Day, Hi: r.Day.AddDays(1)}
	at, _, timed := r.Instant()
	if !timed {
		return search.WhenDays(days)
	}
	return search.When{Days: days, Moments: func(*time.Location) search.Span[time.Time] {
		return search.Span[time.Time]{Lo: at, Hi: at.Add(time.Second)}
	}}
}

// instant is a meta.lastUpdated: written in UTC, exact to the millisecond.
func instant(at time.Time) search.When {
	day := record.DateOf(at.UTC())
	return search.When{
		Days: search.Span[record.Date]{Lo: day, Hi: day.AddDays(1)},
		Moments: func(*time.Location) search.Span[time.Time] {
			return search.Span[time.Time]{Lo: at, Hi: at.Add(time.Millisecond)}
		},
	}
}
