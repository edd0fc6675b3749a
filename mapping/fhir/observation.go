package fhir

import (
	"slices"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// observation returns what all observations of ours have: the person is
// subject and performer, since all of it is self-reported.
func (e *encoder) observation() *fhir.Observation {
	subject := e.patient()
	return &fhir.Observation{
		Id: e.id(), Meta: e.meta(),
		Status:    fhir.ObservationStatusFinal,
		Subject:   &subject,
		Performer: []fhir.Reference{subject},
	}
}

// survey sets the category of what a person reports to have eaten, done or
// felt. No code says nutrition yet; US Core takes survey.
func (e *encoder) survey(o *fhir.Observation) {
	o.Category = []fhir.CodeableConcept{category("survey")}
	nutrition := e.r.DayTotals != nil || e.r.Total != nil || e.r.Serving != nil || e.r.Meal != nil
	if e.NutritionAssessment && nutrition {
		o.Category = append(o.Category, fhir.CodeableConcept{
			Coding: []fhir.Coding{coding(usCoreCategory, "nutrition-assessment", "Nutrition Assessment")},
		})
	}
}

const usCoreCategory = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"

// categories are the names of the codes of SystemCategory that we use.
var categories = map[string]string{
	"activity": "Activity", "exam": "Exam", "laboratory": "Laboratory",
	"survey": "Survey", "therapy": "Therapy", "vital-signs": "Vital Signs",
}

func category(code string) fhir.CodeableConcept {
	return fhir.CodeableConcept{Coding: []fhir.Coding{coding(SystemCategory, code, categories[code])}}
}

// unfinished marks what may still change because its day or period is not over.
func unfinished(o *fhir.Observation, open bool) {
	if open {
		o.Status = fhir.ObservationStatusPreliminary
	}
}

// absent says that there is no value and that we do not know why.
func absent(o *fhir.Observation) { o.DataAbsentReason = unknownReason() }

func unknownReason() *fhir.CodeableConcept {
	reason := concept("", coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown", "Unknown"))
	return &reason
}

// valueQuantity sets a number as the value, or says that there is none.
func valueQuantity(o *fhir.Observation, q *fhir.Quantity) {
	if o.ValueQuantity = q; q == nil {
		absent(o)
	}
}

// valueText sets a text as the value, or says that there is none.
func (e *encoder) valueText(o *fhir.Observation, path, s string) {
	if o.ValueString = text(e.words(path, s)); o.ValueString == nil {
		absent(o)
	}
}

// part adds a component with a text, if there is one.
func (e *encoder) part(o *fhir.Observation, code, path, s string) {
	if s = e.words(path, s); s != "" {
		o.Component = append(o.Component, fhir.ObservationComponent{Code: own(code), ValueString: &s})
	}
}

// nutrientParts adds a component for each nutrient that is known: amounts as
// they are, since what one food or meal gives is no rate.
func (e *encoder) nutrientParts(o *fhir.Observation, list record.Nutrients) {
	o.Component = slices.Grow(o.Component, len(list))
	e.known(list, func(c fhir.CodeableConcept, q *fhir.Quantity) {
		o.Component = append(o.Component, fhir.ObservationComponent{Code: c, ValueQuantity: q})
	})
}

// known calls give with the code and the amount of each nutrient that is known
// and emitted.
func (e *encoder) known(list record.Nutrients, give func(fhir.CodeableConcept, *fhir.Quantity)) {
	for _, n := range list {
		if n.IsZero() {
			continue
		}
		if !e.emitsNutrient(n.Key) {
			e.issues.add(mapping.Lost, string(e.r.Kind)+".nutrients", "the gateway is set to emit a label's nutrients alone")
			continue
		}
		give(e.nutrient(n.Key, intake()[n.Key]), quantity(n.Quantity))
	}
}

// nutrient returns the code of a nutrient: LOINC's, where there is one, and
// always our own, which alone says exactly what the source counts. What the
// vocabulary lacks has no code but its name.
func (e *encoder) nutrient(key string, loinc code) fhir.CodeableConcept {
	n, known := vocab.NutrientByKey(key)
	if !known {
		return concept(e.unknownName("nutrient", key))
	}
	return concept(n.Name, append(loinc.loinc(), coding(SystemNutrient, key, n.Name))...)
}

// unknownName returns the name of a thing that the vocabulary lacks.
func (e *encoder) unknownName(what, key string) string {
	name, ok := record.UnknownName(key)
	if !ok {
		name = key
	}
	path := string(e.r.Kind) + "." + what
	if name = e.words(path, name); name == "" {
		name = "unnamed " + what
	}
	e.issues.add(mapping.Unknown, path+" "+name, "the vocabulary lacks it; it has its name and no code")
	return name
}
