package fhir

import (
	"encoding/json"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping/record"
)

// serving describes one food eaten: its name is the value, the rest are parts.
// It is never an order: a NutritionOrder asks for food, and this was eaten.
func (e *encoder) serving(o *fhir.Observation, s *record.Serving) {
	e.survey(o)
	o.Code = own("food")
	e.effective(o)
	e.valueText(o, "serving.food", s.Food)
	if s.Amount != nil {
		e.amount(o, s.Amount)
	}
	e.part(o, "group", "serving.group", s.Group)
	e.part(o, "category", "serving.category", s.Category)
	e.nutrientParts(o, s.Nutrients)
}

// amount adds how much was eaten.
func (e *encoder) amount(o *fhir.Observation, a *record.Amount) {
	if a.Number == "" {
		e.part(o, "amount", "serving.amount", a.Text)
		return
	}
	o.Component = append(o.Component, fhir.ObservationComponent{Code: own("amount"), ValueQuantity: e.measure(a)})
}

// measure returns an amount that has a number. Most measures are household ones
// ("tsp", "full recipe"): a quantity with a unit for people, and with a code
// only where the measure is a unit of UCUM.
func (e *encoder) measure(a *record.Amount) *fhir.Quantity {
	number := json.Number(a.Number)
	unit := strings.TrimSpace(a.Unit) // "1.00  capsule" keeps its second space in the record alone
	if ucum, ok := amounts()[unit]; ok {
		return inUnit(a.Number, ucum)
	}
	return &fhir.Quantity{Value: &number, Unit: text(e.words("serving.amount", unit))}
}

// meal describes what one diary group of a day sums up to.
func (e *encoder) meal(o *fhir.Observation, m *record.Meal) {
	e.survey(o)
	o.Code = own("meal")
	o.EffectiveDateTime = e.wholeDay()
	e.valueText(o, "meal.group", m.Group)
	e.nutrientParts(o, m.Nutrients)
	unfinished(o, m.Open)
}
