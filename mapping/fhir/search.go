package fhir

import (
	"encoding/json"
	"slices"
	"sync"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// A Selector names records: those of a kind, and of one metric unless it is empty.
type Selector struct {
	Kind   record.Kind
	Metric string
}

// Selectors returns which records can be an Observation whose code has
// system|code, from the tables alone. An empty code stands for all of the
// system; anySystem is a search for the code in whatever system. Codes of
// components do not count (R4 search parameter code; component-code is another).
//
// Most LOINC codes belong to one metric, but glucose has one for each
// dimension of its unit: HasCode tells them apart.
func Selectors(system, code string, anySystem bool) []Selector {
	return selectFrom(coded(), system, code, anySystem)
}

// PartSelectors returns which records can be an Observation with a component
// whose code has system|code, as Selectors takes them.
func PartSelectors(system, code string, anySystem bool) []Selector {
	return selectFrom(codedParts(), system, code, anySystem)
}

func selectFrom(all []codedSelector, system, code string, anySystem bool) []Selector {
	var found []Selector
	for _, c := range all {
		if (anySystem || c.system == system) && (c.code == code || code == "" && !anySystem) && !slices.Contains(found, c.Selector) {
			found = append(found, c.Selector)
		}
	}
	return found
}

// HasCode reports whether an Observation's own code has system|code, as
// Selectors takes them.
func HasCode(observation []byte, system, code string, anySystem bool) bool {
	var o struct {
		Code struct {
			Coding []struct{ System, Code string }
		}
	}
	if err := json.Unmarshal(observation, &o); err != nil {
		return false
	}
	for _, c := range o.Code.Coding {
		if (anySystem || c.System == system) && (c.Code == code || code == "" && !anySystem) {
			return true
		}
	}
	return false
}

// SelectCategory returns which records can be an Observation of a category;
// an empty system stands for any. What the vocabulary lacks has no category.
func (f Format) SelectCategory(system, code string) []Selector {
	var found []Selector
	for _, c := range byCategory() {
		if (system == "" || system == SystemCategory) && c.code == code {
			found = append(found, c.Selector)
		}
	}
	if f.NutritionAssessment && (system == "" || system == usCoreCategory) && code == "nutrition-assessment" {
		found = append(found, Selector{Kind: record.KindDay}, Selector{Kind: record.KindTotal},
			Selector{Kind: record.KindServing}, Selector{Kind: record.KindMeal})
	}
	return found
}

// SelectCategory is that of the zero Format.
func SelectCategory(system, code string) []Selector { return Format{}.SelectCategory(system, code) }

// codedSelector says which code records carry.
type codedSelector struct {
	system, code string
	Selector
}

// coded lists every code that an Observation of ours can have, with the
// records that have it.
var coded = sync.OnceValue(func() []codedSelector {
	var all []codedSelector
	add := func(system, code string, kind record.Kind, metric string) {
		if code != "" {
			all = append(all, codedSelector{system, code, Selector{kind, metric}})
		}
	}
	for _, n := range vocab.Nutrients() {
		add(SystemLOINC, nutrients()[n.Key].daily.code, record.KindTotal, n.Key)
		add(SystemNutrient, n.Key, record.KindTotal, n.Key)
	}
	for _, b := range vocab.Biometrics() {
		for _, row := range vitals()[b.Key] {
			add(SystemLOINC, row.loinc.code, record.KindBiometric, b.Key)
			add(SystemLOINC, row.also.code, record.KindBiometric, b.Key)
		}
		add(SystemBiometric, b.Key, record.KindBiometric, b.Key)
	}
	add(SystemLOINC, panels()["day"].code, record.KindDay, "")
	add(SystemLOINC, panels()["exercise"].code, record.KindExercise, "")
	add(SystemLOINC, panels()["sleep"].code, record.KindSleep, "")
	for _, kind := range KindsOf("Observation") {
		add(SystemRecord, ownCode[kind], kind, "")
	}
	return all
})

// codedParts lists every code that a component of ours can have, with the records
// that have it.
var codedParts = sync.OnceValue(func() []codedSelector {
	var all []codedSelector
	add := func(system, code string, kinds ...record.Kind) {
		for _, k := range kinds {
			if code != "" {
				all = append(all, codedSelector{system, code, Selector{Kind: k}})
			}
		}
	}
	for _, n := range vocab.Nutrients() {
		add(SystemLOINC, intake()[n.Key].code, record.KindServing, record.KindMeal)
		add(SystemNutrient, n.Key, record.KindServing, record.KindMeal)
	}
	for part, kind := range measuredParts {
		add(SystemLOINC, panels()[part].code, kind)
	}
	for _, c := range recordConcepts() {
		for _, kind := range KindsOf("Observation") {
			if kind != record.KindTotal { // the value of a total is all that it has
				add(SystemRecord, c.Code, kind)
			}
		}
	}
	return all
})

// measuredParts says whose parts the rows of panels.csv are that are parts.
var measuredParts = map[string]record.Kind{
	"systolic": record.KindBiometric, "diastolic": record.KindBiometric,
	"duration": record.KindExercise, "energy": record.KindExercise,
	"mean_heart_rate": record.KindExercise, "max_heart_rate": record.KindExercise,
	"deep": record.KindSleep, "core": record.KindSleep, "rem": record.KindSleep,
}

// ownCode is our own code of each kind that is not coded by its metric.
var ownCode = map[record.Kind]string{
	record.KindServing: "food", record.KindMeal: "meal", record.KindDay: "day",
	record.KindExercise: "exercise", record.KindSleep: "sleep", record.KindNote: "note", record.KindFast: "fast",
}

// byCategory lists the categories that an Observation of ours can have.
var byCategory = sync.OnceValue(func() []codedSelector {
	var all []codedSelector
	for _, kind := range KindsOf("Observation") {
		switch kind {
		case record.KindBiometric:
			for _, b := range vocab.Biometrics() {
				all = append(all, codedSelector{SystemCategory, vitals()[b.Key][0].category, Selector{kind, b.Key}})
			}
		case record.KindExercise, record.KindSleep:
			all = append(all, codedSelector{SystemCategory, "activity", Selector{Kind: kind}})
		default:
			all = append(all, codedSelector{SystemCategory, "survey", Selector{Kind: kind}})
		}
	}
	return all
})
