package cronometer

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

//go:embed macros.csv
var macrosCSV []byte

// macros has the nutrient of each of the API's macros.
var macros = sync.OnceValue(func() map[string]nutrientColumn {
	all := map[string]nutrientColumn{}
	for _, c := range mustRead("macros.csv", macrosCSV, "macro,key,unit,source") {
		all[c[0]] = nutrientColumn{key: c[1], unit: c[2]}
	}
	return all
})

// A diaryDay is one day of a diary_summary.
type diaryDay struct {
	Day       record.Date                `json:"day"`
	Completed *bool                      `json:"completed"`
	Nutrients map[string]json.RawMessage `json:"nutrients"`
	Metrics   []json.RawMessage          `json:"metrics"`
	Foods     *[]diaryGroup              `json:"foods"`
}

type diaryGroup struct {
	Name   string                     `json:"name"`
	Macros map[string]json.RawMessage `json:"macros"`
	Foods  []struct {
		Name    string `json:"name"`
		Serving string `json:"serving"`
	} `json:"foods"`
}

// diaries reads the three shapes: one day, days by their dates, a list of days.
func (a *Answer) diaries(doc []byte) error {
	a.kinds = []record.Kind{record.KindServing, record.KindDay, record.KindTotal, record.KindMeal}
	var list []json.RawMessage
	if json.Unmarshal(doc, &list) != nil {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(doc, &object); err != nil {
			return a.fault("", "not an object")
		}
		if _, one := object["day"]; one {
			list = []json.RawMessage{doc}
		} else {
			for _, date := range slices.Sorted(maps.Keys(object)) {
				list = append(list, object[date])
			}
		}
	}
	for _, one := range list {
		if err := a.diary(one); err != nil {
			return err
		}
	}
	return nil
}

func (a *Answer) diary(doc json.RawMessage) error {
	var d diaryDay
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &d) != nil || json.Unmarshal(doc, &members) != nil {
		return a.fault("day", "not a day")
	}
	if a.batches[d.Day] != nil {
		return a.fault(string(d.Day), "the day is there twice")
	}
	// What macros has at this place is in nutrients too.
	a.unknown("diary_summary", members, "day", "completed", "nutrients", "macros", "foods", "metrics", "food_grams")
	if grams := members["food_grams"]; len(grams) > 0 && string(grams) != "null" {
		a.issues.add(mapping.Lost, "diary_summary member food_grams", "records have no place for the weight of all food")
	}
	if len(d.Metrics) > 0 {
		a.issues.add(mapping.Lost, "diary_summary member metrics", "measurements are read from biometric_summary")
	}
	b := a.batch(d.Day)
	if d.Foods == nil { // not asked for, so nothing is said of them
		b.Kinds = []record.Kind{record.KindDay, record.KindTotal}
	} else if err := a.foods(b, d.Day, *d.Foods, a.open(&d)); err != nil {
		return err
	}
	return a.totals(b, &d)
}

// open reports whether the day's totals may still grow.
func (a *Answer) open(d *diaryDay) bool {
	return a.options.AsOf != "" && d.Day >= a.options.AsOf && (d.Completed == nil || !*d.Completed)
}

func (a *Answer) totals(b *mapping.Batch, d *diaryDay) error {
	nutrients, err := a.amounts(string(d.Day), d.Nutrients, nutrientNamed)
	if err != nil {
		return err
	}
	day := a.record(record.KindDay, d.Day)
	day.DayTotals = &record.DayTotals{Completed: d.Completed, Open: a.open(d), Nutrients: make([]string, len(nutrients))}
	for i, n := range nutrients {
		day.DayTotals.Nutrients[i] = n.Key
	}
	b.Records = append(b.Records, day)
	for _, n := range nutrients {
		total := a.record(record.KindTotal, d.Day)
		total.Total = &record.Total{Nutrient: n.Key, Quantity: n.Quantity, Open: a.open(d)}
		b.Records = append(b.Records, total)
	}
	return nil
}

// foods reads the groups: their foods, which come without nutrients, times and
// ids, and their totals, of which there are ten.
func (a *Answer) foods(b *mapping.Batch, day record.Date, groups []diaryGroup, open bool) error {
	seen := map[string]bool{}
	var meals []record.Record
	for _, g := range groups {
		for _, f := range g.Foods {
			a.issues.add(mapping.Lost, "diary_summary foods", "the API gives foods without nutrients and times; the day's totals have them")
			rec := a.record(record.KindServing, day)
			rec.Serving = &record.Serving{Group: g.Name, Food: f.Name, Amount: amount(f.Serving)}
			b.Records = append(b.Records, rec)
		}
		if seen[g.Name] {
			a.issues.add(mapping.Lost, "diary_summary foods", "a day has two groups of one name; the totals of the first are taken")
			continue
		}
		seen[g.Name] = true
		nutrients, err := a.amounts(string(day), g.Macros, func(name string) (nutrientColumn, bool) {
			c, known := macros()[name]
			return c, known
		})
		if err != nil {
			return err
		}
		if len(nutrients) == 0 {
			continue
		}
		meal := a.record(record.KindMeal, day)
		meal.Meal = &record.Meal{Group: g.Name, Open: open, Nutrients: nutrients}
		meals = append(meals, meal)
	}
	b.Records = append(b.Records, meals...)
	return nil
}

// nutrientNamed returns the nutrient with the name that exports have in their
// headers, in the unit that they have there: the API gives none.
func nutrientNamed(name string) (nutrientColumn, bool) {
	c, known := columns().byPlainName[plainMicro(name)]
	return c, known
}

// amounts reads amounts in the order of the vocabulary. What is null is not
// known. A name that nobody knows has no unit either, and is left out.
func (a *Answer) amounts(place string, members map[string]json.RawMessage, named func(string) (nutrientColumn, bool)) (record.Nutrients, error) {
	var list record.Nutrients
	for name, raw := range members {
		c, known := named(name)
		if !known {
			a.issues.add(mapping.Unknown, "diary_summary nutrient "+name, "the vocabulary lacks this nutrient, and the API gives no unit; it is left out")
			continue
		}
		value, problem := plainNumber(raw)
		switch {
		case problem != "":
			return nil, a.fault(place+" "+name, problem)
		case value == "":
			continue
		case value.Negative() && c.key == computed:
			a.issues.add(mapping.Lost, "diary_summary nutrient "+name, "net carbohydrates are computed by the source, and below zero they are no amount; left out")
			continue
		case value.Negative():
			return nil, a.fault(place+" "+name, negative)
		}
		list = append(list, record.Nutrient{Key: c.key, Quantity: record.Quantity{Value: value.Abs(), Unit: c.unit}})
	}
	slices.SortFunc(list, func(x, y record.Nutrient) int {
		return cmp.Or(cmp.Compare(rank(x.Key), rank(y.Key)), cmp.Compare(x.Key, y.Key))
	})
	for i := 1; i < len(list); i++ {
		if list[i].Key == list[i-1].Key {
			return nil, a.fault(place+" "+list[i].Key, "two members have the same nutrient")
		}
	}
	return list, nil
}

// plainNumber reads a number with its digits, or as text; "" for null and nothing.
func plainNumber(raw json.RawMessage) (value record.Decimal, problem string) {
	text := plainText(raw)
	if text == "" {
		return "", ""
	}
	value, err := record.ParseDecimal(text)
	if err != nil {
		return "", notNumber
	}
	return value, ""
}

// plainText returns a text or number as it is written, "" for null.
func plainText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return strings.TrimSpace(text)
	}
	if text = strings.TrimSpace(string(raw)); text == "null" {
		return ""
	}
	return text
}
