package search

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Value is one value of a parameter.
type Value interface {
	// meets reports whether one of the elements to which the parameter leads in a
	// resource is what the value asks for.
	meets(p *Param, elements []any, r *Resource) bool
}

var errNoModifier = errors.New("the modifier after the colon is missing")

// values reads what stands behind the equals sign: values of which one has to
// be met, with commas between them.
func (r Reader) values(p *Param, modifier, text string) ([]Value, error) {
	if modifier == "missing" {
		if text != "true" && text != "false" {
			return nil, errors.New("true or false")
		}
		return []Value{missing(text == "true")}, nil
	}
	read, err := r.reading(p, modifier)
	if err != nil {
		return nil, err
	}
	var all []Value
	for _, part := range split(text, ',') {
		if part == "" {
			continue
		}
		v, err := read(part)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// reading returns how values of the parameter are read; an error if it has no
// such modifier (R4, search.html#modifiers).
func (r Reader) reading(p *Param, modifier string) (func(string) (Value, error), error) {
	switch modifier {
	case "above", "below", "in", "not-in":
		return nil, fmt.Errorf("the modifier :%s is not supported", modifier)
	}
	switch p.Kind {
	case Token:
		return tokenReading(p, modifier)
	case Ref:
		return r.referenceReading(p, modifier)
	case String:
		return stringReading(modifier)
	}
	if modifier != "" {
		return nil, fmt.Errorf("a parameter of the kind %s has no modifier :%s", p.Kind, modifier)
	}
	switch p.Kind {
	case Date:
		return r.parseDate, nil
	case Quantity:
		return parseQuantity, nil
	case Number:
		return parseNumber, nil
	case URI:
		return parseURI, nil
	case Composite:
		return func(text string) (Value, error) { return r.parseComposite(p, text) }, nil
	}
	return nil, fmt.Errorf("a parameter of the kind %s cannot be searched by", p.Kind)
}

// split cuts text at a separator that no backslash stands before. The
// backslashes stay (R4, search.html#escaping).
func split(text string, at byte) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case at:
			parts, from = append(parts, text[from:i]), i+1
		}
	}
	return append(parts, text[from:])
}

var unescaper = strings.NewReplacer(`\,`, `,`, `\|`, `|`, `\$`, `$`, `\\`, `\`)

func unescape(text string) string { return unescaper.Replace(text) }

// missing asks whether there is no such element.
type missing bool

func (m missing) meets(p *Param, elements []any, _ *Resource) bool {
	if p.Name == "patient" { // which R4 defines as what "resolve() is Patient", and nothing else where the paths lead
		elements = slices.DeleteFunc(slices.Clone(elements), func(e any) bool {
			return !p.PointsTo(Reader{}.referenceOf(referenceText(e)).Type)
		})
	}
	return (len(elements) == 0) == bool(m)
}
