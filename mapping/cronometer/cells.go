package cronometer

import (
	"fmt"
	"strconv"
	"strings"

	"nutrigate/mapping/record"
)

// What can be wrong with a number, and what to do about it.
const (
	notNumber    = "not a number"
	numberAdvice = "write a plain number such as 12.50 or leave the cell empty"
	wrongPoint   = "a point in a number of a file whose numbers have a decimal comma"
	wrongComma   = "a comma in a number"
	pointAdvice  = "save the file with decimal points and without thousands separators, or export it again from Cronometer"
	negative     = "a number below zero"
)

// decimal reads a number; problem says what is wrong with it. Blanks alone are
// no number and no problem.
func (s *sheet) decimal(text string) (value record.Decimal, problem string) {
	if v, err := record.ParseDecimal(text); err == nil && s.comma == ',' {
		return v, ""
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", ""
	}
	if s.comma == ';' {
		if strings.Contains(text, ".") {
			return "", wrongPoint
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	v, err := record.ParseDecimal(text)
	switch {
	case err == nil:
		return v, ""
	case strings.Contains(text, ","):
		return "", wrongComma
	}
	return "", notNumber
}

// problemAdvice returns what to do about a problem of decimal.
func problemAdvice(problem string) string {
	switch problem {
	case wrongPoint, wrongComma:
		return pointAdvice
	case negative:
		return exportAgain
	}
	return numberAdvice
}

// quantity reads a number that cannot be below zero; nil for an empty cell.
func (r *row) quantity(column int, unit string) (*record.Quantity, error) {
	value, problem := r.sheet.decimal(r.text(column))
	if problem == "" && value.Negative() {
		problem = negative
	}
	if problem != "" {
		return nil, r.fault(column, problem, problemAdvice(problem))
	}
	if value == "" {
		return nil, nil
	}
	return &record.Quantity{Value: value.Abs(), Unit: unit}, nil
}

// mark reads a cell that is true or false; nil for an empty one. Spreadsheets
// write TRUE and FALSE, or 1 and 0.
func (r *row) mark(column int) (*bool, error) {
	marked := false
	switch strings.ToLower(strings.TrimSpace(r.text(column))) {
	case "":
		return nil, nil
	case "false", "0":
	case "true", "1":
		marked = true
	default:
		return nil, r.fault(column, "neither true nor false", "write true or false")
	}
	return &marked, nil
}

// clock reads the time in a cell.
func (r *row) clock(column int) (record.Clock, error) {
	if column < 0 {
		return "", nil
	}
	return r.clockOf(column, r.cells[column])
}

// clockOf reads a time that is all or a part of the cell in column.
func (r *row) clockOf(column int, text string) (record.Clock, error) {
	if text == "" {
		return "", nil
	}
	if c, known := r.sheet.clocks[text]; known {
		return c, nil
	}
	c, err := parseClock(text)
	if err != nil {
		return "", r.fault(column, "not a time of day", "write it as 15:04 or 3:04 PM")
	}
	if len(r.sheet.clocks) < secondsOfDay { // blanks around it could make more
		r.sheet.clocks[strings.Clone(text)] = c
	}
	return c, nil
}

// secondsOfDay is how many different times there are.
const secondsOfDay = 24 * 60 * 60

// parseClock reads 3:04 PM, 15:04 and both with seconds; blanks are no time.
func parseClock(text string) (record.Clock, error) {
	// Java writes a narrow no-break space before AM and PM since CLDR 42.
	text = strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(text)
	text = strings.ToUpper(strings.TrimSpace(text))
	if text == "" {
		return "", nil
	}
	digits, half := text, ""
	for _, suffix := range []string{"AM", "PM"} {
		if before, ok := strings.CutSuffix(text, suffix); ok {
			digits, half = strings.TrimSpace(before), suffix
		}
	}
	parts := strings.Split(digits, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return "", fmt.Errorf("want two or three numbers, have %d", len(parts))
	}
	n := [3]int{0, 0, -1}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) > 2 || (i > 0 && len(p) != 2) {
			return "", fmt.Errorf("number %d is none", i+1)
		}
		n[i] = int(v)
	}
	if half != "" {
		if n[0] < 1 || n[0] > 12 {
			return "", fmt.Errorf("no such hour before or after noon")
		}
		n[0] %= 12
		if half == "PM" {
			n[0] += 12
		}
	}
	return record.NewClock(n[0], n[1], n[2])
}
