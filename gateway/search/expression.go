package search

import "strings"

// Expression returns what the parameter looks at as FHIRPath: the elements that
// stand in its row of params.csv.
func (p *Param) Expression() string {
	var all []string
	for _, path := range p.paths {
		all = append(all, path.expression(p.Type))
	}
	return strings.Join(all, " | ")
}

func (p path) expression(of string) string {
	var b strings.Builder
	b.WriteString(of)
	for _, s := range p.steps {
		b.WriteString("." + s.name)
		if s.where != "" {
			b.WriteString(".where(" + s.where + " = '" + s.is + "')")
		}
	}
	if p.exists {
		b.WriteString(".exists()")
	}
	return b.String()
}
