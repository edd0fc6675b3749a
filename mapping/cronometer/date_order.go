package cronometer

import (
	"fmt"
	"strings"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// order is which of day and month a date that is not ISO writes first.
type order string

const (
	unsettled  order = ""
	dayFirst   order = "day"
	monthFirst order = "month"
)

// dates are the different dates of one file and the order that they are in.
type dates struct {
	sheet *sheet
	order order
	index map[string]int32
	list  []dateCell
	// proof has, for each order, the place of the first date that allows no other.
	proof map[order]int32
}

// dateCell is a date where the file first has it.
type dateCell struct {
	text string
	written
	line   int
	column int
}

func newDates(s *sheet) *dates {
	return &dates{sheet: s, index: map[string]int32{}, proof: map[order]int32{}}
}

// add notes a date and returns its place in the list.
func (d *dates) add(text string, line, column int) (int32, error) {
	if place, known := d.index[text]; known {
		return place, nil
	}
	w, ok := parseWritten(strings.TrimSpace(text))
	if !ok {
		return 0, d.sheet.notDate(text, line, column)
	}
	c := dateCell{text, w, line, column}
	if !w.iso && w.first > 12 && w.second > 12 {
		return 0, d.noDay(c)
	}
	place := int32(len(d.list))
	d.index[text] = place
	d.list = append(d.list, c)
	if o := w.only(); o != unsettled {
		if _, proven := d.proof[o]; !proven {
			d.proof[o] = place
		}
	}
	return place, nil
}

// notDate does not quote the cell: in a row whose cells have moved it could be anything.
func (s *sheet) notDate(text string, line, column int) *mapping.ReadError {
	reason := "not a date"
	if strings.TrimSpace(text) == "" {
		reason = "the date is missing"
	}
	return s.fault(line, s.columns[column], reason, "write it as YYYY-MM-DD, or "+exportAgain)
}

// settle finds the order: from a number above 12, or else from the rows, which
// Cronometer sorts by day.
func (d *dates) settle(runs []run) error {
	a, isDayFirst := d.proof[dayFirst]
	b, isMonthFirst := d.proof[monthFirst]
	switch {
	case isDayFirst && isMonthFirst:
		return d.contradiction(d.list[min(a, b)], d.list[max(a, b)])
	case isDayFirst:
		d.order = dayFirst
	case isMonthFirst:
		d.order = monthFirst
	default:
		if err := d.settleByRows(runs); err != nil {
			return err
		}
	}
	for i := range d.list {
		if d.list[i].short {
			d.sheet.issues.add(mapping.Assumed, d.sheet.path(d.list[i].column), "years of two digits are read as 20YY")
			break
		}
	}
	return nil
}

func (d *dates) contradiction(one, other dateCell) error {
	return d.sheet.fault(other.line, d.sheet.columns[other.column],
		fmt.Sprintf("%q has not the order of day and month that %q in line %d has", other.text, one.text, one.line),
		isoAdvice)
}

const isoAdvice = exportAgain + ", or save it with dates written YYYY-MM-DD"

// settleByRows takes the one order in which the rows ascend, if in the other
// one they are in no order at all: rows that a person sorted newest first would
// descend there, and few of them prove nothing.
func (d *dates) settleByRows(runs []run) error {
	var open []dateCell // dates that are another day in the other order
	for _, c := range d.list {
		if !c.iso && c.first != c.second {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		d.order = monthFirst
		return nil
	}
	asMonth, asDay := d.sorted(runs, monthFirst, ascending), d.sorted(runs, dayFirst, ascending)
	switch {
	case asMonth && !asDay && !d.sorted(runs, dayFirst, descending):
		d.order = monthFirst
	case asDay && !asMonth && !d.sorted(runs, monthFirst, descending):
		d.order = dayFirst
	default:
		return d.ambiguous(open)
	}
	d.sheet.issues.add(mapping.Assumed, d.sheet.path(open[0].column),
		"dates are read with the "+string(d.order)+" first, since only so the rows are in the order of days")
	return nil
}

// ascending and descending are how strings.Compare of a day with the next is.
const (
	ascending  = -1
	descending = 1
)

// sorted reports whether the days of the runs go in a direction, some of them
// repeated or not, if dates are in order o.
func (d *dates) sorted(runs []run, o order, direction int) bool {
	var last record.Date
	for _, r := range runs {
		day, err := d.list[r.day].date(o)
		if err != nil || (last != "" && strings.Compare(string(last), string(day)) == -direction) {
			return false
		}
		last = day
	}
	return true
}

func (d *dates) ambiguous(open []dateCell) error {
	one, other := open[0], open[len(open)-1]
	reason := fmt.Sprintf("%q can have the day or the month first", one.text)
	if other.line != one.line {
		reason += fmt.Sprintf(", and so can every date down to %q in line %d", other.text, other.line)
	}
	return d.sheet.fault(one.line, d.sheet.columns[one.column], reason, isoAdvice)
}

// at returns the day of the date at a place of the list.
func (d *dates) at(place int32) (record.Date, error) {
	c := d.list[place]
	day, err := c.date(d.order)
	if err != nil {
		return "", d.noDay(c)
	}
	return day, nil
}

func (d *dates) noDay(c dateCell) *mapping.ReadError {
	return d.sheet.fault(c.line, d.sheet.columns[c.column],
		fmt.Sprintf("there is no such day as %q", c.text), "correct the date, or "+exportAgain)
}
