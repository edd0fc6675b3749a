package record

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// A Decimal is a number with its digits as written: "1.50" stays "1.50".
// It is a JSON number: an optional minus sign, digits without superfluous
// leading zeros, an optional fraction, no exponent.
type Decimal string

var errNotNumber = errors.New("not a decimal number")

// ParseDecimal reads a number as exports and spreadsheets write it. Digits are
// kept. An exponent ("1.2E7", as Java writes large numbers) is written out,
// a missing leading zero is added, a plus sign is dropped.
func ParseDecimal(s string) (Decimal, error) {
	if plainDecimal(s) {
		return Decimal(s), nil
	}
	d, cond, err := apd.NewFromString(s)
	if err != nil || cond != 0 || d.Form != apd.Finite || d.Exponent > 40 || d.Exponent < -40 {
		return "", errNotNumber
	}
	return Decimal(d.Text('f')), nil
}

// plainDecimal reports whether s is already in the form of a Decimal.
func plainDecimal(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(s, ".")
	if whole == "" || (len(whole) > 1 && whole[0] == '0') || (dotted && fraction == "") {
		return false
	}
	return digits(whole) && digits(fraction)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Abs returns the number without its sign.
func (d Decimal) Abs() Decimal { return Decimal(strings.TrimPrefix(string(d), "-")) }

// Negative reports whether the number is below zero; -0.00 is not.
func (d Decimal) Negative() bool { return strings.HasPrefix(string(d), "-") && !d.Zero() }

// Zero reports whether the number is zero, however many digits it is written with.
func (d Decimal) Zero() bool { return !strings.ContainsAny(string(d), "123456789") }

// Exact returns the number for exact arithmetic.
func (d Decimal) Exact() (*apd.Decimal, error) {
	x, _, err := apd.NewFromString(string(d))
	if err != nil {
		return nil, errNotNumber
	}
	return x, nil
}

// A Quantity is a number and its unit, a UCUM code. As text and in JSON it is
// the number, a space and the code: "5.10 kcal". A unit that UCUM does not
// know is an annotation in braces: "1.20 {drops}"; a bare number has the unit "1".
type Quantity struct {
	Value Decimal
	Unit  string
}

// String returns the quantity as text.
func (q Quantity) String() string { return string(q.Value) + " " + q.Unit }

// IsZero reports whether the quantity is missing, which is not the same as a
// measured zero.
func (q Quantity) IsZero() bool { return q.Value == "" }

// MarshalText returns the quantity as text.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (q *Quantity) UnmarshalText(text []byte) error {
	value, unit, ok := strings.Cut(string(text), " ")
	if !ok || unit == "" || !plainDecimal(value) {
		return fmt.Errorf("not a quantity of the form %q", "5.10 kcal")
	}
	q.Value, q.Unit = Decimal(value), unit
	return nil
}
