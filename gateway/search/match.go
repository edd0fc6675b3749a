package search

import "slices"

// Matches reports whether a resource is what the query asks for. A query that
// waits to be resolved asks for nothing.
func (q *Query) Matches(r *Resource) bool {
	if r.Type != q.Type || q.unresolved() {
		return false
	}
	for i := range q.Conditions {
		if !q.Conditions[i].Meets(r) {
			return false
		}
	}
	return q.meetsAny(r)
}

func (q *Query) meetsAny(r *Resource) bool {
	return len(q.Any) == 0 || slices.ContainsFunc(q.Any, func(one *Query) bool { return one.Matches(r) })
}

// Codes returns the codes of which a resource has to have one, or of a
// composite whose first part is a code, those in it; false where the condition
// is another.
func (c *Condition) Codes() ([]Code, bool) {
	var codes []Code
	for _, v := range c.Values {
		if p, ok := v.(pair); ok {
			v = p.parts[0]
		}
		code, ok := v.(Code)
		if !ok {
			return nil, false
		}
		codes = append(codes, code)
	}
	return codes, true
}

// Meets reports whether a resource meets one condition.
func (c *Condition) Meets(r *Resource) bool {
	switch {
	case c.IDs != nil:
		return c.IDs[r.ID]
	case c.Points != nil:
		return slices.ContainsFunc(c.Param.References(r), func(to string) bool { return c.Points[to] })
	}
	elements := c.Param.elements(r.root())
	met := slices.ContainsFunc(c.Values, func(v Value) bool { return v.meets(c.Param, elements, r) })
	return met != (c.Modifier == "not")
}
