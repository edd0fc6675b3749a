package fhir

import (
	"fmt"
	"time"

	"nutrigate/mapping/record"
)

// A Week is a week of ISO 8601 in the person's own calendar, Monday to Sunday,
// written 2026-W03.
type Week string

// WeekOf returns the week of a day; empty if it is no day.
func WeekOf(day record.Date) Week {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	year, week := at.ISOWeek()
	return Week(fmt.Sprintf("%04d-W%02d", year, week))
}

// ParseWeek reads 2026-W03.
func ParseWeek(s string) (Week, error) {
	if w := WeekOf(Week(s).Monday()); w != "" && string(w) == s {
		return w, nil
	}
	return "", fmt.Errorf("not a week: %q", s)
}

// Monday returns the week's first day; empty if w is no week.
func (w Week) Monday() record.Date {
	var year, week int
	if n, err := fmt.Sscanf(string(w), "%4d-W%2d", &year, &week); err != nil || n != 2 || year < 1 {
		return ""
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // is always in week 1
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(week-1))
	return record.DateOf(monday)
}

// Sunday returns the week's last day.
func (w Week) Sunday() record.Date { return w.Monday().AddDays(6) }
