package fhir_test

import (
	"encoding/json"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

const profiles = "http://hl7.org/fhir/StructureDefinition/"

func TestBiometric(t *testing.T) {
	for _, c := range []struct {
		claim   string
		record  record.Record
		codes   []string
		profile any
	}{
		{"a weight in kilograms is R4's body weight", biometric("weight", q("72.50", "kg")), []string{"29463-7"}, profiles + "bodyweight"},
		{"a weight in no unit has no LOINC code", biometric("weight", q("72.5", "1")), nil, nil},
		{"a resting heart rate is a heart rate, too", biometric("resting_heart_rate", q("52", "/min")), []string{"40443-4", "8867-4"}, profiles + "heartrate"},
		{"oxygen saturation has the profile's code", biometric("oxygen_saturation", q("98", "%")), []string{"59408-5", "2708-6"}, profiles + "oxygensat"},
		{"glucose by mass", biometric("blood_glucose", q("97", "mg/dL")), []string{"2339-0"}, nil},
		{"glucose by substance", biometric("blood_glucose", q("5.4", "mmol/L")), []string{"15074-8"}, nil},
		{"blood pressure is a panel", pressure(), []string{"85354-9"}, profiles + "bp"},
		{"ketones have our own code alone", biometric("ketones", q("0.8", "mmol/L")), nil, nil},
	} {
		t.Run(c.claim, func(t *testing.T) {
			v, issues := encode(t, fhir.Format{}, c.record)
			var codes []string
			for _, code := range c.codes {
				codes = append(codes, "http://loinc.org|"+code)
			}
			want(t, "codes", codesAt(v, "code"), append(codes, fhir.SystemBiometric+"|"+c.record.Biometric.Metric))
			want(t, "profile", at(v, "meta", "profile", 0), c.profile)
			want(t, "issues", len(issues), 0)
		})
	}
	t.Run("a weight in stone is converted to a unit that the profile allows", func(t *testing.T) {
		v, issues := encode(t, fhir.Format{}, biometric("weight", q("11.4", "[stone_av]")))
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("72.393", "kg", "kg")))
		want(t, "profile", at(v, "meta", "profile", 0), any(profiles+"bodyweight"))
		want(t, "issues", len(issues), 1)
	})
	t.Run("blood pressure has two components, a device and no value", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, pressure())
		want(t, "systolic", codesAt(v, "component", 0, "code"), []string{"http://loinc.org|8480-6"})
		want(t, "systolic", at(v, "component", 0, "valueQuantity"), any(quantityOf("121", "mmHg", "mm[Hg]")))
		want(t, "diastolic", at(v, "component", 1, "valueQuantity", "value"), any(json.Number("79")))
		want(t, "value", at(v, "valueQuantity"), nil)
		want(t, "device", at(v, "device", "display"), any("Withings"))
		want(t, "when", at(v, "effectiveDateTime"), any("2026-01-05T06:30:15-05:00"))
		want(t, "group", at(v, "note", 0, "text"), any("Diary group: Morning"))
	})
	t.Run("the unit stays the one that was logged", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, biometric("weight", q("160.0", "[lb_av]")))
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("160.0", "lb", "[lb_av]")))
	})
	t.Run("a value that is no number is a text", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, stored(record.KindBiometric, record.Record{Biometric: &record.Biometric{Metric: "mood", Text: "so-so"}}))
		want(t, "value", at(v, "valueString"), any("so-so"))
	})
	t.Run("what the vocabulary lacks has a name and no category", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, biometric("~Grip", q("42", "{kp}")))
		want(t, "code", at(v, "code"), any(map[string]any{"text": "Grip"}))
		want(t, "category", at(v, "category"), nil)
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("42", "kp", "{kp}")))
	})
}

func TestExercise(t *testing.T) {
	v, _ := encode(t, fhir.Format{}, exercise())
	t.Run("the exercise is coded, its length and energy are components", func(t *testing.T) {
		want(t, "code", codesAt(v, "code"), []string{"http://loinc.org|73985-4", fhir.SystemRecord + "|exercise"})
		want(t, "which", at(v, "valueCodeableConcept", "text"), any("Running, 10 km/h"))
		want(t, "which", codesAt(v, "valueCodeableConcept"), []string{"http://loinc.org|LA11836-6"})
		want(t, "length", codesAt(v, "component", 0, "code"), []string{"http://loinc.org|55411-3"})
		want(t, "length", at(v, "component", 0, "valueQuantity"), any(quantityOf("45.50", "min", "min")))
		want(t, "energy", codesAt(v, "component", 1, "code"), []string{"http://loinc.org|55424-6"})
		want(t, "energy", at(v, "component", 1, "valueQuantity"), any(quantityOf("512.25", "kcal", "kcal")))
		want(t, "category", codesAt(v, "category", 0), []string{fhir.SystemCategory + "|activity"})
	})
	t.Run("start, zone and length give a period", func(t *testing.T) {
		want(t, "when", at(v, "effectivePeriod"), any(map[string]any{"start": "2026-01-05T23:30:00Z", "end": "2026-01-06T00:15:30Z"}))
	})
	t.Run("an exercise without time has its day, and one that LOINC lacks its name", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, stored(record.KindExercise, record.Record{Exercise: &record.Exercise{Name: "Juggling", Duration: qp("5", "min")}}))
		want(t, "when", at(v, "effectiveDateTime"), any("2026-01-05"))
		want(t, "which", at(v, "valueCodeableConcept"), any(map[string]any{"text": "Juggling"}))
	})
}

func TestNote(t *testing.T) {
	v, _ := encode(t, fhir.Format{}, stored(record.KindNote, record.Record{Note: &record.Note{Group: "Lunch", Text: "line one\nline <b>two</b>"}}))
	want(t, "code", codesAt(v, "code"), []string{fhir.SystemRecord + "|note"})
	want(t, "text", at(v, "valueString"), any("line one\nline <b>two</b>"))
	want(t, "group", at(v, "component", 0, "valueString"), any("Lunch"))
}

func TestFast(t *testing.T) {
	t.Run("an ended fast is a period", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, fast())
		period := map[string]any{"start": "2026-01-05T20:00:00+01:00", "end": "2026-01-06T12:00:00+01:00"}
		want(t, "when", at(v, "effectivePeriod"), any(period))
		want(t, "value", at(v, "valuePeriod"), any(period))
		want(t, "status", at(v, "status"), any("final"))
		for i, part := range []string{"name", "recurrence", "comments"} {
			want(t, part, codesAt(v, "component", i, "code"), []string{fhir.SystemRecord + "|" + part})
		}
	})
	t.Run("a running fast has no end and is preliminary", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, stored(record.KindFast, record.Record{Fast: &record.Fast{}}))
		want(t, "when", at(v, "effectivePeriod"), any(map[string]any{"start": "2026-01-05"}))
		want(t, "status", at(v, "status"), any("preliminary"))
	})
	t.Run("an end before the start is left out and said so", func(t *testing.T) {
		r := fast()
		r.Fast.EndDay = "2026-01-04"
		v, issues := encode(t, fhir.Format{}, r)
		want(t, "end", at(v, "effectivePeriod", "end"), nil)
		if len(issues) != 1 || issues[0].Path != "fast.end_day" {
			t.Errorf("got %+v", issues)
		}
	})
}

func TestGoal(t *testing.T) {
	energy := func(value string) map[string]any { return quantityOf(value, "kcal/d", "kcal/d") }
	for _, c := range []struct {
		claim     string
		low, high *record.Quantity
		text      string
		target    map[string]any
	}{
		{
			"two bounds are a range", qp("2000", "kcal"), qp("2200.0", "kcal"), "Energy: 2000 to 2200.0 kcal per day",
			map[string]any{"detailRange": map[string]any{"low": energy("2000"), "high": energy("2200.0")}},
		},
		{
			"a lower bound alone is an open range", qp("2000", "kcal"), nil, "Energy: at least 2000 kcal per day",
			map[string]any{"detailRange": map[string]any{"low": energy("2000")}},
		},
		{
			"an upper bound alone is an open range", nil, qp("0", "kcal"), "Energy: at most 0 kcal per day",
			map[string]any{"detailRange": map[string]any{"high": energy("0")}},
		},
		{
			"one value is a quantity", qp("2000", "kcal"), qp("2000", "kcal"), "Energy: 2000 kcal per day",
			map[string]any{"detailQuantity": energy("2000")},
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			v, _ := encode(t, fhir.Format{}, target("energy", c.low, c.high))
			want(t, "words", at(v, "description", "text"), any(c.text))
			want(t, "measure", codesAt(v, "target", 0, "measure"), []string{"http://loinc.org|75298-0", fhir.SystemNutrient + "|energy"})
			got := at(v, "target", 0).(map[string]any)
			delete(got, "measure")
			want(t, "target", got, c.target)
			want(t, "start", at(v, "startDate"), any("2026-01-05"))
			want(t, "status", at(v, "lifecycleStatus"), any("active"))
		})
	}
	t.Run("bounds the wrong way round stay in words only", func(t *testing.T) {
		v, issues := encode(t, fhir.Format{}, target("energy", qp("2200", "kcal"), qp("900", "kcal")))
		want(t, "target", at(v, "target"), nil)
		if len(issues) != 1 || issues[0].Sort != mapping.Lost {
			t.Errorf("got %+v", issues)
		}
	})
}

func TestNutritionOrder(t *testing.T) {
	plan := stored(record.KindPlan, record.Record{Plan: &record.Plan{Targets: []record.Target{
		{Nutrient: "sodium", Max: qp("2300", "mg")},
		{Nutrient: "energy", Min: qp("2000", "kcal"), Max: qp("2200", "kcal")},
	}}})
	v, issues := encode(t, fhir.Format{}, plan)
	t.Run("it is a plan that the person made and nobody ordered", func(t *testing.T) {
		want(t, "intent", at(v, "intent"), any("plan"))
		want(t, "status", at(v, "status"), any("active"))
		want(t, "orderer", at(v, "orderer"), nil)
		want(t, "note", at(v, "note", 0, "text"), any("Set by the person, not a clinician's order."))
		want(t, "when", at(v, "dateTime"), any("2026-01-05"))
	})
	t.Run("a single bound is the amount, and a range is told in words", func(t *testing.T) {
		nutrient := at(v, "oralDiet", "nutrient")
		want(t, "sodium", codesAt(nutrient, 0, "modifier"), []string{"http://snomed.info/sct|39972003", fhir.SystemNutrient + "|sodium"})
		want(t, "sodium", at(nutrient, 0, "amount"), any(quantityOf("2300", "mg", "mg")))
		want(t, "energy", at(nutrient, 1, "amount"), nil)
		want(t, "words", at(v, "oralDiet", "instruction"), any("Sodium: at most 2300 mg per day; Energy: 2000 to 2200 kcal per day"))
		if len(issues) != 2 || issues[0].Path != "plan.targets" || issues[1].Path != "plan.targets" {
			t.Errorf("want one issue for the single bound and one for the range, got %+v", issues)
		}
	})
	t.Run("SNOMED's codes can be left out", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{WithoutSNOMED: true}, plan)
		want(t, "sodium", codesAt(v, "oralDiet", "nutrient", 0, "modifier"), []string{fhir.SystemNutrient + "|sodium"})
	})
}

func TestCoreNutrients(t *testing.T) {
	f := fhir.Format{CoreNutrients: true}
	t.Run("a label's nutrient has a total, another has none", func(t *testing.T) {
		docs, issues, err := mapping.Checked(f, person, []record.Record{
			total("sodium", q("1", "mg")), total("vitamin_k", q("1", "ug")), total("~Moonbeam", q("1", "{drops}")),
		})
		if err != nil || len(docs) != 1 || len(issues) != 1 || issues[0].Sort != mapping.Lost {
			t.Errorf("got %d documents, %v, %v", len(docs), issues, err)
		}
	})
	t.Run("a panel lists what is emitted", func(t *testing.T) {
		d := stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Nutrients: []string{"energy", "vitamin_k", "sodium"}}})
		v, _ := encode(t, f, d)
		want(t, "members", len(at(v, "hasMember").([]any)), 2)
	})
	t.Run("a panel of which nothing is emitted says that it has no value", func(t *testing.T) {
		v, _ := encode(t, f, stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Nutrients: []string{"vitamin_k"}}}))
		want(t, "members", at(v, "hasMember"), nil)
		want(t, "reason", at(v, "dataAbsentReason", "coding", 0, "code"), any("unknown"))
	})
	t.Run("so does a serving", func(t *testing.T) {
		all, _ := encode(t, fhir.Format{}, serving())
		core, issues := encode(t, f, serving())
		want(t, "components fewer", len(at(all, "component").([]any))-len(at(core, "component").([]any)), 1)
		want(t, "issues", len(issues), 1)
	})
	t.Run("they are those of a label and three more", func(t *testing.T) {
		want(t, "nutrients", len(f.EmittedNutrients()), 18)
		want(t, "all", len(fhir.Format{}.EmittedNutrients()), len(vocab.Nutrients()))
	})
}
