package applehealth_test

import (
	"strings"
	"testing"

	"nutrigate/mapping"
)

func dietary(typ, unit, at, value string, inside ...string) string {
	return `<Record type="HKQuantityTypeIdentifierDietary` + typ + `" sourceName="Diary" unit="` + unit + `" startDate="` + at + `" endDate="` + at + `" value="` + value + `">` + strings.Join(inside, "") + `</Record>`
}

func food(name, at string, parts ...string) string {
	return `<Correlation type="HKCorrelationTypeIdentifierFood" sourceName="Diary" startDate="` + at + `" endDate="` + at + `">` +
		`<MetadataEntry key="HKFoodType" value="` + name + `"/>` + strings.Join(parts, "") + `</Correlation>`
}

func TestFood(t *testing.T) {
	const at, other = "2026-01-05 08:00:00 +0100", "2026-01-05 09:00:00 +0100"
	energy, iron := dietary("EnergyConsumed", "kcal", at, "105.10"), dietary("Iron", "mg", at, "0.30")
	named := func(s string) string {
		return strings.Replace(s, "></Record>", `><MetadataEntry key="HKFoodType" value="Pear"/></Record>`, 1)
	}
	const head = `"kind":"serving","day":"2026-01-05","time":"08:00:00","zone":"+01:00","source":"applehealth","serving":`
	for name, c := range map[string]struct {
		doc, want string
	}{
		"a food has its name and its nutrients, once": {
			health(energy, iron, food("Banana", at, energy, iron)),
			`{"food":"Banana","nutrients":{"energy":"105.10 kcal","iron":"0.30 mg"}}`,
		},
		"nutrients of one time by themselves are a serving without a name": {
			health(energy, iron), `{"food":"","nutrients":{"energy":"105.10 kcal","iron":"0.30 mg"}}`,
		},
		"unless each of them has one": {
			health(named(energy), named(iron)), `{"food":"Pear","nutrients":{"energy":"105.10 kcal","iron":"0.30 mg"}}`,
		},
		"water by itself was drunk": {
			health(dietary("Water", "mL", at, "250.0")), `{"food":"Water","amount":{"text":"250.0 mL","number":"250.0","unit":"mL"}}`,
		},
		"water among nutrients is in the food": {
			health(energy, dietary("Water", "mL", at, "75")), `{"food":"","nutrients":{"energy":"105.10 kcal","~Water":"75 mL"}}`,
		},
		"vitamin D is counted in international units": {
			health(dietary("VitaminD", "mcg", at, "10")), `{"food":"","nutrients":{"vitamin_d":"400.0 [iU]"}}`,
		},
		"large calories are kilocalories, and ounces are grams": {
			health(dietary("EnergyConsumed", "Cal", at, "12"), dietary("Protein", "oz", at, "1")),
			`{"food":"","nutrients":{"energy":"12 kcal","protein":"28.3 g"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			list, _ := records(t, c.doc)
			if got := said(t, list); got != "{"+head+c.want+"}\n" {
				t.Errorf("got  %swant {%s%s}", got, head, c.want)
			}
		})
	}
	t.Run("the same nutrient twice is two servings, and so is another time", func(t *testing.T) {
		if list, _ := records(t, health(energy, iron, energy, dietary("Iron", "mg", other, "1"))); len(list) != 3 {
			t.Errorf("got\n%s", said(t, list))
		}
	})
	t.Run("what Cronometer wrote is told of", func(t *testing.T) {
		_, e := records(t, health(strings.Replace(energy, `"Diary"`, `"Cronometer"`, 1)))
		if !hasIssue(e, mapping.Assumed, "Dietary sourceName Cronometer") {
			t.Errorf("issues %v", e.Issues())
		}
	})
	t.Run("an amount below zero is left out and told", func(t *testing.T) {
		list, e := records(t, health(dietary("Iron", "mg", at, "-1")))
		if len(list) != 0 || !hasIssue(e, mapping.Lost, "HKQuantityTypeIdentifierDietaryIron") {
			t.Errorf("got %s, %v", said(t, list), e.Issues())
		}
	})
}
