// Package fhir turns records into FHIR R4 resources: one record, one resource.
// Spec: http://hl7.org/fhir/R4/.
//
// The tables contain codes of LOINC (http://loinc.org) and SNOMED CT; their
// notices are in the file NOTICE.
package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// MediaType is that of every document of this format (FHIR R4 section 2.1.0.6).
const MediaType = "application/fhir+json"

// Systems of codes and identifiers. Those of our own are published by
// CodeSystems; their codes are the keys of the vocabulary.
const (
	SystemNutrient  = "https://nutrigate.dev/fhir/CodeSystem/cronometer-nutrient"
	SystemBiometric = "https://nutrigate.dev/fhir/CodeSystem/cronometer-biometric"
	SystemRecord    = "https://nutrigate.dev/fhir/CodeSystem/cronometer-record"
	SystemPatient   = "https://nutrigate.dev/fhir/NamingSystem/patient"

	SystemLOINC    = "http://loinc.org"
	SystemSNOMED   = "http://snomed.info/sct"
	SystemUCUM     = "http://unitsofmeasure.org"
	SystemCategory = "http://terminology.hl7.org/CodeSystem/observation-category"
)

// Format is FHIR R4. The zero Format is ready.
type Format struct {
	// NutritionAssessment adds US Core's category nutrition-assessment to what
	// was eaten, beside survey. It is part of a ballot (US Core 10.0.0), so it
	// is off unless asked for.
	NutritionAssessment bool
	// WithoutSNOMED leaves SNOMED CT's codes out, for operators whose country
	// has no licence for it. Our own codes and the text stay.
	WithoutSNOMED bool
	// CoreNutrients leaves out the amounts of all but a label's nutrients, and
	// alcohol, caffeine and water: a tenth of the resources. What was logged of
	// others is reported as lost.
	CoreNutrients bool
	// Intake says that servings are to be had as R5's NutritionIntake too; see
	// Intakes, which makes them. Encode does not.
	Intake bool
}

var _ mapping.Format = Format{}

// Encode returns one resource for each record: an Observation, a Goal for a
// target, a NutritionOrder for a plan. A resource depends on its record and on
// who.ID alone, so its meta.versionId is the record's version. With
// CoreNutrients the total of any other nutrient has none; see Emits.
func (f Format) Encode(who record.Subject, records []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	docs := make([]mapping.Document, 0, len(records))
	var all issues
	for i := range records {
		r := &records[i]
		if !f.Emits(r.Kind, r.Metric()) {
			all.add(mapping.Lost, "total", "the gateway is set to emit a label's nutrients alone")
			continue
		}
		e := encoder{Format: f, who: who, r: r, issues: &all}
		resource, name, err := e.resource()
		if err != nil {
			return nil, nil, fmt.Errorf("encode record %s: %w", r.ID, err)
		}
		body, err := marshal(resource)
		if err != nil {
			return nil, nil, fmt.Errorf("encode record %s as %s: %w", r.ID, name, err)
		}
		docs = append(docs, mapping.Document{
			Type: name, ID: r.ID, Day: r.Day, MediaType: MediaType, Body: body, Records: []string{r.ID},
		})
	}
	return docs, all.list, nil
}

// encoder is the work on one record.
type encoder struct {
	Format
	who    record.Subject
	r      *record.Record
	issues *issues
}

// resource returns what marshals to the record's resource, and its type.
func (e *encoder) resource() (resource any, name string, err error) {
	switch {
	case e.r.Target != nil:
		return e.goal(e.r.Target), "Goal", nil
	case e.r.Plan != nil:
		return e.nutritionOrder(e.r.Plan), "NutritionOrder", nil
	}
	o := e.observation()
	switch {
	case e.r.DayTotals != nil:
		e.day(o, e.r.DayTotals)
	case e.r.Total != nil:
		e.total(o, e.r.Total)
	case e.r.Serving != nil:
		e.serving(o, e.r.Serving)
	case e.r.Meal != nil:
		e.meal(o, e.r.Meal)
	case e.r.Biometric != nil:
		e.biometric(o, e.r.Biometric)
	case e.r.Exercise != nil:
		e.exercise(o, e.r.Exercise)
	case e.r.Sleep != nil:
		e.sleep(o, e.r.Sleep)
	case e.r.Note != nil:
		e.note(o, e.r.Note)
	case e.r.Fast != nil:
		e.fast(o, e.r.Fast)
	default:
		return nil, "", fmt.Errorf("kind %q has no resource", e.r.Kind)
	}
	return observation{"Observation", (*fhir.OtherObservation)(o)}, "Observation", nil
}

// Emits reports whether records of a kind and metric have a resource: an
// operator may want fewer nutrients than there are.
func (f Format) Emits(kind record.Kind, metric string) bool {
	return kind != record.KindTotal || f.emitsNutrient(metric)
}

func (f Format) emitsNutrient(key string) bool { return !f.CoreNutrients || nutrients()[key].core }

// EmittedNutrients returns the keys of the nutrients whose amounts are emitted.
func (f Format) EmittedNutrients() []string {
	var all []string
	for _, n := range vocab.Nutrients() {
		if f.emitsNutrient(n.Key) {
			all = append(all, n.Key)
		}
	}
	return all
}

// KindsOf returns the kinds of record that become resources of the given type.
func KindsOf(resourceType string) []record.Kind {
	switch resourceType {
	case "Observation":
		return []record.Kind{
			record.KindServing, record.KindDay, record.KindTotal, record.KindMeal, record.KindExercise,
			record.KindBiometric, record.KindSleep, record.KindNote, record.KindFast,
		}
	case "Goal":
		return []record.Kind{record.KindTarget}
	case "NutritionOrder":
		return []record.Kind{record.KindPlan}
	}
	return nil
}

// The library writes resourceType last and escapes HTML. Its Other… types
// have no MarshalJSON of their own, so embedding them avoids both.
type (
	observation struct {
		ResourceType string `json:"resourceType"`
		*fhir.OtherObservation
	}
	goal struct {
		ResourceType string `json:"resourceType"`
		*fhir.OtherGoal
	}
	nutritionOrder struct {
		ResourceType string `json:"resourceType"`
		*fhir.OtherNutritionOrder
	}
	patient struct {
		ResourceType string `json:"resourceType"`
		*fhir.OtherPatient
	}
)

// marshal is json.Marshal without HTML escapes and the final newline.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("marshal: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// meta returns the version of the record, or nil where there is no store.
func (e *encoder) meta() *fhir.Meta {
	return metaOf(e.r.Version, e.r.Updated)
}

// id returns the record's id, or nil where it has none.
func (e *encoder) id() *string { return text(e.r.ID) }

// patient refers to the person.
func (e *encoder) patient() fhir.Reference { return reference("Patient/" + e.who.ID) }

// issues collects issues, each once.
type issues struct {
	list []mapping.Issue
	seen map[mapping.Issue]bool
}

func (i *issues) add(sort mapping.Sort, path, reason string) {
	issue := mapping.Issue{Sort: sort, Path: path, Reason: reason}
	if i.seen[issue] {
		return
	}
	if i.seen == nil {
		i.seen = map[mapping.Issue]bool{}
	}
	i.seen[issue] = true
	i.list = append(i.list, issue)
}
