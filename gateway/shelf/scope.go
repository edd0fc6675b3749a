package shelf

import (
	"net/url"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/search"
)

// Scope returns what of the type a caller may see, as a scan that takes in
// further conditions: the tenant, the one person if there is one, and the
// queries of which a resource has to meet one. Without any of the actions it is
// a fault of the kind Forbidden.
func (t *Type) Scope(g *grant.Grant, actions ...grant.Action) (Scan, error) {
	s := Scan{Tenant: g.Tenant, Query: &search.Query{Type: t.Name}}
	if g.Patient != "" && t.Patient != "" {
		s.Patients = []string{g.Patient}
	}
	if !g.All {
		s.Client = g.Client
	}
	isAllowed, isBounded := false, true
	for _, a := range actions {
		queries, ok := g.May(a, t.Name)
		if !ok {
			continue
		}
		isAllowed, isBounded = true, isBounded && len(queries) > 0
		for _, q := range queries {
			bound, err := t.bound(q)
			if err != nil {
				return s, err
			}
			s.Query.Any = append(s.Query.Any, bound)
		}
	}
	if !isAllowed {
		return s, fault.New(fault.Forbidden, "the grant does not reach resources of the type %s in this way", t.Name)
	}
	if !isBounded {
		s.Query.Any = nil
	}
	return s, nil
}

// bound reads the query of a scope.
func (t *Type) bound(q url.Values) (*search.Query, error) {
	bound, err := search.Parse(t.Name, q)
	if err != nil {
		return nil, fault.Wrap(fault.Forbidden, err, "the grant bounds %s by a search that cannot be made", t.Name)
	}
	return bound, nil
}

// With returns the scan with the conditions of a query added.
func (s Scan) With(q *search.Query) Scan {
	both := *s.Query
	both.Conditions = append(append([]search.Condition(nil), both.Conditions...), q.Conditions...)
	both.Used = q.Used
	s.Query = &both
	return s
}

// May reports whether the caller may see the resource; what they may not is as
// if it were not there.
func (t *Type) May(g *grant.Grant, r *Resource, actions ...grant.Action) (bool, error) {
	s, err := t.Scope(g, actions...)
	if err != nil {
		return false, err
	}
	s.Deleted = true
	return s.Is(r)
}
