package cronometer

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"nutrigate/mapping/record"
)

// A planBuilder collects, row by row, which day each row is of.
type planBuilder struct {
	sheet   *sheet
	dates   *dates
	day     int // column of the day; -1 where rows have none
	also    int // another column of dates, which can help to settle their order; -1 for none
	runs    []run
	last    string // the day's text of the last run
	serial  int32
	started bool // whether the last run goes on
}

func newPlanBuilder(s *sheet) *planBuilder {
	b := &planBuilder{sheet: s, dates: newDates(s), day: -1, also: -1}
	switch s.kind {
	case Targets:
	case DailySummary:
		b.day = s.column("Date")
	case Fasts:
		b.day, b.also = s.column("Start"), s.column("End")
	default:
		b.day = s.column("Day")
	}
	return b
}

// gap ends a run: what comes next is not a row.
func (b *planBuilder) gap() {
	b.started = false
	b.serial++
}

// add notes a row.
func (b *planBuilder) add(row []byte, line int, offset int64) error {
	text, ok := b.dateText(row, b.day)
	if !ok {
		return b.sheet.fault(line, "", "the row ends before its date", exportAgain)
	}
	if b.started && string(text) == b.last {
		b.runs[len(b.runs)-1].rows++
	} else if err := b.start(string(text), line, offset); err != nil {
		return err
	}
	if end, _ := b.dateText(row, b.also); len(end) > 0 {
		_, err := b.dates.add(string(end), line, b.also)
		return err
	}
	return nil
}

func (b *planBuilder) start(text string, line int, offset int64) error {
	place := int32(0)
	if b.day >= 0 {
		var err error
		if place, err = b.dates.add(text, line, b.day); err != nil {
			return err
		}
	}
	b.serial++
	b.runs = append(b.runs, run{offset: offset, line: int32(line), rows: 1, day: place, serial: b.serial})
	b.last, b.started = text, true
	return nil
}

// dateText returns the date's text in a cell, without a time that follows it;
// it is false where the row ends before the cell.
func (b *planBuilder) dateText(row []byte, column int) ([]byte, bool) {
	if column < 0 {
		return nil, true
	}
	text, ok := cell(row, b.sheet.comma, column)
	if b.sheet.kind == Fasts {
		text, _ = cutTime(text)
	}
	return bytes.Trim(text, `" `), ok
}

// maxRows is the most rows that one day may have: a day is in memory as a
// whole, and a pulse every ten seconds fits.
const maxRows = 10_000

// plan settles the order of day and month and puts the runs in the order of days.
func (b *planBuilder) plan() (*plan, error) {
	if b.day < 0 {
		p := &plan{days: []record.Date{""}, runs: b.runs}
		return p, b.bounded(p)
	}
	b.sheet.dates = b.dates
	if err := b.dates.settle(b.runs); err != nil {
		return nil, err
	}
	p := &plan{runs: b.runs}
	places := map[record.Date]int32{}
	for i := range p.runs {
		day, err := b.dates.at(p.runs[i].day)
		if err != nil {
			return nil, err
		}
		place, known := places[day]
		if !known {
			place = int32(len(p.days))
			places[day] = place
			p.days = append(p.days, day)
		}
		p.runs[i].day = place
	}
	byDay := func(a, b run) int { return cmp.Compare(a.day, b.day) }
	if !slices.IsSortedFunc(p.runs, byDay) {
		slices.SortStableFunc(p.runs, byDay)
	}
	return p, b.bounded(p)
}

// bounded returns an error if a day has more rows than one may have.
func (b *planBuilder) bounded(p *plan) error {
	rows := make([]int, len(p.days))
	for _, r := range p.runs {
		if rows[r.day] += int(r.rows); rows[r.day] > maxRows {
			return b.sheet.fault(int(r.line), "", fmt.Sprintf("here one day has more than %d rows", maxRows), exportAgain)
		}
	}
	return nil
}
