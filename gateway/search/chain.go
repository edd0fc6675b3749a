package search

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"nutrigate/gateway/fault"
)

// chain reads what stands behind the dot of "subject:Patient.identifier": a
// query on the types to which the reference may point (R4, search.html#chaining).
func (r Reader) chain(c Condition, rest, value string, n *int, depth int) (Condition, error) {
	p := c.Param
	if p.Kind != Ref {
		return c, fmt.Errorf("only references can be followed, and %s is none", p.Name)
	}
	if depth >= maxDepth {
		return c, fmt.Errorf("a chain may follow %d references", maxDepth)
	}
	types := p.Targets
	if c.Modifier != "" {
		if types = []string{c.Modifier}; !p.PointsTo(c.Modifier) {
			return c, fmt.Errorf("%s does not point to %s", p.Name, c.Modifier)
		}
	}
	var last error
	strict := r
	strict.Lenient = false
	for _, t := range types {
		if t == "*" {
			return c, fmt.Errorf("say to which type: %s:Patient.%s", p.Name, rest)
		}
		if table()[t] == nil {
			continue
		}
		q, err := strict.parse(t, url.Values{rest: {value}}, n, depth+1)
		if err != nil {
			last = err
			continue
		}
		c.Chain = append(c.Chain, q)
	}
	c.Modifier = ""
	switch {
	case len(c.Chain) > 0:
		return c, nil
	case last != nil:
		return c, fault.BadParam(c.Name, "%s: %s", c.Name, last)
	}
	return c, errors.New("the reference points to nothing that is served here")
}

// has reads "_has:Observation:patient:code": resources to which one of another
// type points that meets the rest (R4, search.html#has).
func (r Reader) has(resourceType, name, value string, n *int, depth int) (Condition, error) {
	c := Condition{Name: name}
	parts := strings.SplitN(name, ":", 4)
	if len(parts) < 4 || parts[3] == "" {
		return c, errors.New("written _has:Type:reference:parameter")
	}
	if depth >= maxDepth {
		return c, fmt.Errorf("_has may be nested %d times", maxDepth)
	}
	of, by, rest := parts[1], parts[2], parts[3]
	if table()[of] == nil {
		return c, fmt.Errorf("no type %s is served here", of)
	}
	p := Lookup(of, by)
	if p == nil || !p.PointsTo(resourceType) {
		return c, fmt.Errorf("%s has no reference %s to %s", of, by, resourceType)
	}
	strict := r
	strict.Lenient = false
	q, err := strict.parse(of, url.Values{rest: {value}}, n, depth+1)
	if err != nil {
		return c, fault.BadParam(name, "%s: %s", name, err)
	}
	c.Has = &Has{Param: p, Query: q}
	return c, nil
}

// A Finder finds what chains and _has speak of, within what the caller may see.
type Finder interface {
	// Find returns the resources that meet the query, written Type/id.
	Find(ctx context.Context, q *Query) (map[string]bool, error)
	// Pointed returns the ids of the resources of a type to which those that meet
	// the query point by the parameter.
	Pointed(ctx context.Context, q *Query, by *Param, to string) (map[string]bool, error)
}

// Resolve returns the query with chains and _has replaced by what is found.
func (q *Query) Resolve(ctx context.Context, f Finder) (*Query, error) {
	if !q.unresolved() {
		return q, nil
	}
	resolved := *q
	resolved.Conditions = append([]Condition(nil), q.Conditions...)
	for i := range resolved.Conditions {
		if err := resolved.Conditions[i].resolve(ctx, f, q.Type); err != nil {
			return nil, err
		}
	}
	return &resolved, nil
}

func (c *Condition) resolve(ctx context.Context, f Finder, resourceType string) error {
	switch {
	case c.Has != nil:
		of, err := c.Has.Query.Resolve(ctx, f)
		if err != nil {
			return err
		}
		c.IDs, err = f.Pointed(ctx, of, c.Has.Param, resourceType)
		c.Has = nil
		return err
	case c.Chain != nil:
		c.Points = map[string]bool{}
		for _, q := range c.Chain {
			to, err := q.Resolve(ctx, f)
			if err != nil {
				return err
			}
			found, err := f.Find(ctx, to)
			if err != nil {
				return err
			}
			for one := range found {
				c.Points[one] = true
			}
		}
		c.Chain = nil
	}
	return nil
}
