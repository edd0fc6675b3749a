package fhir

import (
	_ "embed"
	"path"
	"strings"
	"sync"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/vocab"
)

// codeSystemVersion counts changes of what the published codes mean.
const codeSystemVersion = "1.0.0"

//go:embed NOTICE
var notice string

// codeSystem is a CodeSystem. The library's type for a concept's property
// would write every kind of value at once, so concepts are our own.
type codeSystem struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherCodeSystem
	Concept []codeConcept `json:"concept"`
}

type codeConcept struct {
	Code       string         `json:"code"`
	Display    string         `json:"display"`
	Definition string         `json:"definition,omitempty"`
	Property   []codeProperty `json:"property,omitempty"`
}

type codeProperty struct {
	Code        string  `json:"code"`
	ValueCode   *string `json:"valueCode,omitempty"`
	ValueString *string `json:"valueString,omitempty"`
}

// CodeSystems returns the code systems that we publish. Each of a vocabulary
// says for every key its unit and its LOINC code, or why it has none.
func CodeSystems() []mapping.Document { return codeSystems() }

// CodeSystem returns one of CodeSystems by its id: "cronometer-nutrient".
func CodeSystem(id string) ([]byte, bool) {
	for _, d := range codeSystems() {
		if d.ID == id {
			return d.Body, true
		}
	}
	return nil, false
}

var codeSystems = sync.OnceValue(func() []mapping.Document {
	return []mapping.Document{
		codeSystemOf(SystemNutrient, "Nutrients", "What food contains, as the source counts it. "+
			"The property loinc is the intake of 24 hours, estimated.", nutrientConcepts()),
		codeSystemOf(SystemBiometric, "Biometrics", "What can be measured of a person.", biometricConcepts()),
		codeSystemOf(SystemRecord, "Records", "What a person logs, and the parts of it that no other code system has.", recordConcepts()),
	}
})

func codeSystemOf(system, title, description string, list []codeConcept) mapping.Document {
	id, yes, no, count := path.Base(system), true, false, len(list)
	return published("CodeSystem", id, codeSystem{"CodeSystem", &fhir.OtherCodeSystem{
		Id: &id, Text: said(description), Url: &system, Version: text(codeSystemVersion),
		Name: text("Cronometer" + strings.TrimSuffix(title, "s")), Title: text("Cronometer: " + title),
		Status: fhir.PublicationStatusActive, Experimental: &no, Publisher: text("Nutrigate"),
		Description: &description, Copyright: text(loincNotice()),
		CaseSensitive: &yes, Content: fhir.CodeSystemContentModeComplete, Count: &count,
		Property: properties(),
	}, list})
}

// loincNotice is the first paragraph of the notices.
func loincNotice() string {
	first, _, _ := strings.Cut(notice, "\n\n")
	return strings.ReplaceAll(first, "\n", " ")
}

func properties() []fhir.CodeSystemProperty {
	return []fhir.CodeSystemProperty{
		{Code: "unit", Type: fhir.PropertyTypeCode, Description: text("The usual unit, in UCUM")},
		{Code: "loinc", Type: fhir.PropertyTypeCode, Description: text("The LOINC code that is emitted beside this one")},
		{Code: "unmapped-reason", Type: fhir.PropertyTypeString, Description: text("Why no LOINC code is emitted")},
	}
}

func nutrientConcepts() []codeConcept {
	var all []codeConcept
	for _, n := range vocab.Nutrients() {
		row := nutrients()[n.Key]
		all = append(all, codeConcept{Code: n.Key, Display: n.Name, Property: mapped(n.Unit, row.note, row.daily)})
	}
	return all
}

func biometricConcepts() []codeConcept {
	var all []codeConcept
	for _, b := range vocab.Biometrics() {
		var codes []code
		for _, row := range vitals()[b.Key] {
			codes = append(codes, row.loinc)
		}
		all = append(all, codeConcept{Code: b.Key, Display: b.Name, Property: mapped(b.Unit, vitals()[b.Key][0].note, codes...)})
	}
	return all
}

func recordConcepts() []codeConcept {
	var all []codeConcept
	for _, c := range read("concepts.csv", conceptsCSV, conceptsHeader) {
		all = append(all, codeConcept{Code: c[0], Display: c[1], Definition: c[2]})
	}
	return all
}

// mapped returns a concept's unit and its LOINC codes, or why there is none.
func mapped(unit, reason string, codes ...code) []codeProperty {
	all := []codeProperty{{Code: "unit", ValueCode: &unit}}
	for _, c := range codes {
		if c.code != "" {
			all = append(all, codeProperty{Code: "loinc", ValueCode: &c.code})
		}
	}
	if len(all) == 1 {
		all = append(all, codeProperty{Code: "unmapped-reason", ValueString: &reason})
	}
	return all
}
