package cronometer

import (
	"cmp"
	"slices"

	"nutrigate/mapping/record"
)

// SortByDay makes Next return the days in the order of the calendar instead of
// that of the file. It is for callers who put several files together day by
// day, and has to come before the first Next.
func (e *Export) SortByDay() {
	days := e.plan.days
	slices.SortStableFunc(e.plan.runs, func(a, b run) int { return cmp.Compare(days[a.day], days[b.day]) })
}

// Days lists the days that are still to come, in the order of Next. Undated
// records have the empty day.
func (e *Export) Days() []record.Date {
	var all []record.Date
	for i, r := range e.plan.runs {
		if i == 0 || r.day != e.plan.runs[i-1].day {
			all = append(all, e.plan.days[r.day])
		}
	}
	return all
}

// Kinds lists the kinds of record of which the file tells.
func (e *Export) Kinds() []record.Kind { return slices.Clone(e.mapper.kinds) }
