package fhir

import (
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// dateTime is the layout of a FHIR dateTime with a time, which must have an
// offset (R4, datatypes, dateTime).
const dateTime = "2006-01-02T15:04:05Z07:00"

// when returns day and clock as a FHIR dateTime: with time and offset where
// the zone is known, and otherwise the day alone. kind is for the issue's path.
func (e *encoder) when(path string, day record.Date, clock record.Clock) (string, time.Time) {
	if clock == "" {
		return string(day), time.Time{}
	}
	if e.r.Zone == "" {
		e.issues.add(mapping.Lost, path, "a FHIR time needs a zone and none is known; the date was kept")
		return string(day), time.Time{}
	}
	at, exact, err := record.WallClock(day, clock, e.r.Zone)
	if err != nil {
		e.issues.add(mapping.Lost, path, "the time or its zone is not one that we know; the date was kept")
		return string(day), time.Time{}
	}
	if !exact {
		e.issues.add(mapping.Assumed, path, "the zone's clocks skipped this time, and the moment that they showed instead was taken, or showed it twice, and the first was taken")
	}
	return at.Format(dateTime), at
}

// effective sets the record's own day and time.
func (e *encoder) effective(o *fhir.Observation) {
	at, _ := e.when(string(e.r.Kind)+".time", e.r.Day, e.r.Time)
	o.EffectiveDateTime = &at
}

// effectiveFor sets the record's day and time, and the end where the source
// says it, or start and length are both known. The end is rounded to the second.
func (e *encoder) effectiveFor(o *fhir.Observation, length *record.Quantity) {
	written, start := e.when(string(e.r.Kind)+".time", e.r.Day, e.r.Time)
	if over, ok := e.overAt(start); ok {
		end := over.Format(dateTime)
		o.EffectivePeriod = &fhir.Period{Start: &written, End: &end}
		return
	}
	if long, ok := duration(length); ok && !start.IsZero() {
		end := start.Add(long).Round(time.Second).Format(dateTime)
		o.EffectivePeriod = &fhir.Period{Start: &written, End: &end}
		return
	}
	o.EffectiveDateTime = &written
}

// duration returns q as a time.Duration; false if it is none or has no length.
func duration(q *record.Quantity) (time.Duration, bool) {
	if q == nil {
		return 0, false
	}
	seconds, err := vocab.Convert(*q, "s")
	if err != nil {
		return 0, false
	}
	long, err := time.ParseDuration(string(seconds.Value) + "s")
	return long, err == nil && long > 0
}
