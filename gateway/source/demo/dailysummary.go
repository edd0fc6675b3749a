package demo

import "slices"

// dailySummary writes dailysummary.csv: the exact sums of the servings. A
// nutrient that no serving of the day knows stays empty. Days without entries
// are not there; days without food are there with empty cells.
func dailySummary(days []day, columns []column, v Variant) []byte {
	header := []string{"Date"}
	if v.Grouped {
		header = append(header, "Group")
	}
	s := newSheet(v, append(append(header, headers(columns)...), "Completed")...)
	for _, d := range days {
		switch {
		case d.empty():
		case v.Grouped:
			s.groups(&d, columns)
		default:
			s.date(d.date)
			s.amounts(sum(d.servings, columns, ""))
			s.flag(d.completed)
			s.end()
		}
	}
	return s.b
}

// groups writes a row for each diary group with food and the day's Total, in
// which a nutrient that no serving knows is zero, unless there was no food.
func (s *sheet) groups(d *day, columns []column) {
	for _, m := range plan {
		if slices.ContainsFunc(d.servings, func(e serving) bool { return e.group == m.group }) {
			s.group(d, m.group, sum(d.servings, columns, m.group))
		}
	}
	total := sum(d.servings, columns, "")
	if len(d.servings) > 0 {
		for i := range total {
			total[i].known = true
		}
	}
	s.group(d, "Total", total)
}

func (s *sheet) group(d *day, name string, amounts []amount) {
	s.date(d.date)
	s.text(name)
	s.amounts(amounts)
	s.flag(d.completed)
	s.end()
}

func (s *sheet) amounts(all []amount) {
	for _, a := range all {
		s.amount(a)
	}
}

// sum adds up the servings of a group, or of all.
func sum(servings []serving, columns []column, group string) []amount {
	total := make([]amount, len(columns))
	for _, e := range servings {
		if group != "" && e.group != group {
			continue
		}
		for i, a := range e.food.in(columns, e.quarters) {
			if a.known {
				total[i].known = true
				total[i].hundredths += a.hundredths
			}
		}
	}
	return total
}
