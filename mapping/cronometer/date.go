package cronometer

import (
	"bytes"
	"strconv"
	"strings"

	"nutrigate/mapping/record"
)

// written is a date as a document writes it.
type written struct {
	first, second, year int // first and second are month and day where iso
	iso                 bool
	short               bool // the year has two digits
}

// parseWritten reads YYYY-MM-DD, padded or not, and the two orders of day,
// month and year that spreadsheets write, with any of - / . between them.
func parseWritten(text string) (written, bool) {
	i := strings.IndexAny(text, "-/.")
	if i < 0 {
		return written{}, false
	}
	parts := strings.Split(text, text[i:i+1])
	if len(parts) != 3 {
		return written{}, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil || len(p) > 4 {
			return written{}, false
		}
		n[i] = int(v)
	}
	switch {
	case len(parts[0]) == 4:
		return written{first: n[1], second: n[2], year: n[0], iso: true}, true
	case len(parts[2]) == 4:
		return written{first: n[0], second: n[1], year: n[2]}, true
	case len(parts[2]) == 2:
		return written{first: n[0], second: n[1], year: 2000 + n[2], short: true}, true
	}
	return written{}, false
}

// date returns the day that w is in the given order.
func (w written) date(o order) (record.Date, error) {
	if o == dayFirst && !w.iso {
		return record.NewDate(w.year, w.second, w.first)
	}
	return record.NewDate(w.year, w.first, w.second)
}

// only returns the one order in which w can be a date; unsettled where both will do.
func (w written) only() order {
	switch {
	case w.iso || (w.first > 12) == (w.second > 12):
		return unsettled
	case w.first > 12:
		return dayFirst
	}
	return monthFirst
}

// cutTime splits a date from the time that may follow it after a space or a T.
func cutTime(text []byte) (date, clock []byte) {
	text = bytes.Trim(text, `" `)
	if i := bytes.IndexAny(text, " T"); i >= 0 {
		return text[:i], text[i+1:]
	}
	return text, nil
}
