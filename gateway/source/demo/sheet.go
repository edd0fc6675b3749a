package demo

import (
	"strconv"
	"strings"

	"nutrigate/mapping/record"
)

// A sheet is a CSV file being written. Cronometer quotes texts, whether they
// need it or not, and nothing else; a spreadsheet program quotes what needs it.
type sheet struct {
	b           []byte
	inRow       bool
	spreadsheet bool // saved again by a spreadsheet program
	unpadded    bool // dates as 2016-9-6
}

func newSheet(v Variant, header ...string) *sheet {
	s := &sheet{spreadsheet: v.Spreadsheet, unpadded: v.Legacy}
	if s.spreadsheet {
		s.b = append(s.b, "\uFEFF"...)
	}
	s.b = append(s.b, strings.Join(header, ",")...)
	s.end()
	return s
}

func (s *sheet) next() {
	if s.inRow {
		s.b = append(s.b, ',')
	}
	s.inRow = true
}

func (s *sheet) end() {
	if s.spreadsheet {
		s.b = append(s.b, '\r')
	}
	s.b = append(s.b, '\n')
	s.inRow = false
}

// text writes a quoted cell.
func (s *sheet) text(cell string) {
	s.next()
	if s.spreadsheet && !strings.ContainsAny(cell, ",\"\n") {
		s.b = append(s.b, cell...)
		return
	}
	s.b = append(s.b, '"')
	s.b = append(s.b, strings.ReplaceAll(cell, `"`, `""`)...)
	s.b = append(s.b, '"')
}

// plain writes a cell as it is.
func (s *sheet) plain(cell string) {
	s.next()
	s.b = append(s.b, cell...)
}

// double writes a number of 10^-places as Java writes a double: no superfluous
// digits, but one after the point. A spreadsheet program drops that one too.
func (s *sheet) double(n int64, places int) {
	s.next()
	s.b = appendFixed(s.b, n, places)
	for s.b[len(s.b)-1] == '0' && (s.spreadsheet || s.b[len(s.b)-2] != '.') {
		s.b = s.b[:len(s.b)-1]
	}
	if s.b[len(s.b)-1] == '.' {
		s.b = s.b[:len(s.b)-1]
	}
}

// hundredths writes a number with two decimals.
func (s *sheet) hundredths(n int64) {
	if s.spreadsheet {
		s.double(n, 2)
		return
	}
	s.next()
	s.b = appendFixed(s.b, n, 2)
}

// amount writes a nutrient's amount; unknown leaves the cell empty.
func (s *sheet) amount(a amount) {
	if !a.known {
		s.next()
		return
	}
	s.hundredths(a.hundredths)
}

func (s *sheet) date(d record.Date) { s.plain(s.dateText(d)) }

func (s *sheet) dateText(d record.Date) string {
	year, rest, _ := strings.Cut(string(d), "-")
	month, day, _ := strings.Cut(rest, "-")
	month, day = strings.TrimPrefix(month, "0"), strings.TrimPrefix(day, "0")
	switch {
	case s.spreadsheet:
		return month + "/" + day + "/" + year
	case s.unpadded:
		return year + "-" + month + "-" + day
	}
	return string(d)
}

func (s *sheet) flag(set bool) {
	text := strconv.FormatBool(set)
	if s.spreadsheet {
		text = strings.ToUpper(text)
	}
	s.plain(text)
}

// appendFixed appends n with the point before its last places digits.
func appendFixed(b []byte, n int64, places int) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	start := len(b)
	b = strconv.AppendInt(b, n, 10)
	for len(b)-start <= places {
		b = append(b, 0)
		copy(b[start+1:], b[start:])
		b[start] = '0'
	}
	b = append(b, 0)
	point := len(b) - 1 - places
	copy(b[point+1:], b[point:])
	b[point] = '.'
	return b
}

// A minute is a time of day in minutes; noTime is an empty cell.
type minute int

const noTime minute = -1

// String writes the time as 9:05 AM.
func (m minute) String() string {
	if m == noTime {
		return ""
	}
	hour, half := int(m)/60, "AM"
	if hour >= 12 {
		hour, half = hour-12, "PM"
	}
	if hour == 0 {
		hour = 12
	}
	return strconv.Itoa(hour) + ":" + twoDigits(int(m)%60) + " " + half
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
