package demo

import (
	"math/rand/v2"
	"slices"
)

// A serving is one food eaten, in quarters of its portion.
type serving struct {
	time     minute
	group    string
	food     *food
	quarters int64
}

// A meal is a diary group and when and how much is eaten in it.
type meal struct {
	group       string
	letter      byte
	least, most int
	hour        int
	early       bool // over before the export is made
}

// plan is a day's meals in the order of the diary, which is not that of the
// clock. "2nd Breakfast" is a group that the person named.
var plan = [...]meal{
	{"Breakfast", 'B', 2, 5, 7, true},
	{"Lunch", 'L', 2, 5, 12, true},
	{"Dinner", 'D', 3, 6, 19, false},
	{"Snacks", 'S', 0, 3, 16, false},
	{"2nd Breakfast", 'P', 0, 1, 10, true},
	{"Uncategorized", 'W', 1, 4, 9, true},
}

// eat draws a day's servings. Early leaves out what comes late in the day.
//
// More than half of the servings have no time, as in accounts that could log
// one. Now and then a serving is logged twice, which makes two equal rows.
func eat(r *rand.Rand, early bool) []serving {
	var all []serving
	for _, m := range plan {
		for range between(r, m.least, m.most) {
			s := serving{time: noTime, group: m.group, food: one(r, foodsFor()[m.letter])}
			s.quarters = one(r, []int64{1, 2, 4, 4, 4, 4, 5, 6, 8})
			if r.IntN(100) < 42 {
				s.time = minute(m.hour*60 + r.IntN(120))
			}
			copies := 1
			if r.IntN(16) == 0 {
				copies = 2
			}
			if m.early || !early {
				all = append(all, slices.Repeat([]serving{s}, copies)...)
			}
		}
	}
	return all
}

// servings writes servings.csv.
func servings(days []day, columns []column, v Variant) []byte {
	if v.Short {
		columns = nil
	}
	header := []string{"Day", "Time", "Group", "Food Name", "Amount"}
	switch {
	case v.Legacy:
		header = []string{"Day", "Food Name", "Amount"}
	case v.NoTimestamps:
		header = []string{"Day", "Group", "Food Name", "Amount"}
	}
	header = append(header, headers(columns)...)
	if !v.Legacy {
		header = append(header, "Category")
	}
	s := newSheet(v, header...)
	for _, d := range days {
		for _, e := range d.servings {
			s.serving(&d, e, columns, v)
		}
	}
	return s.b
}

func (s *sheet) serving(d *day, e serving, columns []column, v Variant) {
	s.date(d.date)
	if !v.Legacy {
		if !v.NoTimestamps {
			s.plain(e.time.String())
		}
		s.text(e.group)
	}
	s.text(e.food.name)
	portion := appendFixed(nil, divide(e.food.portion*e.quarters, 4), 2)
	s.text(string(portion) + " " + e.food.unit)
	for _, a := range e.food.in(columns, e.quarters) {
		s.amount(a)
	}
	if !v.Legacy {
		s.text(e.food.category)
	}
	s.end()
}
