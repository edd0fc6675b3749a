package fhir_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// at returns what lies at a path of names and indexes in doc, or nil.
func at(doc any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := doc.(map[string]any)
			doc = object[step]
		case int:
			list, _ := doc.([]any)
			if step >= len(list) {
				return nil
			}
			doc = list[step]
		}
	}
	return doc
}

// codesAt lists "system|code" of a concept's codings.
func codesAt(doc any, path ...any) []string {
	list, _ := at(doc, append(path, "coding")...).([]any)
	var all []string
	for i := range list {
		system, _ := at(list, i, "system").(string)
		code, _ := at(list, i, "code").(string)
		all = append(all, system+"|"+code)
	}
	return all
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func quantityOf(value, unit, code string) map[string]any {
	return map[string]any{"value": json.Number(value), "unit": unit, "system": fhir.SystemUCUM, "code": code}
}

func TestEncode(t *testing.T) {
	records := everyKind()
	docs, _, err := mapping.Checked(fhir.Format{}, person, records)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("every record gives one valid resource with its own id and version", func(t *testing.T) {
		if len(docs) != len(records) {
			t.Fatalf("%d resources of %d records", len(docs), len(records))
		}
		for i, d := range docs {
			v := decode(t, d.Body)
			want(t, "id", at(v, "id"), any(records[i].ID))
			want(t, "document's id", d.ID, records[i].ID)
			want(t, "version", at(v, "meta", "versionId"), any("3"))
			want(t, "updated", at(v, "meta", "lastUpdated"), any("2026-01-06T06:08:09.123Z"))
			if !slices.Contains(fhir.KindsOf(d.Type), records[i].Kind) {
				t.Errorf("KindsOf(%s) lacks %s", d.Type, records[i].Kind)
			}
		}
	})
	t.Run("the same records give the same bytes, alone as among others", func(t *testing.T) {
		for i := range records {
			alone, _, err := fhir.Format{}.Encode(person, records[i:i+1])
			if err != nil || !bytes.Equal(alone[0].Body, docs[i].Body) {
				t.Errorf("%s: %v\n%s\n%s", records[i].Kind, err, alone[0].Body, docs[i].Body)
			}
		}
	})
	t.Run("the operator's name for the person is nowhere", func(t *testing.T) {
		for _, d := range docs {
			if bytes.Contains(d.Body, []byte("operator")) {
				t.Errorf("%s", d.Body)
			}
		}
	})
	t.Run("without a store there is no version", func(t *testing.T) {
		r := total("energy", q("1", "kcal"))
		r.Version, r.Updated = 0, time.Time{}
		v, _ := encode(t, fhir.Format{}, r)
		want(t, "meta", at(v, "meta"), nil)
	})
	t.Run("resourceType comes first and text stays as it is", func(t *testing.T) {
		docs, _, _ := fhir.Format{}.Encode(person, []record.Record{serving()})
		if body := string(docs[0].Body); !strings.HasPrefix(body, `{"resourceType":"Observation",`) ||
			!strings.Contains(body, `"valueString":"Porridge \"<oats> & berries\", Grün"`) {
			t.Error(body)
		}
	})
}

func TestTotal(t *testing.T) {
	t.Run("digits stay as written and the unit is a rate", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, total("energy", q("1.50", "kcal")))
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("1.50", "kcal/d", "kcal/d")))
		want(t, "code", codesAt(v, "code"), []string{"http://loinc.org|75298-0", fhir.SystemNutrient + "|energy"})
		want(t, "when", at(v, "effectiveDateTime"), any("2026-01-05"))
		want(t, "category", codesAt(v, "category", 0), []string{fhir.SystemCategory + "|survey"})
		want(t, "status", at(v, "status"), any("final"))
		want(t, "subject", at(v, "subject", "reference"), any("Patient/"+person.ID))
	})
	t.Run("zero is a value", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, total("sodium", q("0.00", "mg")))
		want(t, "value", at(v, "valueQuantity", "value"), any(json.Number("0.00")))
	})
	t.Run("international units are named for people and coded for machines", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, total("vitamin_d", q("600", "[iU]")))
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("600", "IU/d", "[iU]/d")))
	})
	for key, why := range map[string]string{
		"water":     "fluid intake is not all water eaten",
		"vitamin_k": "its LOINC code is a guess",
		"oxalate":   "it has no LOINC code",
	} {
		t.Run(key+" has our own code alone: "+why, func(t *testing.T) {
			v, _ := encode(t, fhir.Format{}, total(key, q("1.0", "mg")))
			want(t, "code", codesAt(v, "code"), []string{fhir.SystemNutrient + "|" + key})
		})
	}
	t.Run("what the vocabulary lacks keeps its name and unit", func(t *testing.T) {
		v, issues := encode(t, fhir.Format{}, total("~Moonbeam", q("1.20", "{drops}")))
		want(t, "code", at(v, "code"), any(map[string]any{"text": "Moonbeam"}))
		want(t, "value", at(v, "valueQuantity"), any(quantityOf("1.20", "drops/d", "{drops}/d")))
		want(t, "issues", issues, []mapping.Issue{{
			Sort: mapping.Unknown, Path: "total.nutrient Moonbeam", Reason: "the vocabulary lacks it; it has its name and no code",
		}})
	})
	t.Run("a missing number is no zero", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, total("sodium", record.Quantity{Unit: "mg"}))
		want(t, "value", at(v, "valueQuantity"), nil)
		want(t, "reason", codesAt(v, "dataAbsentReason"), []string{"http://terminology.hl7.org/CodeSystem/data-absent-reason|unknown"})
	})
	t.Run("a day that is not over is preliminary", func(t *testing.T) {
		r := total("energy", q("1", "kcal"))
		r.Total.Open = true
		v, _ := encode(t, fhir.Format{}, r)
		want(t, "status", at(v, "status"), any("preliminary"))
	})
	t.Run("US Core's category is there if asked for", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{NutritionAssessment: true}, total("energy", q("1", "kcal")))
		want(t, "category", codesAt(v, "category", 1), []string{"http://hl7.org/fhir/us/core/CodeSystem/us-core-category|nutrition-assessment"})
	})
}

func TestSleep(t *testing.T) {
	v, issues := encode(t, fhir.Format{}, sleep())
	want(t, "code", codesAt(v, "code"), []string{"http://loinc.org|93832-4", fhir.SystemRecord + "|sleep"})
	want(t, "start", at(v, "effectivePeriod", "start"), any("2026-01-05T23:04:30+01:00"))
	want(t, "end", at(v, "effectivePeriod", "end"), any("2026-01-06T06:40:00+01:00"))
	want(t, "slept", at(v, "valueQuantity"), any(quantityOf("26970.0", "s", "s")))
	want(t, "deep", at(v, "component", 0, "valueQuantity", "value"), any(json.Number("2400.5")))
	want(t, "light", codesAt(v, "component", 1, "code"), []string{"http://loinc.org|93830-8"})
	want(t, "light", at(v, "component", 1, "valueQuantity", "value"), any(json.Number("24569.5")))
	want(t, "awake", at(v, "component", 2, "valueQuantity", "value"), any(json.Number("60")))
	want(t, "nothing else", at(v, "component", 3), nil)
	want(t, "what is lost", len(issues), 1)

	t.Run("of a time in bed alone nobody knows how long it was slept", func(t *testing.T) {
		r := sleep()
		r.Sleep.Stages = []record.Stage{{Stage: record.StageInBed, At: "0", Length: "27330"}}
		v, _ := encode(t, fhir.Format{}, r)
		want(t, "value", at(v, "valueQuantity"), nil)
		want(t, "reason", codesAt(v, "dataAbsentReason"), []string{"http://terminology.hl7.org/CodeSystem/data-absent-reason|unknown"})
	})
}

func TestExerciseOfAWatch(t *testing.T) {
	r := exercise()
	r.Exercise.EndDay, r.Exercise.EndTime = "2026-01-06", "00:16:30"
	r.Exercise.Distance = qp("8.01", "km")
	r.Exercise.HeartRate = &record.Spread{Average: qp("141.5", "/min"), Max: qp("171", "/min")}
	r.Exercise.Tracks = []record.Track{{What: record.TrackHeartRate, Unit: "/min", Points: record.Points{{At: "0", Value: "121"}}}}
	v, issues := encode(t, fhir.Format{}, r)
	want(t, "the end is the logged one, not start and duration", at(v, "effectivePeriod", "end"), any("2026-01-06T00:16:30Z"))
	want(t, "distance", at(v, "component", 2, "valueQuantity"), any(quantityOf("8.01", "km", "km")))
	want(t, "mean", at(v, "component", 3, "valueQuantity", "value"), any(json.Number("141.5")))
	want(t, "max", codesAt(v, "component", 4, "code"), []string{"http://loinc.org|55426-1"})
	if !slices.ContainsFunc(issues, func(i mapping.Issue) bool { return i.Path == "exercise.tracks" }) {
		t.Errorf("samples are lost without a word: %v", issues)
	}
}

func TestDay(t *testing.T) {
	no := false
	v, _ := encode(t, fhir.Format{}, stored(record.KindDay, record.Record{
		DayTotals: &record.DayTotals{Completed: &no, Open: true, Nutrients: []string{"energy", "~Moonbeam"}},
	}))
	t.Run("the panel's members are the totals of the day", func(t *testing.T) {
		want(t, "code", codesAt(v, "code"), []string{"http://loinc.org|75284-0", fhir.SystemRecord + "|day"})
		for i, key := range []string{"energy", "~Moonbeam"} {
			id := record.NewID(person.ID, record.KindTotal, day, key)
			want(t, key, at(v, "hasMember", i, "reference"), any("Observation/"+id))
		}
		want(t, "status", at(v, "status"), any("preliminary"))
	})
	t.Run("whether the person marked it as completed is a component", func(t *testing.T) {
		want(t, "completed", codesAt(v, "component", 0, "code"), []string{fhir.SystemRecord + "|completed"})
		want(t, "value", at(v, "component", 0, "valueBoolean"), any(false))
	})
	t.Run("a day without totals says that they are not known", func(t *testing.T) {
		v, _ := encode(t, fhir.Format{}, stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{}}))
		want(t, "reason", codesAt(v, "dataAbsentReason"), []string{"http://terminology.hl7.org/CodeSystem/data-absent-reason|unknown"})
	})
}

func TestServing(t *testing.T) {
	v, issues := encode(t, fhir.Format{}, serving())
	t.Run("the food is the value, amount, group, category and nutrients are components", func(t *testing.T) {
		want(t, "code", codesAt(v, "code"), []string{fhir.SystemRecord + "|food"})
		want(t, "amount", at(v, "component", 0, "valueQuantity"),
			any(map[string]any{"value": json.Number("1.50"), "unit": "cup, cooked"}))
		want(t, "group", at(v, "component", 1, "valueString"), any("Breakfast"))
		want(t, "category", at(v, "component", 2, "valueString"), any("Cereal Grains and Pasta"))
		want(t, "energy", codesAt(v, "component", 3, "code"), []string{"http://loinc.org|9052-2", fhir.SystemNutrient + "|energy"})
		want(t, "energy", at(v, "component", 3, "valueQuantity"), any(quantityOf("312.50", "kcal", "kcal")))
		want(t, "a zero", at(v, "component", 4, "valueQuantity", "value"), any(json.Number("0.00")))
		want(t, "protein", codesAt(v, "component", 5, "code"), []string{fhir.SystemNutrient + "|protein"})
		want(t, "unknown", at(v, "component", 7, "code"), any(map[string]any{"text": "Moonbeam"}))
		if len(issues) != 1 || issues[0].Path != "serving.nutrient Moonbeam" {
			t.Errorf("got %+v", issues)
		}
	})
	t.Run("a nutrient that is missing is missing", func(t *testing.T) {
		want(t, "components", len(at(v, "component").([]any)), 8)
	})
	t.Run("time and zone give an instant", func(t *testing.T) {
		want(t, "when", at(v, "effectiveDateTime"), any("2026-01-05T07:32:00+01:00"))
	})
	t.Run("a time without zone is lost and said so", func(t *testing.T) {
		r := serving()
		r.Zone = ""
		v, issues := encode(t, fhir.Format{}, r)
		want(t, "when", at(v, "effectiveDateTime"), any("2026-01-05"))
		if issues[0].Sort != mapping.Lost || issues[0].Path != "serving.time" {
			t.Errorf("got %+v", issues)
		}
	})
	t.Run("grams are a unit of UCUM, a full recipe is none, and some amounts are no number", func(t *testing.T) {
		for _, c := range []struct {
			amount record.Amount
			want   map[string]any
		}{
			{record.Amount{Text: "250.00 g", Number: "250.00", Unit: "g"}, map[string]any{"valueQuantity": quantityOf("250.00", "g", "g")}},
			{record.Amount{Text: "3", Number: "3"}, map[string]any{"valueQuantity": map[string]any{"value": json.Number("3")}}},
			{record.Amount{Text: "a pinch"}, map[string]any{"valueString": "a pinch"}},
		} {
			r := serving()
			r.Serving.Amount = &c.amount
			v, _ := encode(t, fhir.Format{}, r)
			got := at(v, "component", 0).(map[string]any)
			delete(got, "code")
			want(t, c.amount.Text, got, c.want)
		}
	})
	t.Run("characters that FHIR has no place for are left out and reported", func(t *testing.T) {
		r := serving()
		r.Serving.Food = "Oats\x00\u00a0Co\ufeff\u0085"
		v, issues := encode(t, fhir.Format{}, r)
		want(t, "food", at(v, "valueString"), any("Oats Co "))
		if issues[0].Path != "serving.food" {
			t.Errorf("got %+v", issues)
		}
	})
	t.Run("a food without a name has a reason instead of a value", func(t *testing.T) {
		r := serving()
		r.Serving.Food = " "
		v, _ := encode(t, fhir.Format{}, r)
		want(t, "value", at(v, "valueString"), nil)
		want(t, "reason", codesAt(v, "dataAbsentReason"), []string{"http://terminology.hl7.org/CodeSystem/data-absent-reason|unknown"})
	})
	t.Run("a text beyond a mebibyte is cut between characters", func(t *testing.T) {
		r := serving()
		r.Serving.Food = "x" + strings.Repeat("ü", 1<<20)
		v, issues := encode(t, fhir.Format{}, r)
		want(t, "length", len(at(v, "valueString").(string)), 1<<20-1)
		if issues[0].Path != "serving.food" {
			t.Errorf("got %+v", issues)
		}
	})
}

// A serving with all 95 nutrients of the catalogue, from record to checked bytes.
func BenchmarkServing(b *testing.B) {
	r := serving()
	r.Serving.Nutrients = nil
	for _, n := range vocab.Nutrients() {
		r.Serving.Nutrients = append(r.Serving.Nutrients, record.Nutrient{Key: n.Key, Quantity: q("1.50", n.Unit)})
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := (fhir.Format{}).Encode(person, []record.Record{r}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode and check", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := mapping.Checked(fhir.Format{}, person, []record.Record{r}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTotal(b *testing.B) {
	r := total("energy", q("2130.50", "kcal"))
	for b.Loop() {
		if _, _, err := mapping.Checked(fhir.Format{}, person, []record.Record{r}); err != nil {
			b.Fatal(err)
		}
	}
}
