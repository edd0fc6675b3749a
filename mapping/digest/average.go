package digest

import (
	"github.com/cockroachdb/apd/v3"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// exact has more digits than any sum of a diary needs.
var exact = apd.BaseContext.WithPrecision(60)

// average returns false if no total can be had in the nutrient's unit.
func average(n vocab.Nutrient, totals []record.Quantity) (Average, bool) {
	a := Average{Nutrient: n.Key}
	var sum, low, high apd.Decimal
	places := int32(0)
	for _, q := range totals {
		q, err := vocab.Convert(q, n.Unit)
		if err != nil {
			continue
		}
		x, err := q.Value.Exact()
		if err != nil {
			continue
		}
		if a.Days == 0 || x.Cmp(&low) < 0 {
			low, a.Low = *x, q
		}
		if a.Days == 0 || x.Cmp(&high) > 0 {
			high, a.High = *x, q
		}
		if _, err := exact.Add(&sum, &sum, x); err != nil {
			return a, false
		}
		places = max(places, -x.Exponent)
		a.Days++
	}
	if a.Days == 0 {
		return a, false
	}
	mean, ok := divided(&sum, a.Days, places)
	a.Mean = record.Quantity{Value: mean, Unit: n.Unit}
	return a, ok
}

// divided returns sum/n with some decimal places.
func divided(sum *apd.Decimal, n int, places int32) (record.Decimal, bool) {
	c := *exact
	c.Rounding = apd.RoundHalfEven
	var quotient, rounded apd.Decimal
	if _, err := c.Quo(&quotient, sum, apd.New(int64(n), 0)); err != nil {
		return "", false
	}
	if _, err := c.Quantize(&rounded, &quotient, -places); err != nil {
		return "", false
	}
	return record.Decimal(rounded.Text('f')), true
}
