package record_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping/record"
)

const person = "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11"

func serving(food, energy string) record.Record {
	return record.Record{
		Kind: record.KindServing, Day: "2026-01-05",
		Serving: &record.Serving{Food: food, Group: "Lunch", Nutrients: record.Nutrients{
			{Key: "energy", Quantity: record.Quantity{Value: record.Decimal(energy), Unit: "kcal"}},
		}},
	}
}

// apply returns the records after the changes, as a store would keep them.
func apply(have []record.Record, c record.Changes) []record.Record {
	byID := map[string]record.Record{}
	for _, r := range have {
		byID[r.ID] = r
	}
	for _, r := range slices.Concat(c.Added, c.Changed, c.Gone) {
		byID[r.ID] = r.Record
	}
	for _, r := range c.Gone {
		r.Deleted = true
		byID[r.ID] = r.Record
	}
	var all []record.Record
	for _, r := range byID {
		all = append(all, r)
	}
	return all
}

func replace(t testing.TB, have, want []record.Record) record.Changes {
	t.Helper()
	c, err := record.Replace(person, have, want)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReplace(t *testing.T) {
	oats, milk, rice := serving("Oats", "150.00"), serving("Milk", "60.00"), serving("Rice", "130.00")
	day := []record.Record{oats, milk, milk, rice}
	have := apply(nil, replace(t, nil, day))

	t.Run("the same day again changes nothing", func(t *testing.T) {
		if c := replace(t, have, day); !c.None() || c.Kept != 4 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("an edited row keeps its id and its neighbours their versions", func(t *testing.T) {
		c := replace(t, have, []record.Record{oats, milk, serving("Milk", "61.00"), rice})
		if len(c.Changed) != 1 || len(c.Added) != 0 || len(c.Gone) != 0 || c.Kept != 3 {
			t.Fatalf("got %+v", c)
		}
		if got := c.Changed[0].Slot; got != "2" {
			t.Errorf("changed slot %q, want the second milk", got)
		}
	})
	t.Run("a renamed row keeps its id", func(t *testing.T) {
		c := replace(t, have, []record.Record{oats, milk, milk, serving("Rice, brown", "120.00")})
		if len(c.Changed) != 1 || c.Changed[0].Slot != "3" || c.Kept != 3 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("a row taken out is gone and nothing else", func(t *testing.T) {
		c := replace(t, have, []record.Record{milk, milk, rice})
		if len(c.Gone) != 1 || c.Gone[0].Serving.Food != "Oats" || c.Kept != 3 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("a row put in between gets a new id", func(t *testing.T) {
		c := replace(t, have, []record.Record{oats, serving("Tea", "1.00"), milk, milk, rice})
		if len(c.Added) != 1 || c.Added[0].Slot != "4" || c.Kept != 4 {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("a row that comes back takes its own place again", func(t *testing.T) {
		less := apply(have, replace(t, have, []record.Record{milk, milk, rice}))
		c := replace(t, less, day)
		if len(c.Changed) != 1 || c.Changed[0].Slot != "0" || len(c.Added) != 0 {
			t.Errorf("got %+v", c)
		}
	})
}

func TestReplaceTotals(t *testing.T) {
	total := func(nutrient, value string) record.Record {
		return record.Record{Kind: record.KindTotal, Day: "2026-01-05", Total: &record.Total{
			Nutrient: nutrient, Quantity: record.Quantity{Value: record.Decimal(value), Unit: "mg"},
		}}
	}
	have := apply(nil, replace(t, nil, []record.Record{total("sodium", "1500.00"), total("iron", "8.00")}))
	c := replace(t, have, []record.Record{total("iron", "8.00"), total("sodium", "1500.0")})
	if len(c.Changed) != 1 || c.Changed[0].Total.Nutrient != "sodium" || c.Kept != 1 {
		t.Errorf("only sodium differs, got %+v", c)
	}
}

// After any sequence of edits the living records are exactly the last
// document's rows, ids are unique, and replacing once more changes nothing.
func TestReplaceSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var have []record.Record
		for range rapid.IntRange(1, 6).Draw(t, "imports") {
			var want []record.Record
			for range rapid.IntRange(0, 8).Draw(t, "rows") {
				n := rapid.IntRange(0, 5).Draw(t, "food")
				want = append(want, serving(fmt.Sprint("Food ", n), fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "energy"))))
			}
			c, err := record.Replace(person, have, want)
			if err != nil {
				t.Fatal(err)
			}
			have = apply(have, c)
			if got, want := living(t, have), contents(t, want); !slices.Equal(got, want) {
				t.Fatalf("living %v, want %v", got, want)
			}
			again, err := record.Replace(person, have, want)
			if err != nil || !again.None() {
				t.Fatalf("not settled: %+v %v", again, err)
			}
		}
	})
}

func living(t *rapid.T, records []record.Record) []string {
	alive := slices.DeleteFunc(slices.Clone(records), func(r record.Record) bool { return r.Deleted })
	return contents(t, alive)
}

func contents(t *rapid.T, records []record.Record) []string {
	var all []string
	for i := range records {
		c, err := records[i].Content()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(c))
	}
	slices.Sort(all)
	return all
}
