package terra

import (
	"encoding/json"
	"slices"

	"nutrigate/mapping/record"
)

type nutrition struct {
	Meals    []meal      `json:"meals,omitempty"`
	Metadata dayMetadata `json:"metadata"`
	Summary  *summary    `json:"summary,omitempty"`
}

type summary struct {
	Macros object      `json:"macros,omitempty"`
	Micros object      `json:"micros,omitempty"`
	Water  json.Number `json:"water_ml,omitempty"`
}

// nutrition makes the day's nutrition of its totals, its servings and, where
// there are no servings, its diary groups.
func (e *encoder) nutrition() error {
	totals, servings, groups := e.of(record.KindTotal), e.of(record.KindServing), e.of(record.KindMeal)
	if len(servings) > 0 && len(groups) > 0 {
		e.issues.lost("meal", "the foods of the day are there one by one; Terra has no place for group totals beside them")
		groups = nil
	}
	// Groups have no times and no numbers; their order is that of the document.
	slices.SortStableFunc(groups, func(a, b *record.Record) int { return a.Origin.Line - b.Origin.Line })
	e.reportMark()
	used := slices.Concat(totals, servings, groups)
	if len(used) == 0 {
		return nil
	}
	day := used[0].Day
	metadata, err := newDayMetadata(day, zone(used))
	if err != nil {
		return err
	}
	meals, err := e.meals(servings, groups)
	if err != nil {
		return err
	}
	n := nutrition{Meals: meals, Metadata: metadata, Summary: e.summary(totals, servings, groups)}
	return e.add("nutrition", "", day, n, idsOf(used))
}

// summary takes the source's own totals, which may know more than the foods
// do. Only a day without any is summed up here.
func (e *encoder) summary(totals, servings, groups []*record.Record) *summary {
	var f facts
	if len(totals) > 0 {
		f = e.facts("total", dayNutrients(totals))
	} else if parts := eaten(servings, groups); len(parts) > 0 {
		if len(servings) > 0 && slices.ContainsFunc(servings, func(r *record.Record) bool { return r.Source != servings[0].Source }) {
			e.issues.assumed("total.source", "several sources have foods of the day; the summary adds up all of them, also what both have")
		}
		e.issues.assumed("total", "the day has no totals; the summary adds up what was eaten, and a food without a value for a nutrient adds nothing to it")
		f = e.facts("total", e.totals("total", parts))
	}
	s := summary{Macros: f.Macros, Micros: f.Micros, Water: e.water(servings)}
	if f.empty() && s.Water == "" {
		return nil
	}
	return &s
}

// dayNutrients are the totals as one list.
func dayNutrients(totals []*record.Record) record.Nutrients {
	all := make(record.Nutrients, len(totals))
	for i, r := range totals {
		all[i] = record.Nutrient{Key: r.Total.Nutrient, Quantity: r.Total.Quantity}
	}
	return all
}

// eaten are the nutrients of each serving, or of each group.
func eaten(servings, groups []*record.Record) []record.Nutrients {
	var parts []record.Nutrients
	for _, r := range servings {
		if len(r.Serving.Nutrients) > 0 {
			parts = append(parts, r.Serving.Nutrients)
		}
	}
	for _, r := range groups {
		if len(r.Meal.Nutrients) > 0 {
			parts = append(parts, r.Meal.Nutrients)
		}
	}
	return parts
}

// reportMark reports that a day's state gets lost.
func (e *encoder) reportMark() {
	for _, r := range e.of(record.KindDay) {
		if r.DayTotals.Completed != nil {
			e.issues.lost("day.completed", "Terra has no mark for a completed day")
		}
		if r.DayTotals.Open {
			e.issues.lost("day.open", "Terra does not say that a day's totals may still grow")
		}
	}
}

func idsOf(records []*record.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.ID
	}
	return all
}
