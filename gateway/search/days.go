package search

import (
	"time"

	"nutrigate/mapping/record"
)

// Begins returns the days, both included, on which something can begin that
// meets the condition, which is on a date; empty is open. reach is how many days
// something may last beyond its first. It narrows what is read: the condition
// decides.
func (c *Condition) Begins(reach int) (from, to record.Date) {
	for i, v := range c.Values {
		m, ok := v.(moment)
		if !ok {
			return "", ""
		}
		lo, hi := m.begins(reach)
		if i == 0 {
			from, to = lo, hi
			continue
		}
		from = min(from, lo) // empty is open, and sorts first
		if to == "" || hi == "" {
			to = ""
		} else {
			to = max(to, hi)
		}
	}
	return from, to
}

// OfDays reports whether the condition, which is on a date, is met by exactly
// what is true on one of the days that Begins returns, with a reach of 0.
func (c *Condition) OfDays() bool {
	if len(c.Values) != 1 {
		return false
	}
	m, ok := c.Values[0].(moment)
	return ok && m.layout == "" && (m.prefix == "eq" || m.prefix == "ge" || m.prefix == "le")
}

// begins returns the days, both included, on which what meets m can begin.
func (m moment) begins(reach int) (from, to record.Date) {
	days, slack := m.days, 0
	if m.layout != "" {
		span := m.moments(time.UTC)
		days = Span[record.Date]{record.DateOf(span.Lo), record.DateOf(span.Hi).AddDays(1)}
		slack = 1 // the person's day may be another than that of UTC
	}
	first, last := days.Lo.AddDays(-slack), days.Hi.AddDays(slack-1)
	switch m.prefix {
	case "eq":
		return first, last
	case "sa":
		return first, ""
	case "gt", "ge":
		return first.AddDays(-reach), ""
	case "lt", "le", "eb":
		return "", last
	}
	return "", ""
}
