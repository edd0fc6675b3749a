package fit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

var errNoRoom = errors.New("the field cannot hold the number")

// halfEven has more digits than any quantity needs.
var halfEven = apd.Context{
	Precision: 60, Rounding: apd.RoundHalfEven,
	MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Traps: apd.DefaultTraps,
}

// steps returns q in steps of 1/scale of the unit, rounded half to even, and
// whether nothing was rounded away. It fails for a negative number, another
// dimension, and more steps than an int64 counts.
func steps(q record.Quantity, unit string, scale int64) (n int64, exact bool, err error) {
	if q.Unit != unit {
		// Convert keeps two digits more than were written, too few for the
		// steps of a field where few were: 5 st is 31.75 kg.
		if q, err = vocab.Convert(padded(q), unit); err != nil {
			return 0, false, fmt.Errorf("in %s: %w", unit, err)
		}
	}
	x, err := q.Value.Exact()
	if err != nil {
		return 0, false, fmt.Errorf("in %s: %w", unit, err)
	}
	var product, whole apd.Decimal
	if _, err := halfEven.Mul(&product, x, apd.New(scale, 0)); err != nil {
		return 0, false, errNoRoom
	}
	if _, err := halfEven.RoundToIntegralValue(&whole, &product); err != nil {
		return 0, false, errNoRoom
	}
	n, err = whole.Int64()
	if err != nil || n < 0 || q.Value.Negative() {
		return 0, false, errNoRoom
	}
	return n, whole.Cmp(&product) == 0, nil
}

// padded writes q with ten more decimal places, all zero.
func padded(q record.Quantity) record.Quantity {
	value := string(q.Value)
	if !strings.Contains(value, ".") {
		value += "."
	}
	return record.Quantity{Value: record.Decimal(value + "0000000000"), Unit: q.Unit}
}
