package cronometer

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

//go:embed totals.csv
var totalsCSV []byte

// totalLabels are the names of the last row of a day of a grouped summary, in small letters.
var totalLabels = sync.OnceValue(func() map[string]bool {
	labels := map[string]bool{}
	for _, c := range mustRead("totals.csv", totalsCSV, "label,source") {
		labels[strings.ToLower(c[0])] = true
	}
	return labels
})

// dailySummary reads a day's totals: one row a day, or, with diary groups, one
// row a group and then the total.
type dailySummary struct {
	sheet            *sheet
	group, completed int
	nutrients        []nutrientColumn
	day              []summaryRow // the rows of the day being read
}

// summaryRow is one row of a day; record is without content.
type summaryRow struct {
	record    record.Record
	group     string
	completed *bool
	nutrients record.Nutrients
}

func newDailySummary(s *sheet) (mapper, error) {
	m := &dailySummary{
		sheet: s, group: s.column("Group"), completed: s.column("Completed"), nutrients: s.nutrients(),
	}
	s.leave(m.nutrients, "Date", "Group", "Completed")
	// A plain summary takes the place of one with groups: groups of an earlier
	// export beside newer totals would contradict them.
	kinds := []record.Kind{record.KindDay, record.KindTotal, record.KindMeal}
	return mapper{kinds: kinds, row: m.row, end: m.end}, nil
}

func (m *dailySummary) row(_ *mapping.Batch, r *row) error {
	completed := (*bool)(nil)
	if m.completed >= 0 {
		var err error
		if completed, err = r.mark(m.completed); err != nil {
			return err
		}
	}
	nutrients, err := r.nutrientsOf(m.nutrients)
	if err != nil {
		return err
	}
	m.day = append(m.day, summaryRow{r.record(record.KindDay), strings.TrimSpace(r.text(m.group)), completed, nutrients})
	return nil
}

// end makes the records of the day: the day itself, its totals, its meals.
func (m *dailySummary) end(b *mapping.Batch) error {
	rows := m.day
	m.day = m.day[:0]
	total := m.total(rows)
	if total < 0 {
		// Nothing is known of the totals, so those of another document stay.
		m.sheet.issues.add(mapping.Lost, string(DailySummary)+" column Group",
			"a day without a row of its total: its groups are read, its totals are not known")
		b.Kinds = []record.Kind{record.KindMeal}
	} else {
		m.addDay(b, &rows[total])
	}
	if m.group >= 0 {
		m.addMeals(b, rows, total)
	}
	return nil
}

// total returns the place of the row that has the day's totals, -1 for none.
// The total closes the day, so the last of its label is taken; a group that a
// person named like a total in another language stays a group.
func (m *dailySummary) total(rows []summaryRow) int {
	found := -1
	for i, r := range slices.Backward(rows) {
		switch {
		case found < 0 && (m.group < 0 || totalLabels()[strings.ToLower(r.group)]):
			found = i
		case found >= 0 && r.group == rows[found].group:
			m.sheet.issues.add(mapping.Assumed, string(DailySummary)+" rows",
				"the totals of a day are there more than once; the last ones are taken")
		}
	}
	return found
}

// open reports whether the totals of the row's day may still grow.
func (m *dailySummary) open(r *summaryRow) bool {
	asOf := m.sheet.options.AsOf
	return asOf != "" && r.record.Day >= asOf && (r.completed == nil || !*r.completed)
}

func (m *dailySummary) addDay(b *mapping.Batch, r *summaryRow) {
	open := m.open(r)
	keys := make([]string, len(r.nutrients))
	totals := make([]record.Total, len(r.nutrients)) // one allocation for all
	for i, n := range r.nutrients {
		keys[i] = n.Key
		totals[i] = record.Total{Nutrient: n.Key, Quantity: n.Quantity, Open: open}
	}
	b.Records = slices.Grow(b.Records, 1+len(totals))
	day := r.record
	day.DayTotals = &record.DayTotals{Completed: r.completed, Open: open, Nutrients: keys}
	b.Records = append(b.Records, day)
	for i := range totals {
		total := r.record
		total.Kind, total.Total = record.KindTotal, &totals[i]
		b.Records = append(b.Records, total)
	}
}

// addMeals adds the groups. A group has one record a day, so of two rows of
// one name, as in two exports put together, the last is taken.
func (m *dailySummary) addMeals(b *mapping.Batch, rows []summaryRow, total int) {
	last := map[string]int{}
	for i, r := range rows {
		if total >= 0 && r.group == rows[total].group {
			continue
		}
		if _, twice := last[r.group]; twice {
			m.sheet.issues.add(mapping.Lost, string(DailySummary)+" column Group",
				"a day has two rows of one group; the last one is taken")
		}
		last[r.group] = i
	}
	for i := range rows {
		if at, is := last[rows[i].group]; !is || at != i {
			continue
		}
		meal := rows[i].record
		meal.Kind = record.KindMeal
		meal.Meal = &record.Meal{Group: rows[i].group, Open: m.open(&rows[i]), Nutrients: rows[i].nutrients}
		b.Records = append(b.Records, meal)
	}
}
