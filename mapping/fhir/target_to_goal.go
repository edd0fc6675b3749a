package fhir

import (
	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// goal describes one nutrient's daily target, which the person set.
func (e *encoder) goal(t *record.Target) goal {
	subject := e.patient()
	measure := e.nutrient(t.Nutrient, nutrients()[t.Nutrient].daily)
	g := &fhir.Goal{
		Id: e.id(), Meta: e.meta(),
		LifecycleStatus: fhir.GoalLifecycleStatusActive,
		Category:        []fhir.CodeableConcept{dietary()},
		Description:     concept(sentence(*measure.Text, t)),
		Subject:         subject,
		StartDate:       text(string(e.r.Day)),
		ExpressedBy:     &subject,
	}
	if target, ok := e.target(t, &measure); ok {
		g.Target = []fhir.GoalTarget{target}
	}
	return goal{"Goal", (*fhir.OtherGoal)(g)}
}

// target returns the bounds of t: a quantity if they are the same, otherwise a
// range, which is open where a bound is missing.
func (e *encoder) target(t *record.Target, measure *fhir.CodeableConcept) (fhir.GoalTarget, bool) {
	target := fhir.GoalTarget{Measure: measure}
	switch one, same := bound(t); {
	case same && t.Min != nil && t.Max != nil:
		target.DetailQuantity = perDay(one)
	case inverted(t):
		e.issues.add(mapping.Lost, "target", "the lower bound is above the upper one, which no FHIR range may be; both stand in the description")
		return target, false
	default:
		target.DetailRange = &fhir.Range{Low: optional(t.Min), High: optional(t.Max)}
	}
	return target, true
}

func optional(q *record.Quantity) *fhir.Quantity {
	if q == nil {
		return nil
	}
	return perDay(*q)
}

// dietary is R4's own category for goals of this sort.
func dietary() fhir.CodeableConcept {
	return concept("", coding("http://terminology.hl7.org/CodeSystem/goal-category", "dietary", "Dietary"))
}

// bound returns the only bound of t, or the one that both are.
func bound(t *record.Target) (record.Quantity, bool) {
	switch {
	case t.Min == nil && t.Max == nil:
		return record.Quantity{}, false
	case t.Max == nil:
		return *t.Min, true
	case t.Min == nil:
		return *t.Max, true
	}
	return *t.Min, *t.Min == *t.Max
}

// inverted reports whether the lower bound of t is above the upper one.
func inverted(t *record.Target) bool {
	if t.Min == nil || t.Max == nil || t.Min.Unit != t.Max.Unit {
		return false
	}
	low, err := t.Min.Value.Exact()
	if err != nil {
		return false
	}
	high, err := t.Max.Value.Exact()
	return err == nil && low.Cmp(high) > 0
}

// sentence says a target in words: "Energy: 2000 to 2200 kcal per day".
func sentence(name string, t *record.Target) string {
	if t.Min == nil && t.Max == nil {
		return name
	}
	return name + ": " + targetText(t) + " per day"
}

func amountText(q record.Quantity) string {
	if unit := unitName(q.Unit); unit != "" && q.Unit != "1" {
		return string(q.Value) + " " + unit
	}
	return string(q.Value)
}
