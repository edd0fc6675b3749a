package fhir_test

import (
	"encoding/json"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

const intakeElement = "http://hl7.org/fhir/5.0/StructureDefinition/extension-NutritionIntake."

// extensions returns those with a url, below an element.
func extensions(element any, url string) []any {
	var found []any
	all, _ := at(element, "extension").([]any)
	for _, one := range all {
		if at(one, "url") == url {
			found = append(found, one)
		}
	}
	return found
}

// extension returns the only one with each url on the way down.
func extension(t *testing.T, element any, urls ...string) any {
	t.Helper()
	for _, url := range urls {
		found := extensions(element, url)
		if len(found) != 1 {
			t.Fatalf("%d extensions %s", len(found), url)
		}
		element = found[0]
	}
	return element
}

// consumed returns a part of what was consumed.
func consumed(t *testing.T, intake any, urls ...string) any {
	t.Helper()
	return extension(t, intake, append([]string{intakeElement + "consumedItem"}, urls...)...)
}

func paths(issues []mapping.Issue) []string {
	var all []string
	for _, i := range issues {
		all = append(all, string(i.Sort)+" "+i.Path)
	}
	return all
}

func TestIntake(t *testing.T) {
	v, issues := encode(t, fhir.Intakes{}, serving())
	const datatype = "http://hl7.org/fhir/StructureDefinition/_datatype"
	t.Run("it is a Basic of the profile, with the serving's id, about the person and by them", func(t *testing.T) {
		want(t, "type", at(v, "resourceType"), any("Basic"))
		want(t, "id", at(v, "id"), any(serving().ID))
		want(t, "profile", at(v, "meta", "profile"), any([]any{fhir.ProfileIntake}))
		want(t, "code", codesAt(v, "code"), []string{"http://hl7.org/fhir/fhir-types|NutritionIntake"})
		want(t, "subject", at(v, "subject", "reference"), any("Patient/"+person.ID))
		want(t, "reported", at(extension(t, v, intakeElement+"reported"), "valueReference", "reference"), any("Patient/"+person.ID))
		want(t, "when", at(extension(t, v, intakeElement+"occurrence"), "valueDateTime"), any("2026-01-05T07:32:00+01:00"))
	})
	t.Run("the status is one that modifies", func(t *testing.T) {
		want(t, "status", at(v, "modifierExtension"), any([]any{map[string]any{"url": intakeElement + "status", "valueCode": "completed"}}))
	})
	t.Run("what was consumed has its category, its name and its amount", func(t *testing.T) {
		want(t, "type", at(consumed(t, v, "type"), "valueCodeableConcept"), any(map[string]any{"text": "Cereal Grains and Pasta"}))
		want(t, "datatype", at(consumed(t, v, "nutritionProduct", datatype), "valueString"), any("CodeableReference"))
		want(t, "food", at(consumed(t, v, "nutritionProduct", "concept"), "valueCodeableConcept"), any(map[string]any{"text": serving().Serving.Food}))
		want(t, "amount", at(consumed(t, v, "amount"), "valueQuantity"), any(map[string]any{"value": json.Number("1.50"), "unit": "cup, cooked"}))
	})
	t.Run("nutrients have their digits, and those that are missing are missing", func(t *testing.T) {
		labels := extensions(v, intakeElement+"ingredientLabel")
		want(t, "labels", len(labels), len(serving().Serving.Nutrients))
		want(t, "energy", codesAt(extension(t, labels[0], "nutrient", "concept"), "valueCodeableConcept"), []string{"http://loinc.org|9052-2", fhir.SystemNutrient + "|energy"})
		want(t, "energy", at(extension(t, labels[0], "amount"), "valueQuantity"), any(quantityOf("312.50", "kcal", "kcal")))
		want(t, "a zero", at(extension(t, labels[1], "amount"), "valueQuantity", "value"), any(json.Number("0.00")))
	})
	t.Run("the diary's group has no place, and that is said", func(t *testing.T) {
		want(t, "issues", paths(issues), []string{string(mapping.Lost) + " serving.group", string(mapping.Unknown) + " serving.nutrient Moonbeam"})
	})
	t.Run("an amount without a number has no place either", func(t *testing.T) {
		r := serving()
		r.Serving.Group, r.Serving.Nutrients, r.Serving.Amount = "", nil, &record.Amount{Text: "a pinch"}
		v, issues := encode(t, fhir.Intakes{}, r)
		want(t, "amounts", len(extensions(consumed(t, v), "amount")), 0)
		want(t, "labels", len(extensions(v, intakeElement+"ingredientLabel")), 0)
		want(t, "issues", paths(issues), []string{string(mapping.Lost) + " serving.amount"})
	})
	t.Run("without a category it is food, and without a name there is a reason", func(t *testing.T) {
		r := serving()
		r.Serving.Category, r.Serving.Food = "", " "
		v, _ := encode(t, fhir.Intakes{}, r)
		want(t, "type", codesAt(consumed(t, v, "type"), "valueCodeableConcept"), []string{fhir.SystemRecord + "|food"})
		reason := extension(t, at(consumed(t, v, "nutritionProduct", "concept"), "valueCodeableConcept"), "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
		want(t, "reason", at(reason, "valueCode"), any("unknown"))
	})
	t.Run("a day without an hour stays a day", func(t *testing.T) {
		r := serving()
		r.Time = ""
		v, _ := encode(t, fhir.Intakes{}, r)
		want(t, "when", at(extension(t, v, intakeElement+"occurrence"), "valueDateTime"), any("2026-01-05"))
	})
	t.Run("a label's nutrients alone are emitted where the operator wants no more", func(t *testing.T) {
		v, issues := encode(t, fhir.Intakes{Format: fhir.Format{CoreNutrients: true}}, serving())
		if n := len(extensions(v, intakeElement+"ingredientLabel")); n == 0 || n >= len(serving().Serving.Nutrients) {
			t.Errorf("%d nutrients", n)
		}
		want(t, "issue", issues[len(issues)-1].Path, "serving.nutrients")
	})
	t.Run("nothing else becomes one", func(t *testing.T) {
		docs, _, err := fhir.Intakes{}.Encode(person, everyKind())
		if err != nil {
			t.Fatal(err)
		}
		want(t, "documents", len(docs), 1)
	})
}
