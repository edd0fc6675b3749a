package terra_test

import (
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

func TestNutritionUnits(t *testing.T) {
	docs, issues := encoded(t, stored(day, "",
		total(t, "folate", "379.00 ug"), total(t, "selenium", "142.00 ug"), total(t, "vitamin_d", "131.00 [iU]"),
		total(t, "vitamin_b12", "2.40 ug"), total(t, "sodium", "1500.00 mg"), total(t, "energy", "8368.00 kJ"),
		total(t, "iron", "0.00 mg"), total(t, "oxalate", "12.00 mg"), total(t, "vitamin_a_iu", "900.00 [iU]"),
		total(t, "~Moonbeam", "1.00 {rays}"),
	))
	n := only(t, docs, "nutrition")

	t.Run("micrograms become milligrams: 379.00 ug of folate are never 379 mg", func(t *testing.T) {
		expect(t, n, "summary.micros.folate_mg", "0.37900", "summary.micros.selenium_mg", "0.14200", "summary.micros.vitamin_B12_mg", "0.00240")
	})
	t.Run("international units of vitamin D become milligrams: 131 IU are never 131 mg", func(t *testing.T) {
		expect(t, n, "summary.micros.vitamin_D_mg", "0.003275000")
	})
	t.Run("kilojoules become kilocalories", func(t *testing.T) {
		expect(t, n, "summary.macros.calories", "2000.0000")
	})
	t.Run("digits stay as written where the unit is the same, and sodium is in both groups", func(t *testing.T) {
		expect(t, n, "summary.macros.sodium_mg", "1500.00", "summary.micros.sodium_mg", "1500.00")
	})
	t.Run("a measured zero stays and a missing nutrient is absent", func(t *testing.T) {
		expect(t, n, "summary.micros.iron_mg", "0.00", "summary.micros.zinc_mg", "absent", "summary.water_ml", "absent")
	})
	t.Run("nutrients without a field are reported", func(t *testing.T) {
		for _, path := range []string{"total.oxalate", "total.vitamin_a_iu", "total.~Moonbeam"} {
			reported(t, issues, mapping.Lost, path)
		}
	})
	t.Run("a value that the field cannot hold is left out and reported", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", total(t, "net_carbohydrates", "-0.20 g"), total(t, "fat", "1.00 g"), total(t, "iron", "3.00 kcal")))
		expect(t, only(t, docs, "nutrition"), "summary.macros", `{"fat_g":1.00}`)
		reported(t, issues, mapping.Lost, "total.net_carbohydrates")
		reported(t, issues, mapping.Lost, "total.iron")
	})
}

func TestNutritionSummary(t *testing.T) {
	oats := serving(t, "Breakfast", "Oats", "40.00 g", "energy", "150.00 kcal", "iron", "1.70 mg", "vitamin_c", "0.00 mg")
	milk := serving(t, "Breakfast", "Milk", "1.00 cup", "energy", "60.1 kcal")

	t.Run("the source's totals stand, whatever the servings add up to", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", oats, milk, total(t, "energy", "1999.99 kcal")))
		expect(t, only(t, docs, "nutrition"), "summary", `{"macros":{"calories":1999.99}}`, "meals.1.macros", `{"calories":60.1}`)
	})
	t.Run("a day without totals is summed up exactly, and says so", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", oats, milk))
		expect(t, only(t, docs, "nutrition"),
			"summary.macros", `{"calories":210.10}`, "summary.micros", `{"iron_mg":1.70,"vitamin_C_mg":0.00}`)
		reported(t, issues, mapping.Assumed, "total")
	})
	t.Run("food of two sources is added up, and that is said", func(t *testing.T) {
		other := milk
		other.Source = "applehealth"
		_, issues := encoded(t, stored(day, "", oats, other))
		reported(t, issues, mapping.Assumed, "total.source")
		_, issues = encoded(t, stored(day, "", oats, milk))
		for _, i := range issues {
			if i.Path == "total.source" {
				t.Errorf("one source alone: %v", i)
			}
		}
	})
	t.Run("mixed units are summed in that of the first", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", milk, serving(t, "", "Bar", "", "energy", "418.4 kJ")))
		expect(t, only(t, docs, "nutrition"), "summary.macros.calories", "160.100")
	})
	t.Run("a short file has meals without nutrients and no summary", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", serving(t, "Lunch", "Soup", "1.00 full recipe")))
		expect(t, only(t, docs, "nutrition"), "summary", "absent", "meals.0.macros", "{}", "meals.0.micros", "{}")
		for _, i := range issues {
			if i.Path == "total" {
				t.Errorf("nothing was summed: %v", i)
			}
		}
	})
}

func TestMeals(t *testing.T) {
	docs, issues := encoded(t, stored(day, "",
		timed(serving(t, "Breakfast", "Oats", "0.50 cup, dry", "energy", "153.50 kcal"), "07:30"),
		serving(t, "SNACKS ", "Banana", `1.00 medium - 7" to 7 7/8" long`),
		serving(t, "After the gym", "Shake", "2.00 full recipe"),
		serving(t, "", "Bread", ""),
		serving(t, "Dinner", "Eggs, hard boiled", "2.00 large"),
		serving(t, "Dinner", "Soup", "0.25 L"),
		timed(serving(t, "Dinner", "Midnight tea", "1.00 tsp"), "00:00"),
		serving(t, "Dinner", "Eggplant, Raw", "1.00 medium"),
		serving(t, "Dinner", "Egg, Whole, Raw", "1.00 medium"),
	))
	n := only(t, docs, "nutrition")

	t.Run("one meal for each serving, typed by its group", func(t *testing.T) {
		expect(t, n, "meals.0.name", "Oats", "meals.0.type", "1", "meals.1.type", "6", "meals.2.type", "0", "meals.3.type", "0",
			"meals.0.id", record.NewID(person.ID, record.KindServing, day, "0"))
		reported(t, issues, mapping.Lost, "serving.group")
	})
	t.Run("amounts in Terra's units, digits as written", func(t *testing.T) {
		expect(t, n, "meals.0.quantity", `{"amount":0.50,"unit":4}`, "meals.1.quantity", `{"amount":1.00,"unit":10}`,
			"meals.4.quantity", `{"amount":2.00,"unit":6}`, "meals.5.quantity", `{"amount":250,"unit":8}`)
	})
	t.Run("an egg's size is a unit of its own, an eggplant's is not", func(t *testing.T) {
		expect(t, n, "meals.7.quantity", `{"amount":1.00,"unit":10}`, "meals.8.quantity", `{"amount":1.00,"unit":5}`)
	})
	t.Run("a measure that Terra lacks keeps its number beside unit 0", func(t *testing.T) {
		expect(t, n, "meals.2.quantity", `{"amount":2.00,"unit":0}`)
		reported(t, issues, mapping.Lost, "serving.amount.unit")
	})
	t.Run("no amount is one of an unknown unit, and an assumption", func(t *testing.T) {
		expect(t, n, "meals.3.quantity", `{"amount":1,"unit":0}`)
		reported(t, issues, mapping.Assumed, "serving.amount")
	})
	t.Run("an amount in words is lost", func(t *testing.T) {
		r := serving(t, "", "Salt", "")
		r.Serving.Amount = &record.Amount{Text: "a pinch"}
		_, issues := encoded(t, stored(day, "", r))
		reported(t, issues, mapping.Assumed, "serving.amount")
		reported(t, issues, mapping.Lost, "serving.amount.text")
	})
	t.Run("a remark behind the unit is reported", func(t *testing.T) {
		_, issues := encoded(t, stored(day, "", serving(t, "", "Oats", "0.50 cup, dry")))
		reported(t, issues, mapping.Lost, "serving.amount.remark")
		_, issues = encoded(t, stored(day, "", serving(t, "", "Egg", "1.00 large"), serving(t, "", "Oats", "0.50 cup")))
		for _, i := range issues {
			if i.Path == "serving.amount.remark" {
				t.Errorf("issue: %v", i)
			}
		}
	})
	t.Run("without a time the thousandths keep the order, and a logged midnight differs", func(t *testing.T) {
		expect(t, n, "meals.0.timestamp", "2026-01-05T07:30:00.000000", "meals.1.timestamp", "2026-01-05T00:00:00.002000",
			"meals.6.timestamp", "2026-01-05T00:00:00.000000")
	})
	t.Run("beyond 999 the marker stays within its second", func(t *testing.T) {
		r := serving(t, "", "Crumb", "1.00 g")
		r.Slot = "4711"
		docs, _ := encoded(t, stored(day, "", r))
		expect(t, only(t, docs, "nutrition"), "meals.0.timestamp", "2026-01-05T00:00:00.999000")
	})
}

func TestMealsOfGroups(t *testing.T) {
	group := func(name, energy string) record.Record {
		return record.Record{Kind: record.KindMeal, Slot: name, Meal: &record.Meal{Group: name, Nutrients: nutrients(t, "energy", energy)}}
	}
	t.Run("groups stand for meals on a day without servings, and are summed without totals", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", group("Breakfast", "300.00 kcal"), group("Dinner", "700.50 kcal")))
		n := only(t, docs, "nutrition")
		expect(t, n, "meals.1.name", "Dinner", "meals.1.type", "5", "meals.1.quantity", `{"amount":1,"unit":0}`,
			"meals.1.timestamp", "2026-01-05T00:00:00.002000", "summary.macros.calories", "1000.50")
		reported(t, issues, mapping.Assumed, "meal")
	})
	t.Run("beside servings they are left out, and reported", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", serving(t, "Dinner", "Soup", "1.00 cup"), group("Dinner", "700.00 kcal")))
		n := only(t, docs, "nutrition")
		expect(t, n, "meals.0.name", "Soup", "meals.1", "absent", "summary", "absent")
		reported(t, issues, mapping.Lost, "meal")
	})
}

func TestWater(t *testing.T) {
	for _, c := range []struct {
		name     string
		servings []record.Record
		want     string
		issue    mapping.Sort
	}{
		{"by volume", []record.Record{serving(t, "", "Water", "8.00 fl oz", "water", "236.59 g"), serving(t, "", "Tap Water", "250.00 ml")}, "486.59", ""},
		{"by its mass where the amount is no volume", []record.Record{serving(t, "", "Water", "1.00 glass", "water", "240.00 g")}, "240.00", mapping.Assumed},
		{"not from other foods", []record.Record{serving(t, "", "Soup", "1.00 cup", "water", "200.00 g")}, "absent", ""},
		{"not known where there is neither volume nor mass", []record.Record{serving(t, "", "Water", "1.00 glass")}, "absent", mapping.Lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, issues := encoded(t, stored(day, "", c.servings...))
			expect(t, only(t, docs, "nutrition"), "summary.water_ml", c.want)
			if c.issue != "" {
				reported(t, issues, c.issue, "serving.water")
			}
		})
	}
	t.Run("the day's total of water, which is in food too, is no water drunk", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", total(t, "water", "2100.00 g")))
		expect(t, only(t, docs, "nutrition"), "summary.water_ml", "absent")
		reported(t, issues, mapping.Lost, "total.water")
	})
}

func TestDayBounds(t *testing.T) {
	for _, c := range []struct {
		name, zone, start, end string
		day                    record.Date
	}{
		{"without a zone there is no offset", "", "2026-01-05T00:00:00.000000", "2026-01-06T00:00:00.000000", day},
		{"with a zone there is", "Europe/Zurich", "2026-01-05T00:00:00.000000+01:00", "2026-01-06T00:00:00.000000+01:00", day},
		{"a short day ends at the next midnight with its own offset", "Europe/Zurich", "2026-03-29T00:00:00.000000+01:00", "2026-03-30T00:00:00.000000+02:00", "2026-03-29"},
		{"a long day too", "America/New_York", "2026-11-01T00:00:00.000000-04:00", "2026-11-02T00:00:00.000000-05:00", "2026-11-01"},
		{"a midnight that the clocks skipped is still written as midnight", "Africa/Cairo", "2026-04-24T00:00:00.000000+02:00", "2026-04-25T00:00:00.000000+03:00", "2026-04-24"},
		{"UTC has an offset like any zone", "UTC", "2026-12-31T00:00:00.000000+00:00", "2027-01-01T00:00:00.000000+00:00", "2026-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, _ := encoded(t, stored(c.day, c.zone, total(t, "energy", "1.00 kcal")))
			expect(t, only(t, docs, "nutrition"), "metadata.start_time", c.start, "metadata.end_time", c.end, "metadata.timestamp_localization", "1")
		})
	}
	t.Run("a time that the clocks skipped is an assumption", func(t *testing.T) {
		docs, issues := encoded(t, stored("2026-03-29", "Europe/Zurich", timed(serving(t, "", "Tea", "1.00 cup"), "02:30")))
		if got := at(only(t, docs, "nutrition"), "meals.0.timestamp"); got != "2026-03-29T03:30:00.000000+02:00" && got != "2026-03-29T01:30:00.000000+01:00" {
			t.Errorf("got %s", got)
		}
		reported(t, issues, mapping.Assumed, "serving.time")
	})
}
