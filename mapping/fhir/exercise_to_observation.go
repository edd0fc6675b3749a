package fhir

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// exercise describes one exercise as the Physical Activity IG codes it: which
// one is the value, how long and how much energy are parts.
// http://hl7.org/fhir/us/physical-activity
func (e *encoder) exercise(o *fhir.Observation, x *record.Exercise) {
	o.Category = []fhir.CodeableConcept{category("activity")}
	o.Code = concept("Exercise", append(panels()["exercise"].loinc(), coding(SystemRecord, "exercise", "Exercise"))...)
	e.effectiveFor(o, x.Duration)
	e.device(o, x.Device)
	if name := e.words("exercise.name", x.Name); name != "" {
		which := concept(name, answer(x.Name).loinc()...)
		o.ValueCodeableConcept = &which
	} else {
		absent(o)
	}
	measure(o, "duration", x.Duration)
	measure(o, "energy", x.Energy)
	ownMeasure(o, "distance", x.Distance)
	if hr := x.HeartRate; hr != nil {
		measure(o, "mean_heart_rate", hr.Average)
		measure(o, "max_heart_rate", hr.Max)
		ownMeasure(o, "min_heart_rate", hr.Min)
	}
	if len(x.Events)+len(x.Tracks) > 0 {
		e.issues.add(mapping.Lost, "exercise.tracks", "samples, laps and pauses have no place in an Observation of the whole exercise")
	}
	e.part(o, "group", "exercise.group", x.Group)
}

// ownMeasure adds a part for which LOINC has no code that says it.
func ownMeasure(o *fhir.Observation, which string, q *record.Quantity) {
	if q != nil && !q.IsZero() {
		o.Component = append(o.Component, fhir.ObservationComponent{Code: own(which), ValueQuantity: quantity(*q)})
	}
}

// measure adds a part of an exercise, if it is known.
func measure(o *fhir.Observation, which string, q *record.Quantity) {
	if q == nil || q.IsZero() {
		return
	}
	c := panels()[which]
	o.Component = append(o.Component, fhir.ObservationComponent{
		Code: concept(c.display, c.loinc()...), ValueQuantity: quantity(*q),
	})
}
