package vocab

import (
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"nutrigate/mapping/record"
)

// A Unit is a UCUM code and how it relates to others of its dimension.
type Unit struct {
	Code      string
	Dimension string
	// Numerator/Denominator times (value plus Offset) is the value in the
	// dimension's base unit.
	Numerator, Denominator, Offset *apd.Decimal
	Display                        string
	Source                         string
}

func newUnit(c []string) Unit {
	numerator, denominator, _ := strings.Cut(c[2], "/")
	return Unit{
		Code: c[0], Dimension: c[1], Display: c[4], Source: c[5],
		Numerator:   constant(numerator, "1"),
		Denominator: constant(denominator, "1"),
		Offset:      constant(c[3], "0"),
	}
}

// constant reads a number of an embedded table; empty is fallback.
func constant(s, fallback string) *apd.Decimal {
	if s == "" {
		s = fallback
	}
	d, _, err := apd.NewFromString(s)
	if err != nil {
		panic(fmt.Sprintf("units.csv: not a number: %q", s))
	}
	return d
}

// working has more digits than any factor times any measured value needs.
var working = apd.BaseContext.WithPrecision(60)

// Convert returns q in the unit to, by exact factors.
//
// Digits: where the factor is a power of ten the digits stay as written and
// only the point moves (379.00 ug is 0.37900 mg). Otherwise the result keeps
// two significant digits more than q was written with, rounded half to even,
// so that converting back and rounding to q's digits gives q again.
//
// It fails if either unit is unknown or their dimensions differ.
func Convert(q record.Quantity, to string) (record.Quantity, error) {
	if q.Unit == to {
		return q, nil
	}
	a, known := UnitByCode(q.Unit)
	b, knownTo := UnitByCode(to)
	if !known || !knownTo || a.Dimension != b.Dimension {
		return record.Quantity{}, fmt.Errorf("cannot convert %q to %q", q.Unit, to)
	}
	var top, bottom apd.Decimal
	mul(&top, a.Numerator, b.Denominator)
	mul(&bottom, a.Denominator, b.Numerator)
	return scale(q.Value, a.Offset, &top, &bottom, b.Offset, to)
}

// Multiply returns q times an exact factor (a decimal, or a fraction "5/9")
// in another unit, for conversions that hold for one substance only: 1 [iU] of
// vitamin D is 0.025 ug. Digits as in Convert.
func Multiply(q record.Quantity, factor, to string) (record.Quantity, error) {
	numerator, denominator, _ := strings.Cut(factor, "/")
	zero := apd.New(0, 0)
	return scale(q.Value, zero, constant(numerator, "1"), constant(denominator, "1"), zero, to)
}

// scale returns (value+before)*top/bottom-after in the unit to.
func scale(value record.Decimal, before, top, bottom, after *apd.Decimal, to string) (record.Quantity, error) {
	x, err := value.Exact()
	if err != nil {
		return record.Quantity{}, fmt.Errorf("convert to %q: %w", to, err)
	}
	places := int(-x.Exponent)
	if shift, ok := power(top, bottom); ok && before.IsZero() && after.IsZero() {
		x.Exponent += shift
		return record.Quantity{Value: text(x, places-int(shift)), Unit: to}, nil
	}
	var sum, product, result apd.Decimal
	add(&sum, x, before)
	mul(&product, &sum, top)
	if _, err := working.Quo(&result, &product, bottom); err != nil {
		return record.Quantity{}, fmt.Errorf("convert to %q: %w", to, err)
	}
	if _, err := working.Sub(&result, &result, after); err != nil {
		return record.Quantity{}, fmt.Errorf("convert to %q: %w", to, err)
	}
	var ratio apd.Decimal
	if _, err := working.Quo(&ratio, top, bottom); err != nil {
		return record.Quantity{}, fmt.Errorf("convert to %q: %w", to, err)
	}
	ratio.Reduce(&ratio)
	if power := ratio.Coeff.String() == "1"; power && before.IsZero() && after.IsZero() {
		return record.Quantity{Value: text(&result, places-int(ratio.Exponent)), Unit: to}, nil
	}
	digits := x.NumDigits() + 2
	if result.IsZero() {
		return record.Quantity{Value: text(&result, max(places, 0)), Unit: to}, nil
	}
	magnitude := result.NumDigits() + int64(result.Exponent) // digits before the point
	return record.Quantity{Value: text(&result, int(digits-magnitude)), Unit: to}, nil
}

// power returns the exponent of top/bottom where both are seen at once to be
// powers of ten, as between grams: no division is needed then.
func power(top, bottom *apd.Decimal) (int32, bool) {
	var t, b apd.Decimal
	t.Reduce(top)
	b.Reduce(bottom)
	one := apd.NewBigInt(1)
	return t.Exponent - b.Exponent, t.Coeff.Cmp(one) == 0 && b.Coeff.Cmp(one) == 0
}

// text writes d with the given number of decimal places, none if negative.
func text(d *apd.Decimal, places int) record.Decimal {
	var rounded apd.Decimal
	c := *working
	c.Rounding = apd.RoundHalfEven
	if _, err := c.Quantize(&rounded, d, -int32(max(places, 0))); err != nil {
		return record.Decimal(d.Text('f'))
	}
	return record.Decimal(rounded.Text('f'))
}

func mul(d, x, y *apd.Decimal) {
	if _, err := working.Mul(d, x, y); err != nil {
		panic(err) // constants of the tables only
	}
}

func add(d, x, y *apd.Decimal) {
	if _, err := working.Add(d, x, y); err != nil {
		panic(err)
	}
}
