package fhir_test

import (
	"slices"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

const loinc = "http://loinc.org"

func TestSelectors(t *testing.T) {
	for _, c := range []struct {
		claim, system, code string
		any                 bool
		want                []fhir.Selector
	}{
		{"a LOINC code of a nutrient", loinc, "81011-9", false, []fhir.Selector{{Kind: record.KindTotal, Metric: "sodium"}}},
		{"our own code of a nutrient", fhir.SystemNutrient, "sodium", false, []fhir.Selector{{Kind: record.KindTotal, Metric: "sodium"}}},
		{"a code in whatever system", "", "sodium", true, []fhir.Selector{{Kind: record.KindTotal, Metric: "sodium"}}},
		{"a code that must have no system", "", "sodium", false, nil},
		{"a code shared by two metrics", loinc, "8867-4", false, []fhir.Selector{
			{Kind: record.KindBiometric, Metric: "heart_rate"}, {Kind: record.KindBiometric, Metric: "resting_heart_rate"},
		}},
		{"a panel", loinc, "75284-0", false, []fhir.Selector{{Kind: record.KindDay}}},
		{"one of our own records", fhir.SystemRecord, "food", false, []fhir.Selector{{Kind: record.KindServing}}},
		{"a code that is never emitted", loinc, "81078-8", false, nil},
		{"a component's code", loinc, "8480-6", false, nil},
		{"nothing", "", "", true, nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			want(t, "selectors", fhir.Selectors(c.system, c.code, c.any), c.want)
		})
	}
	t.Run("a system alone is all of its codes", func(t *testing.T) {
		if n := len(fhir.Selectors(fhir.SystemRecord, "", false)); n != 7 {
			t.Errorf("got %d", n)
		}
	})
}

// Every code and category that an Observation has is found again: searching
// for it selects the record that it was made of.
func TestSelectorsFindWhatIsEncoded(t *testing.T) {
	f := fhir.Format{NutritionAssessment: true}
	for _, r := range everyKind() {
		docs, _, err := mapping.Checked(f, person, []record.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		self := fhir.Selector{Kind: r.Kind, Metric: r.Metric()}
		v := decode(t, docs[0].Body)
		if docs[0].Type != "Observation" {
			continue
		}
		for i := range codesAt(v, "code") {
			system, _ := at(v, "code", "coding", i, "system").(string)
			code, _ := at(v, "code", "coding", i, "code").(string)
			if !slices.Contains(fhir.Selectors(system, code, false), self) || !fhir.HasCode(docs[0].Body, system, code, false) {
				t.Errorf("%s|%s does not find %v", system, code, self)
			}
			if !slices.Contains(fhir.Selectors("", code, true), self) || !fhir.HasCode(docs[0].Body, "", code, true) {
				t.Errorf("%s in any system does not find %v", code, self)
			}
		}
		categories, _ := at(v, "category").([]any)
		for i := range categories {
			system, _ := at(categories, i, "coding", 0, "system").(string)
			code, _ := at(categories, i, "coding", 0, "code").(string)
			found := f.SelectCategory(system, code)
			if !slices.Contains(found, self) && !slices.Contains(found, fhir.Selector{Kind: r.Kind}) {
				t.Errorf("category %s does not find %v", code, self)
			}
		}
	}
}

func TestHasCode(t *testing.T) {
	docs, _, err := fhir.Format{}.Encode(person, []record.Record{biometric("blood_glucose", q("5.4", "mmol/L"))})
	if err != nil {
		t.Fatal(err)
	}
	if fhir.HasCode(docs[0].Body, loinc, "2339-0", false) {
		t.Error("glucose by substance was found by the code of glucose by mass")
	}
	if !fhir.HasCode(docs[0].Body, loinc, "", false) {
		t.Error("a system alone does not find its code")
	}
}

func TestSelectCategory(t *testing.T) {
	t.Run("body weight is a vital sign and body fat is not", func(t *testing.T) {
		found := fhir.SelectCategory(fhir.SystemCategory, "vital-signs")
		if !slices.Contains(found, fhir.Selector{Kind: record.KindBiometric, Metric: "weight"}) ||
			slices.Contains(found, fhir.Selector{Kind: record.KindBiometric, Metric: "body_fat"}) {
			t.Errorf("got %v", found)
		}
	})
	t.Run("a code of another system is not ours", func(t *testing.T) {
		want(t, "selectors", len(fhir.SelectCategory("http://example.org", "survey")), 0)
	})
}
