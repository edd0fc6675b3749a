package search

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"nutrigate/mapping/vocab"
)

// figure is a number as it was written: 5.4 stands for 5.35 up to 5.45
// (R4, search.html#number).
type figure struct {
	prefix       string
	value        *apd.Decimal
	lo, hi       *apd.Decimal // what it stands for, hi not included
	close, apart *apd.Decimal // a tenth around it, for the prefix ap
}

// amount is a value of a quantity parameter: number, number|system|code, or
// number||unit (R4, search.html#quantity).
type amount struct {
	figure
	unit      string // empty: any
	system    string
	anySystem bool // of the form number||unit
}

var numberForm = regexp.MustCompile(`^(eq|ne|gt|lt|ge|le|sa|eb|ap)?([+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?)$`)

var errNumber = errors.New("a number such as ge5.4; prefixes are eq, ne, gt, lt, ge, le, sa, eb, ap")

// exactly has more digits than a number of a search and a factor together.
var exactly = apd.BaseContext.WithPrecision(120)

func parseFigure(text string) (figure, error) {
	parts := numberForm.FindStringSubmatch(strings.Replace(text, " ", "+", 1)) // a plus in a URL reads as a space
	if parts == nil {
		return figure{}, errNumber
	}
	value, _, err := apd.NewFromString(parts[2])
	if err != nil {
		return figure{}, errNumber
	}
	f := figure{prefix: parts[1], value: value}
	if f.prefix == "" {
		f.prefix = "eq"
	}
	half := apd.New(5, value.Exponent-1)
	f.lo, f.hi = sum(value, half, -1), sum(value, half, 1)
	tenth := new(apd.Decimal).Abs(value)
	tenth.Exponent--
	f.close, f.apart = sum(value, tenth, -1), sum(value, tenth, 1)
	return f, nil
}

// sum returns a + sign*b.
func sum(a, b *apd.Decimal, sign int) *apd.Decimal {
	var d apd.Decimal
	add := exactly.Add
	if sign < 0 {
		add = exactly.Sub
	}
	if _, err := add(&d, a, b); err != nil {
		return a
	}
	return &d
}

// bounds is what a resource says of a number: from and to included; nil is open.
type bounds struct{ from, to *apd.Decimal }

// is compares by R4, search.html#prefix. But for eq, ne and ap, the number
// counts as exact.
func (f *figure) is(b bounds) bool {
	equal := b.from != nil && b.to != nil && b.from.Cmp(f.lo) >= 0 && b.to.Cmp(f.hi) < 0
	above := func(strictly bool) bool {
		return b.to == nil || b.to.Cmp(f.value) > 0 || (!strictly && b.to.Cmp(f.value) == 0)
	}
	below := func(strictly bool) bool {
		return b.from == nil || b.from.Cmp(f.value) < 0 || (!strictly && b.from.Cmp(f.value) == 0)
	}
	switch f.prefix {
	case "ne":
		return !equal
	case "gt":
		return above(true)
	case "ge":
		return above(false)
	case "lt":
		return below(true)
	case "le":
		return below(false)
	case "sa":
		return b.from != nil && b.from.Cmp(f.value) > 0
	case "eb":
		return b.to != nil && b.to.Cmp(f.value) < 0
	case "ap":
		return (b.from == nil || b.from.Cmp(f.apart) <= 0) && (b.to == nil || b.to.Cmp(f.close) >= 0)
	}
	return equal
}

func parseNumber(text string) (Value, error) {
	f, err := parseFigure(unescape(text))
	return f, err
}

func (f figure) meets(_ *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		d := decimal(e)
		return d != nil && f.is(bounds{d, d})
	})
}

func decimal(v any) *apd.Decimal {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	d, _, err := apd.NewFromString(n.String())
	if err != nil {
		return nil
	}
	return d
}

func parseQuantity(text string) (Value, error) {
	parts := split(text, '|')
	if len(parts) != 1 && len(parts) != 3 {
		return nil, errors.New("a number, number|system|code or number||unit")
	}
	f, err := parseFigure(unescape(parts[0]))
	if err != nil {
		return nil, err
	}
	a := amount{figure: f}
	if len(parts) == 3 {
		a.system, a.unit = unescape(parts[1]), unescape(parts[2])
		a.anySystem = a.system == ""
		if a.unit == "" {
			return nil, errors.New("the unit is missing: number|system|code or number||unit")
		}
	}
	return a, nil
}

func (a amount) meets(_ *Param, elements []any, _ *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		m, ok := e.(map[string]any)
		return ok && a.isQuantity(m)
	})
}

func (a *amount) isQuantity(q map[string]any) bool {
	value := decimal(q["value"])
	if value == nil {
		return false
	}
	if !a.unitFits(q) {
		if value = a.converted(value, q); value == nil {
			return false
		}
	}
	b := bounds{value, value}
	switch textOf(q["comparator"]) {
	case "<", "<=":
		b.from = nil
	case ">", ">=":
		b.to = nil
	}
	return a.is(b)
}

// unitFits reports whether a quantity has the unit of a, as it is.
func (a *amount) unitFits(q map[string]any) bool {
	switch {
	case a.unit == "":
		return true
	case a.anySystem:
		return q["code"] == a.unit || q["unit"] == a.unit
	}
	return q["system"] == a.system && q["code"] == a.unit
}

const ucum = "http://unitsofmeasure.org"

// converted returns the value in the unit of a, by exact factors, or nil where
// there is no way from one to the other.
func (a *amount) converted(value *apd.Decimal, q map[string]any) *apd.Decimal {
	from, known := vocab.UnitByCode(textOf(q["code"]))
	to, knownTo := vocab.UnitByCode(a.unit)
	if a.system != ucum || q["system"] != ucum || !known || !knownTo || from.Dimension != to.Dimension {
		return nil
	}
	top, bottom := new(apd.Decimal), new(apd.Decimal)
	shifted := sum(value, from.Offset, 1)
	_, err1 := exactly.Mul(top, from.Numerator, to.Denominator)
	_, err2 := exactly.Mul(bottom, from.Denominator, to.Numerator)
	_, err3 := exactly.Mul(shifted, shifted, top)
	_, err4 := exactly.Quo(shifted, shifted, bottom)
	if errors.Join(err1, err2, err3, err4) != nil {
		return nil
	}
	return sum(shifted, to.Offset, -1)
}
