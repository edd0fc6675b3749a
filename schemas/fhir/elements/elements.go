// Package elements knows of every type of FHIR R4 which elements it has, in the
// order in which the specification has them: what XML and summaries need, and
// JSON Schema does not say. The table is generated from HL7's definitions.
package elements

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed r4.v4.0.1.csv
var table string

// A Type is a resource, a data type, or the part of a resource that is defined
// in place; that one's name is its path: "Observation.component".
type Type struct {
	Name     string
	Elements []Element
	// properties has each name that JSON uses.
	properties map[string]Property
}

// An Element is one line of a type.
type Element struct {
	Name string // without the [x] of a choice
	// Types are what it may be. More than one make it a choice, whose name in
	// documents ends with its type's: valueQuantity.
	Types  []string
	Choice bool
	Min    int
	Many   bool // more than one may be there
	// Summary says that it is part of _summary=true, Modifier that it changes
	// what the rest means, Attribute that XML has it as one.
	Summary, Modifier, Attribute bool
}

// A Property is an element as documents name it.
type Property struct {
	Index int    // of the element in its type
	Type  string // which of the element's
}

// Any is the type of an element that holds a whole resource.
const Any = "Resource"

// Of returns a type by its name.
func Of(name string) (*Type, bool) {
	t, ok := all()[name]
	return t, ok
}

// Resource returns the type of a resource by its name.
func Resource(name string) (*Type, bool) {
	t, ok := all()[name]
	if !ok || !t.IsResource() {
		return nil, false
	}
	return t, true
}

// Property returns the element that a document names so.
func (t *Type) Property(name string) (Property, bool) {
	p, ok := t.properties[name]
	return p, ok
}

// Element returns an element by its name without [x].
func (t *Type) Element(name string) (*Element, bool) {
	i := slices.IndexFunc(t.Elements, func(e Element) bool { return e.Name == name })
	if i < 0 {
		return nil, false
	}
	return &t.Elements[i], true
}

// IsResource reports whether it is a resource: these alone have implicitRules.
func (t *Type) IsResource() bool {
	_, ok := t.Element("implicitRules")
	return ok
}

// IsPrimitive reports whether the type has a value of its own: its name is of
// lower case.
func IsPrimitive(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return unicode.IsLower(first)
}

// Named is an element's name in documents where it is of the given type.
func (e *Element) Named(typ string) string {
	if !e.Choice {
		return e.Name
	}
	return e.Name + strings.ToUpper(typ[:1]) + typ[1:]
}

// all reads the table. It is generated, so that a fault in it is one of the program.
var all = sync.OnceValue(func() map[string]*Type {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		panic(fmt.Errorf("schemas/fhir/elements: %w", err))
	}
	types := map[string]*Type{}
	for _, row := range rows[1:] {
		t := types[row[0]]
		if t == nil {
			t = &Type{Name: row[0], properties: map[string]Property{}}
			types[row[0]] = t
		}
		t.add(row)
	}
	return types
})

func (t *Type) add(row []string) {
	name, choice := strings.CutSuffix(row[1], "[x]")
	e := Element{
		Name: name, Choice: choice, Types: strings.Fields(row[2]), Many: row[4] == "*",
		Summary: strings.Contains(row[5], "S"), Modifier: strings.Contains(row[5], "M"), Attribute: strings.Contains(row[5], "A"),
	}
	if row[3] != "0" {
		e.Min = 1
	}
	for _, typ := range e.Types {
		t.properties[e.Named(typ)] = Property{len(t.Elements), typ}
	}
	t.Elements = append(t.Elements, e)
}

// Names lists all types.
func Names() []string { return slices.Sorted(maps.Keys(all())) }
