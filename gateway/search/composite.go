package search

import (
	"fmt"
	"slices"
)

// pair is a value of a composite parameter: a value for each part, all of which
// one element has to meet (R4, search.html#combining).
type pair struct{ parts []Value }

func (r Reader) parseComposite(p *Param, text string) (Value, error) {
	texts := split(text, '$')
	if len(texts) != len(p.parts) {
		return nil, fmt.Errorf("%d values with a $ between them", len(p.parts))
	}
	var c pair
	for i := range p.parts {
		if texts[i] == "" {
			return nil, fmt.Errorf("%d values with a $ between them, none of them empty", len(p.parts))
		}
		read, err := r.reading(&p.parts[i], "")
		if err != nil {
			return nil, err
		}
		v, err := read(texts[i])
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, v)
	}
	return c, nil
}

func (c pair) meets(p *Param, elements []any, r *Resource) bool {
	return slices.ContainsFunc(elements, func(e any) bool {
		node, ok := e.(map[string]any)
		if !ok {
			return false
		}
		for i := range p.parts {
			part := &p.parts[i]
			if !c.parts[i].meets(part, part.elements(node), r) {
				return false
			}
		}
		return true
	})
}
