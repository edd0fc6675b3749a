package fhir

import (
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// fast describes a fast: its period is both the value and when it was true. A
// running one has no end yet.
func (e *encoder) fast(o *fhir.Observation, f *record.Fast) {
	e.survey(o)
	o.Code = own("fast")
	start, from := e.when("fast.time", e.r.Day, e.r.Time)
	o.EffectivePeriod = &fhir.Period{Start: &start}
	if f.EndDay == "" {
		unfinished(o, true)
	} else {
		o.EffectivePeriod.End = e.end(f, from)
	}
	o.ValuePeriod = o.EffectivePeriod
	e.part(o, "name", "fast.name", f.Name)
	e.part(o, "recurrence", "fast.recurrence", f.Recurrence)
	e.part(o, "comments", "fast.comments", f.Comments)
}

// end returns the end of a fast that began at from; nil if it is before the
// start, which no period may be (R4, datatypes, Period, per-1).
func (e *encoder) end(f *record.Fast, from time.Time) *string {
	end, to := e.when("fast.end_time", f.EndDay, f.EndTime)
	both := !from.IsZero() && !to.IsZero()
	if f.EndDay < e.r.Day || (both && to.Before(from)) {
		e.issues.add(mapping.Lost, "fast.end_day", "the end is before the start, which FHIR does not allow; it was left out")
		return nil
	}
	return &end
}
