package terra_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// person is synthetic, like everything in these tests.
var person = record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", Reference: "p-17"}

const day record.Date = "2026-01-05"

func quantity(t testing.TB, text string) *record.Quantity {
	t.Helper()
	var q record.Quantity
	if err := q.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return &q
}

// nutrients reads pairs of key and quantity.
func nutrients(t testing.TB, pairs ...string) record.Nutrients {
	t.Helper()
	var all record.Nutrients
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, record.Nutrient{Key: pairs[i], Quantity: *quantity(t, pairs[i+1])})
	}
	return all
}

// serving reads an amount as "8.00 fl oz"; empty is none.
func serving(t testing.TB, group, food, amount string, pairs ...string) record.Record {
	t.Helper()
	s := record.Serving{Group: group, Food: food, Nutrients: nutrients(t, pairs...)}
	if amount != "" {
		number, unit, _ := strings.Cut(amount, " ")
		s.Amount = &record.Amount{Text: amount, Number: record.Decimal(number), Unit: unit}
	}
	return record.Record{Kind: record.KindServing, Serving: &s}
}

func total(t testing.TB, key, text string) record.Record {
	t.Helper()
	return record.Record{Kind: record.KindTotal, Slot: key, Total: &record.Total{Nutrient: key, Quantity: *quantity(t, text)}}
}

func biometric(t testing.TB, metric, device, text string) record.Record {
	t.Helper()
	return record.Record{Kind: record.KindBiometric, Biometric: &record.Biometric{
		Metric: metric, Device: device, Quantity: quantity(t, text),
	}}
}

func exercise(t testing.TB, name, device, minutes, energy string) record.Record {
	t.Helper()
	x := &record.Exercise{Name: name, Device: device}
	if minutes != "" {
		x.Duration = quantity(t, minutes)
	}
	if energy != "" {
		x.Energy = quantity(t, energy)
	}
	return record.Record{Kind: record.KindExercise, Exercise: x}
}

func note(text string) record.Record {
	return record.Record{Kind: record.KindNote, Note: &record.Note{Text: text}}
}

func timed(r record.Record, clock record.Clock) record.Record {
	r.Time = clock
	return r
}

// stored gives records a day, slots and ids, as a store does, and a zone.
func stored(on record.Date, zone string, records ...record.Record) []record.Record {
	next := map[record.Kind]int{}
	for i := range records {
		r := &records[i]
		r.Day, r.Zone = on, zone
		if r.Slot == "" {
			r.Slot = strconv.Itoa(next[r.Kind])
			next[r.Kind]++
		}
		r.ID = record.NewID(person.ID, r.Kind, r.Day, r.Slot)
	}
	return records
}

// encoded encodes a day and checks each document against its schema.
func encoded(t testing.TB, records []record.Record) ([]mapping.Document, []mapping.Issue) {
	t.Helper()
	docs, issues, err := mapping.Checked(terra.Format{}, person, records)
	if err != nil {
		t.Fatal(err)
	}
	return docs, issues
}

// only returns the one document of a type, decoded, with numbers as written.
func only(t testing.TB, docs []mapping.Document, typ string) map[string]any {
	t.Helper()
	i := slices.IndexFunc(docs, func(d mapping.Document) bool { return d.Type == typ })
	if i < 0 {
		t.Fatalf("no %s among %d documents", typ, len(docs))
	}
	d := json.NewDecoder(bytes.NewReader(docs[i].Body))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// at returns what stands at a path ("meals.0.name") as text, and "absent".
func at(v any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(inner) {
				return "absent"
			}
			v = inner[i]
		default:
			return "absent"
		}
	}
	switch v := v.(type) {
	case nil:
		return "absent"
	case string:
		return v
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
}

// expect compares what stands at paths, given as pairs.
func expect(t testing.TB, v any, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := at(v, pairs[i]); got != pairs[i+1] {
			t.Errorf("%s: got %s, want %s", pairs[i], got, pairs[i+1])
		}
	}
}

// reported fails unless there is exactly one issue of the sort at the path.
func reported(t testing.TB, issues []mapping.Issue, sort mapping.Sort, path string) {
	t.Helper()
	n := 0
	for _, i := range issues {
		if i.Sort == sort && i.Path == path && i.Reason != "" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d issues %s %s, want one of %v", n, sort, path, issues)
	}
}

// aDay has records of every kind.
func aDay(t testing.TB) []record.Record {
	completed := true
	return stored(day, "Europe/Zurich",
		timed(serving(t, "Breakfast", "Oats <rolled> & raw", "0.50 cup", "energy", "153.50 kcal", "folate", "13.00 ug"), "07:30"),
		serving(t, "Lunch", "Water", "8.00 fl oz", "water", "236.59 g"),
		record.Record{Kind: record.KindDay, DayTotals: &record.DayTotals{Completed: &completed, Nutrients: []string{"energy"}}},
		total(t, "energy", "153.50 kcal"),
		timed(exercise(t, "Running", "Garmin", "30.0 min", "310.00 kcal"), "18:00"),
		biometric(t, "weight", "", "150.0 [lb_av]"),
		biometric(t, "sleep", "Garmin", "7.51667 h"),
		biometric(t, "steps", "Garmin", "8432.0 {steps}"),
		timed(note("slept <badly> & long"), "21:15"),
		record.Record{Kind: record.KindFast, Fast: &record.Fast{Name: "16:8"}},
		record.Record{Kind: record.KindTarget, Slot: "iron", Target: &record.Target{Nutrient: "iron", Min: quantity(t, "8.00 mg")}},
		record.Record{Kind: record.KindPlan, Plan: &record.Plan{}},
	)
}
