package search

import (
	"time"

	"nutrigate/mapping/record"
)

// whenOf reads the time in an element: a date, dateTime or instant, a Period,
// or the bounds of a Timing.
func whenOf(element any) (When, bool) {
	switch e := element.(type) {
	case string:
		return whenOfText(e)
	case map[string]any:
		if repeat, ok := e["repeat"].(map[string]any); ok {
			return whenOf(repeat["boundsPeriod"])
		}
		if events, ok := e["event"].([]any); ok && len(events) > 0 {
			return between(textOf(events[0]), textOf(events[len(events)-1]))
		}
		if e["start"] != nil || e["end"] != nil {
			return between(textOf(e["start"]), textOf(e["end"]))
		}
	}
	return When{}, false
}

func whenOfText(text string) (When, bool) {
	m, err := parseMoment(text)
	if err != nil {
		return When{}, false
	}
	if m.layout == "" {
		return WhenDays(m.days), true
	}
	day, err := daysOf(text[:len(time.DateOnly)]) // as it is written: on the clock of its offset
	return When{Days: day, Moments: m.moments}, err == nil
}

// WhenDays is days of which no time is known.
func WhenDays(days Span[record.Date]) When {
	return When{Days: days, Moments: func(loc *time.Location) Span[time.Time] {
		return Span[time.Time]{Midnight(days.Lo, loc), Midnight(days.Hi, loc)}
	}}
}

// between is from the start of one time to the end of another; what is empty
// is open.
func between(start, end string) (When, bool) {
	from, known := whenOfText(start)
	if start != "" && !known {
		return When{}, false
	}
	to, ended := whenOfText(end)
	if end != "" && !ended {
		return When{}, false
	}
	days := Span[record.Date]{"", EndlessDay}
	if known {
		days.Lo = from.Days.Lo
	}
	if ended {
		days.Hi = to.Days.Hi
	}
	return When{Days: days, Moments: func(loc *time.Location) Span[time.Time] {
		span := Span[time.Time]{time.Time{}, Endless}
		if known {
			span.Lo = from.Moments(loc).Lo
		}
		if ended {
			span.Hi = to.Moments(loc).Hi
		}
		return span
	}}, true
}

// MeetsWhen reports whether something that is true at a time meets the
// condition, which is on a date; zone is an IANA zone, or empty.
func (c *Condition) MeetsWhen(w When, zone string) bool {
	loc := zoneOf(zone)
	for _, v := range c.Values {
		if m, ok := v.(moment); ok && m.meetsWhen(w, loc) {
			return true
		}
	}
	return false
}
