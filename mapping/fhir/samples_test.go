package fhir_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

var person = record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", Reference: "operator's own name"}

const day record.Date = "2026-01-05"

func q(value, unit string) record.Quantity {
	return record.Quantity{Value: record.Decimal(value), Unit: unit}
}

func qp(value, unit string) *record.Quantity { p := q(value, unit); return &p }

// stored gives a record identity and version, as a store does.
func stored(kind record.Kind, r record.Record) record.Record {
	r.Kind, r.Day, r.Slot, r.Version = kind, day, "0", 3
	r.ID = record.NewID(person.ID, kind, day, string(kind)+r.Metric())
	r.Updated = time.Date(2026, 1, 6, 7, 8, 9, 123456789, time.FixedZone("", 3600))
	return r
}

func total(key string, amount record.Quantity) record.Record {
	return stored(record.KindTotal, record.Record{Total: &record.Total{Nutrient: key, Quantity: amount}})
}

func biometric(metric string, amount record.Quantity) record.Record {
	return stored(record.KindBiometric, record.Record{Biometric: &record.Biometric{Metric: metric, Quantity: &amount}})
}

func serving() record.Record {
	return stored(record.KindServing, record.Record{
		Time: "07:32", Zone: "Europe/Berlin",
		Serving: &record.Serving{
			Group: "Breakfast", Food: `Porridge "<oats> & berries", Grün`, Category: "Cereal Grains and Pasta",
			Amount: &record.Amount{Text: "1.50 cup, cooked", Number: "1.50", Unit: "cup, cooked"},
			Nutrients: record.Nutrients{
				{Key: "energy", Quantity: q("312.50", "kcal")},
				{Key: "sodium", Quantity: q("0.00", "mg")},
				{Key: "protein", Quantity: q("5.1", "g")},
				{Key: "vitamin_d", Quantity: q("40.0", "[iU]")},
				{Key: "~Moonbeam", Quantity: q("1.20", "{drops}")},
			},
		},
	})
}

func pressure() record.Record {
	return stored(record.KindBiometric, record.Record{Time: "06:30:15", Zone: "America/New_York", Biometric: &record.Biometric{
		Metric: "blood_pressure", Device: "Withings", Group: "Morning",
		BloodPressure: &record.BloodPressure{Systolic: q("121", "mm[Hg]"), Diastolic: q("79", "mm[Hg]")},
	}})
}

func exercise() record.Record {
	return stored(record.KindExercise, record.Record{Time: "23:30", Zone: "UTC", Exercise: &record.Exercise{
		Name: "Running, 10 km/h", Device: "Garmin", Group: "Evening", Duration: qp("45.50", "min"), Energy: qp("512.25", "kcal"),
	}})
}

func sleep() record.Record {
	return stored(record.KindSleep, record.Record{Time: "23:04:30", Zone: "+01:00", Source: "applehealth", Sleep: &record.Sleep{
		Device: "Apple Watch", EndDay: "2026-01-06", EndTime: "06:40:00",
		Stages: []record.Stage{
			{Stage: record.StageCore, At: "0", Length: "1500"},
			{Stage: record.StageDeep, At: "1500", Length: "2400.5"},
			{Stage: record.StageAwake, At: "3900.5", Length: "60"},
			{Stage: record.StageCore, At: "3960.5", Length: "23069.5"},
		},
	}})
}

func fast() record.Record {
	return stored(record.KindFast, record.Record{Time: "20:00", Zone: "Europe/Berlin", Fast: &record.Fast{
		Name: "16:8", EndDay: "2026-01-06", EndTime: "12:00", Recurrence: "daily", Comments: "went well",
	}})
}

func target(key string, low, high *record.Quantity) record.Record {
	return stored(record.KindTarget, record.Record{Target: &record.Target{Nutrient: key, Min: low, Max: high}})
}

// everyKind is a record of each kind and of each shape that decides about something.
func everyKind() []record.Record {
	yes := true
	return []record.Record{
		stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Completed: &yes, Nutrients: []string{"energy", "sodium"}}}),
		stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Open: true}}),
		total("energy", q("2130.50", "kcal")), total("energy", q("8900.1", "kJ")),
		total("water", q("2400.00", "g")), total("vitamin_k", q("90.1", "ug")), total("~Moonbeam", q("1.20", "{drops}")),
		serving(),
		stored(record.KindMeal, record.Record{Meal: &record.Meal{Group: "Lunch", Open: true, Nutrients: serving().Serving.Nutrients}}),
		exercise(), stored(record.KindExercise, record.Record{Exercise: &record.Exercise{Name: "Juggling"}}),
		biometric("weight", q("72.50", "kg")), biometric("weight", q("11.4", "[stone_av]")),
		biometric("resting_heart_rate", q("52", "/min")), biometric("oxygen_saturation", q("98", "%")),
		biometric("blood_glucose", q("5.4", "mmol/L")), biometric("sleep", q("7.52", "h")),
		sleep(),
		biometric("~Grip", q("42", "1")), pressure(),
		stored(record.KindBiometric, record.Record{Biometric: &record.Biometric{Metric: "mood", Text: "so-so"}}),
		stored(record.KindNote, record.Record{Note: &record.Note{Group: "Lunch", Text: "felt fine <b>really</b>"}}),
		fast(), stored(record.KindFast, record.Record{Fast: &record.Fast{}}),
		target("energy", qp("2000", "kcal"), qp("2200", "kcal")), target("sodium", nil, qp("2300", "mg")),
		target("fiber", qp("30", "g"), nil), target("protein", qp("90", "g"), qp("90", "g")),
		stored(record.KindPlan, record.Record{Plan: &record.Plan{Targets: []record.Target{
			{Nutrient: "energy", Min: qp("2000", "kcal"), Max: qp("2200", "kcal")},
			{Nutrient: "sodium", Max: qp("2300", "mg")},
			{Nutrient: "~Moonbeam", Min: qp("1", "{drops}")},
		}}}),
		stored(record.KindPlan, record.Record{Plan: &record.Plan{}}),
	}
}

// encode returns the one document of r and what was lost on the way.
func encode(t *testing.T, f mapping.Format, r record.Record) (map[string]any, []mapping.Issue) {
	t.Helper()
	docs, issues, err := mapping.Checked(f, person, []record.Record{r})
	if err != nil {
		t.Fatal(err)
	}
	if len(docs) != 1 {
		t.Fatalf("got %d documents", len(docs))
	}
	return decode(t, docs[0].Body), issues
}

func decode(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
