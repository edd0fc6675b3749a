package search

import (
	"regexp"
	"strings"
)

// Expression returns what the parameter looks at as FHIRPath: the elements that
// stand in its row of params.csv.
func (p *Param) Expression() string {
	var all []string
	for _, path := range p.paths {
		all = append(all, path.expression(p.Type))
	}
	return strings.Join(all, " | ")
}

// Parts returns what the parts of a composite parameter look at, within what the
// parameter itself does.
func (p *Param) Parts() []string {
	var all []string
	for _, part := range p.parts {
		var alternatives []string
		for _, path := range part.paths {
			alternatives = append(alternatives, strings.TrimPrefix(path.expression(""), "."))
		}
		all = append(all, strings.Join(alternatives, " | "))
	}
	return all
}

// choice is an element that has its type in its name, as JSON writes it.
var choice = regexp.MustCompile(`^(value|effective|deceased|occurred|start|due|target)(Boolean|String|Date|DateTime|Instant|CodeableConcept|Period|Quantity|SampledData|Timing|Identifier|Reference)$`)

// typed writes a choice of types as FHIRPath does: value.ofType(Quantity).
func typed(name string) string {
	m := choice.FindStringSubmatch(name)
	if m == nil {
		return name
	}
	switch m[2] {
	case "Boolean", "String", "Date", "DateTime", "Instant": // primitive types begin small
		m[2] = strings.ToLower(m[2][:1]) + m[2][1:]
	}
	return m[1] + ".ofType(" + m[2] + ")"
}

func (p path) expression(of string) string {
	var b strings.Builder
	b.WriteString(of)
	for _, s := range p.steps {
		b.WriteString("." + typed(s.name))
		if s.where != "" {
			b.WriteString(".where(" + s.where + " = '" + s.is + "')")
		}
	}
	if p.exists {
		b.WriteString(".exists()")
	}
	return b.String()
}
