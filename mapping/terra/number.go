package terra

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// exact has more digits than the sum of a day's values needs.
var exact = apd.BaseContext.WithPrecision(60)

// hundred is the bound of percentages and scores.
var hundred = apd.New(100, 0)

// The bounds of latitudes and longitudes.
var ninety, halfCircle = apd.New(90, 0), apd.New(180, 0)

// number writes a value into the field with the given name. It is false where
// there is no value or Terra's field cannot hold it: below zero, more than a
// hundred percent, a fraction of a step.
func number(field string, v record.Decimal) (json.Number, bool) {
	switch {
	case v == "":
		return "", false
	case strings.HasSuffix(field, "_celsius"):
		return json.Number(v), true
	case v.Negative():
		return "", false
	case strings.HasSuffix(field, "percentage") || field == "sleep":
		x, err := v.Exact()
		return json.Number(v), err == nil && x.Cmp(hundred) <= 0
	case field == "steps":
		whole, fraction, _ := strings.Cut(string(v), ".")
		return json.Number(whole), strings.Trim(fraction, "0") == ""
	}
	return json.Number(v), true
}

// leaf is the last name of a path.
func leaf(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// sum adds quantities exactly, in the unit of the first; digits are those of
// the most precise. The zero sum holds nothing.
type sum struct {
	value apd.Decimal
	unit  string
}

func (s *sum) add(q record.Quantity) error {
	if s.unit == "" {
		s.unit = q.Unit
	}
	q, err := vocab.Convert(q, s.unit)
	if err != nil {
		return err
	}
	x, err := q.Value.Exact()
	if err != nil {
		return err
	}
	if _, err := exact.Add(&s.value, &s.value, x); err != nil {
		return fmt.Errorf("sum: %w", err)
	}
	return nil
}

// quantity returns the sum; it is missing if nothing was added.
func (s *sum) quantity() record.Quantity {
	if s.unit == "" {
		return record.Quantity{}
	}
	return record.Quantity{Value: record.Decimal(s.value.Text('f')), Unit: s.unit}
}

// longest is beyond what anybody does without a pause, and short enough that
// the year of its end has four digits.
const longest = 366 * 24 * time.Hour

// duration returns a quantity of time, to the microsecond. It fails if the
// quantity is no time or longer than a year.
func duration(q record.Quantity) (time.Duration, error) {
	seconds, err := vocab.Convert(q, "s")
	if err != nil {
		return 0, err
	}
	x, err := seconds.Value.Exact()
	if err != nil {
		return 0, err
	}
	x.Exponent += 6
	var micro apd.Decimal
	if _, err := exact.RoundToIntegralValue(&micro, x); err != nil {
		return 0, fmt.Errorf("duration: %w", err)
	}
	n, err := micro.Int64()
	if err != nil || n > longest.Microseconds() {
		return 0, fmt.Errorf("duration: longer than %s", longest)
	}
	return time.Duration(n) * time.Microsecond, nil
}
