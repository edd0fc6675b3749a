package fhir

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping/record"
)

// total describes one nutrient's amount of one day, as a rate: LOINC's intake
// of 24 hours, estimated, which is "reported retrospectively by the patient".
func (e *encoder) total(o *fhir.Observation, t *record.Total) {
	e.survey(o)
	o.Code = e.nutrient(t.Nutrient, nutrients()[t.Nutrient].daily)
	valueQuantity(o, perDay(t.Quantity))
	o.EffectiveDateTime = e.wholeDay()
	unfinished(o, t.Open)
}

// day describes a day as a panel whose members are the day's totals.
func (e *encoder) day(o *fhir.Observation, d *record.DayTotals) {
	e.survey(o)
	o.Code = concept("Day summary", append(panels()["day"].loinc(), coding(SystemRecord, "day", "Day summary"))...)
	o.EffectiveDateTime = e.wholeDay()
	for _, key := range d.Nutrients {
		if !e.emitsNutrient(key) {
			continue
		}
		id := record.NewID(e.who.ID, record.KindTotal, e.r.Day, key)
		o.HasMember = append(o.HasMember, reference("Observation/"+id))
	}
	if len(o.HasMember) == 0 {
		absent(o)
	}
	if d.Completed != nil {
		o.Component = []fhir.ObservationComponent{{Code: own("completed"), ValueBoolean: d.Completed}}
	}
	unfinished(o, d.Open)
}

// wholeDay returns the day itself. It needs no zone, and a search by date
// finds it (R4, search, date: a date stands for the whole of its day).
func (e *encoder) wholeDay() *string { return text(string(e.r.Day)) }
