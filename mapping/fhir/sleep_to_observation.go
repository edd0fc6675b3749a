package fhir

import (
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// sleep describes one sleep: its period, how long the person slept in it, and
// how long each stage took together. LOINC's light sleep is what the source calls core.
func (e *encoder) sleep(o *fhir.Observation, s *record.Sleep) {
	o.Category = []fhir.CodeableConcept{category("activity")}
	o.Code = concept("Sleep", append(panels()["sleep"].loinc(), coding(SystemRecord, "sleep", "Sleep"))...)
	e.effectiveFor(o, nil)
	e.device(o, s.Device)
	slept := s.Sum(record.Asleep()...)
	valueQuantity(o, quantity(slept))
	for _, stage := range []string{record.StageDeep, record.StageCore, record.StageREM} {
		if sum := s.Sum(stage); !sum.IsZero() {
			measure(o, stage, &sum)
		}
	}
	for _, stage := range []string{record.StageAsleep, record.StageAwake, record.StageInBed} {
		if sum := s.Sum(stage); !sum.IsZero() {
			o.Component = append(o.Component, fhir.ObservationComponent{Code: own(stage), ValueQuantity: quantity(sum)})
		}
	}
	e.issues.add(mapping.Lost, "sleep.stages", "an Observation has how long each stage took together, not when each was")
}

// overAt is when the record was over, where the source says so and it was not
// before the start.
func (e *encoder) overAt(start time.Time) (time.Time, bool) {
	day, clock, known := e.r.Over()
	if !known || start.IsZero() {
		return time.Time{}, false
	}
	at, _, err := record.WallClock(day, clock, e.r.Zone)
	return at, err == nil && !at.Before(start)
}
