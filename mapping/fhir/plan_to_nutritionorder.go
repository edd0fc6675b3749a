package fhir

import (
	"encoding/json"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// nutritionOrder describes all daily targets as one plan. It is nobody's
// order: the intent is plan and there is no orderer, which R4 allows to be a
// practitioner only (R4 section 12.12.4).
func (e *encoder) nutritionOrder(p *record.Plan) nutritionOrder {
	person := e.patient()
	diet := &fhir.NutritionOrderOralDiet{
		Type:     []fhir.CodeableConcept{concept("Self-set daily nutrient targets")},
		Schedule: []fhir.Timing{daily()},
	}
	var lines []string
	for i := range p.Targets {
		nutrient, line := e.planned(&p.Targets[i])
		diet.Nutrient = append(diet.Nutrient, nutrient)
		lines = append(lines, line)
	}
	diet.Instruction = text(strings.Join(lines, "; "))
	return nutritionOrder{"NutritionOrder", &fhir.OtherNutritionOrder{
		Id: e.id(), Meta: e.meta(),
		Status:   fhir.RequestStatusActive,
		Intent:   fhir.RequestIntentPlan,
		Patient:  person,
		DateTime: string(e.r.Day),
		OralDiet: diet,
		Note:     []fhir.Annotation{{Text: "Set by the person, not a clinician's order."}},
	}}
}

// planned returns one nutrient of a plan and the target in words. The amount
// can hold a single number; of a range neither bound is taken for it.
func (e *encoder) planned(t *record.Target) (fhir.NutritionOrderOralDietNutrient, string) {
	modifier := e.nutrient(t.Nutrient, code{})
	if c := nutrients()[t.Nutrient].snomed; c.code != "" && !e.WithoutSNOMED {
		modifier.Coding = append([]fhir.Coding{coding(SystemSNOMED, c.code, c.display)}, modifier.Coding...)
	}
	n := fhir.NutritionOrderOralDietNutrient{Modifier: &modifier}
	if one, ok := bound(t); ok {
		n.Amount = quantity(one)
		if t.Min == nil || t.Max == nil {
			e.issues.add(mapping.Lost, "plan.targets", "an amount in a NutritionOrder does not say whether it is the least or the most; its instruction does, and so does the Goal")
		}
	} else {
		e.issues.add(mapping.Lost, "plan.targets", "a NutritionOrder has one amount and not a range; the range stands in its instruction, and in the Goal as numbers")
	}
	return n, sentence(*modifier.Text, t)
}

// daily is once a day.
func daily() fhir.Timing {
	once, unit, period := 1, "d", json.Number("1")
	return fhir.Timing{Repeat: &fhir.TimingRepeat{Frequency: &once, Period: &period, PeriodUnit: &unit}}
}
