package fhir

import (
	"fmt"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// R4 has no NutritionIntake. HL7's package hl7.fhir.uv.xver-r5.r4 (0.1.0) says
// how one is written in R4: as a Basic of this profile, with an extension for
// each of its elements.
const (
	ProfileIntake   = "http://hl7.org/fhir/5.0/StructureDefinition/profile-NutritionIntake"
	extensionIntake = "http://hl7.org/fhir/5.0/StructureDefinition/extension-NutritionIntake."
	systemFHIRType  = "http://hl7.org/fhir/fhir-types"
)

type basic struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherBasic
}

// Intakes is the format of servings as R5's NutritionIntake, beside the
// Observations that Format makes of them.
type Intakes struct{ Format }

var _ mapping.Format = Intakes{}

// IntakeKinds are the kinds of record that become an intake.
func IntakeKinds() []record.Kind { return []record.Kind{record.KindServing} }

// Encode returns a Basic for each serving, and nothing for other records. Its id
// is the serving's, as that of the Observation is: an id is unique among the
// resources of one type (R4 section 2.27.3.1), and from one that was computed
// nobody could find the record again.
func (f Intakes) Encode(who record.Subject, records []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	docs := make([]mapping.Document, 0, len(records))
	var all issues
	for i := range records {
		r := &records[i]
		if r.Serving == nil {
			continue
		}
		e := encoder{Format: f.Format, who: who, r: r, issues: &all}
		body, err := marshal(basic{"Basic", e.intake(r.Serving)})
		if err != nil {
			return nil, nil, fmt.Errorf("encode record %s as an intake: %w", r.ID, err)
		}
		docs = append(docs, mapping.Document{
			Type: "Basic", ID: r.ID, Day: r.Day, MediaType: MediaType, Body: body, Records: []string{r.ID},
		})
	}
	return docs, all.list, nil
}

// intake describes one food eaten. Who reports it is the person, of whom the
// diary is.
func (e *encoder) intake(s *record.Serving) *fhir.OtherBasic {
	person := e.patient()
	at, _ := e.when("serving.time", e.r.Day, e.r.Time)
	meta := e.meta()
	if meta == nil {
		meta = &fhir.Meta{}
	}
	meta.Profile = []string{ProfileIntake}
	b := &fhir.OtherBasic{
		Id: e.id(), Meta: meta, Subject: &person,
		Code: concept("", coding(systemFHIRType, "NutritionIntake", "")),
		// A status may say that nothing was eaten, so that who does not know it must
		// not read on: R5 marks it as a modifier.
		ModifierExtension: []fhir.Extension{{Url: extensionIntake + "status", ValueCode: text("completed")}},
		Extension: []fhir.Extension{
			{Url: extensionIntake + "occurrence", ValueDateTime: &at},
			{Url: extensionIntake + "reported", ValueReference: &person},
			{Url: extensionIntake + "consumedItem", Extension: e.consumed(s)},
		},
	}
	if s.Group != "" {
		e.issues.add(mapping.Lost, "serving.group", "an intake has no place for the diary's group; the Observation has it")
	}
	b.Extension = append(b.Extension, e.label(s.Nutrients)...)
	return b
}

// consumed are the parts of NutritionIntake.consumedItem. Its type is required:
// the source's category, and where it has none no more than that it is food.
func (e *encoder) consumed(s *record.Serving) []fhir.Extension {
	sort := concept(e.words("serving.category", s.Category))
	if sort.Text == nil {
		sort = own("food")
	}
	food := concept(e.words("serving.food", s.Food))
	if food.Text == nil {
		food.Extension = []fhir.Extension{{Url: extensionAbsent, ValueCode: text("unknown")}}
	}
	parts := []fhir.Extension{{Url: "type", ValueCodeableConcept: &sort}, codeable("nutritionProduct", food)}
	switch {
	case s.Amount == nil:
	case s.Amount.Number == "":
		e.issues.add(mapping.Lost, "serving.amount", "an intake's amount is a number, and this one has none; the Observation has its text")
	default:
		parts = append(parts, fhir.Extension{Url: "amount", ValueQuantity: e.measure(s.Amount)})
	}
	return parts
}

const extensionAbsent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

// label returns a NutritionIntake.ingredientLabel for each nutrient that is known.
func (e *encoder) label(list record.Nutrients) []fhir.Extension {
	var all []fhir.Extension
	e.known(list, func(c fhir.CodeableConcept, q *fhir.Quantity) {
		all = append(all, fhir.Extension{Url: extensionIntake + "ingredientLabel", Extension: []fhir.Extension{
			codeable("nutrient", c), {Url: "amount", ValueQuantity: q},
		}})
	})
	return all
}

// codeable is R5's CodeableReference, a type that R4 lacks: an extension that
// names the type and has one for the concept.
func codeable(url string, c fhir.CodeableConcept) fhir.Extension {
	return fhir.Extension{Url: url, Extension: []fhir.Extension{
		{Url: "http://hl7.org/fhir/StructureDefinition/_datatype", ValueString: text("CodeableReference")},
		{Url: "concept", ValueCodeableConcept: &c},
	}}
}
