package fhir

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping/vocab"
)

// A LOINC or SNOMED code and the name that its publisher gives it; the name is
// empty where it was not seen.
type code struct{ code, display string }

// loinc returns the codings of c, none if there is no code.
func (c code) loinc() []fhir.Coding {
	if c.code == "" {
		return nil
	}
	return []fhir.Coding{coding(SystemLOINC, c.code, c.display)}
}

// grade says how well a code is attested: A, its name was seen at its
// publisher or in two independent places; B, its twin was; C, which of two
// twins it is was guessed from the order of numbers, so it is never emitted.
type grade string

func (g grade) emitted() bool { return g == "A" || g == "B" }

// nutrientCodes is a row of nutrients.csv.
type nutrientCodes struct {
	daily  code // LOINC, the intake of 24 hours, estimated
	snomed code
	note   string // why there is no daily code
	// core: a label has it by 21 CFR 101.9(c), or it is alcohol, caffeine or water.
	core bool
}

// vital is a row of biometrics.csv.
type vital struct {
	loinc, also code // also: the code that the profile wants beside loinc
	category    string
	units       []string // the units that the profile allows; of the code, one of each dimension
	profile     string
	note        string
}

//go:embed nutrients.csv
var nutrientsCSV []byte

//go:embed intake.csv
var intakeCSV []byte

//go:embed biometrics.csv
var biometricsCSV []byte

//go:embed panels.csv
var panelsCSV []byte

//go:embed concepts.csv
var conceptsCSV []byte

//go:embed amounts.csv
var amountsCSV []byte

//go:embed activities.csv
var activitiesCSV []byte

// nutrients are the codes of each nutrient of the vocabulary.
var nutrients = sync.OnceValue(func() map[string]nutrientCodes {
	all := map[string]nutrientCodes{}
	for _, c := range read("nutrients.csv", nutrientsCSV, "key,loinc,display,grade,snomed,snomed_display,source,note,core") {
		n := nutrientCodes{snomed: code{c[4], c[5]}, note: c[7], core: c[8] != ""}
		if grade(c[3]).emitted() {
			n.daily = code{c[1], c[2]}
		}
		all[c[0]] = n
	}
	return all
})

// intake are LOINC's codes of what one food or meal gives.
var intake = sync.OnceValue(func() map[string]code {
	all := map[string]code{}
	for _, c := range read("intake.csv", intakeCSV, "key,loinc,display,grade,source,note") {
		if grade(c[3]).emitted() {
			all[c[0]] = code{c[1], c[2]}
		}
	}
	return all
})

// vitals are the codes of each biometric of the vocabulary: one row for each
// dimension of unit that has a code of its own.
var vitals = sync.OnceValue(func() map[string][]vital {
	all := map[string][]vital{}
	const header = "key,loinc,display,also,also_display,category,ucum,profile,grade,source,note"
	for _, c := range read("biometrics.csv", biometricsCSV, header) {
		v := vital{category: c[5], units: strings.Fields(c[6]), note: c[10]}
		if grade(c[8]).emitted() {
			v.loinc, v.also, v.profile = code{c[1], c[2]}, code{c[3], c[4]}, c[7]
		}
		all[c[0]] = append(all[c[0]], v)
	}
	return all
})

// panels are the LOINC codes of observations that group others, and their parts.
var panels = sync.OnceValue(func() map[string]code {
	all := map[string]code{}
	for _, c := range read("panels.csv", panelsCSV, "concept,loinc,display,source") {
		all[c[0]] = code{c[1], c[2]}
	}
	return all
})

const conceptsHeader = "code,display,definition"

// ownConcept is a row of concepts.csv: a code of ours that is no key of the vocabulary.
type ownConcept struct{ display, definition string }

var concepts = sync.OnceValue(func() map[string]ownConcept {
	all := map[string]ownConcept{}
	for _, c := range read("concepts.csv", conceptsCSV, conceptsHeader) {
		all[c[0]] = ownConcept{c[1], c[2]}
	}
	return all
})

// amounts are the measures of a serving that are units of UCUM.
var amounts = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, c := range read("amounts.csv", amountsCSV, "unit,ucum,source") {
		all[c[0]] = c[1]
	}
	return all
})

// activities are LOINC's answers to "which exercise" (list LL734-5).
var activities = sync.OnceValue(func() map[string]code {
	all := map[string]code{}
	for _, c := range read("activities.csv", activitiesCSV, "key,answer,display,source,note") {
		if c[1] != "" {
			all[c[0]] = code{c[1], c[2]}
		}
	}
	return all
})

// answer returns LOINC's answer for an exercise by its name, if it has one.
func answer(name string) code { return activities()[vocab.ExerciseKey(name)] }

// read returns the rows of an embedded table. A fault in it is one in the
// program, which the tests find.
func read(name string, doc []byte, header string) [][]string {
	rows, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		panic(fmt.Errorf("mapping/fhir: %w", err))
	}
	return rows
}

// vitalOf returns the row of a biometric for a unit, and whether the unit is
// one that the row's profile allows. A unit of another dimension has no row's
// code, but still the first row's category.
func vitalOf(key, unit string) (v vital, allowed bool) {
	rows := vitals()[key]
	for _, v := range rows {
		if slices.Contains(v.units, unit) {
			return v, true
		}
	}
	for _, v := range rows {
		if sameDimension(v.units[0], unit) {
			return v, false
		}
	}
	if len(rows) == 0 {
		return vital{}, false
	}
	return vital{category: rows[0].category}, false
}

func sameDimension(a, b string) bool {
	x, known := vocab.UnitByCode(a)
	y, knownToo := vocab.UnitByCode(b)
	return known && knownToo && x.Dimension == y.Dimension
}
