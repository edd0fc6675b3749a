// Package search is FHIR's search (R4, http://hl7.org/fhir/R4/search.html) as
// a pure matter: it reads parameters and says whether a resource meets them. It
// knows neither HTTP nor a store.
//
// Which parameters a type has stands in params.csv, one row each: kind, paths
// in the resource, types that a reference may have, the system of codes that are
// plain. Another type is served by adding its rows; nothing else of this package
// has to change.
//
// Parse makes a Query of url.Values, and Query.Matches asks it of a resource.
// Chains and _has speak of other resources, so that a Query with them has to be
// resolved first (Query.Resolve).
package search

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
)

// A Query is conditions on resources of a type, all of which have to be met.
type Query struct {
	Type       string
	Conditions []Condition
	// Any has further queries of which one has to be met, if there are any: the
	// bounds of a caller's scopes.
	Any []*Query
	// Used is what was understood, for the self link.
	Used url.Values
}

// A Condition is one parameter with its values, of which one has to be met.
type Condition struct {
	Name     string // as it was asked: "code:not"
	Param    *Param
	Modifier string
	Values   []Value
	// Chain speaks of the resources to which a reference points, Has of those
	// that point here; both wait for Query.Resolve.
	Chain []*Query
	Has   *Has
	// Points is what became of a chain: a reference has to point to one of them,
	// written Type/id.
	Points map[string]bool
	// IDs is what became of a _has: the resource has to be one of them.
	IDs map[string]bool
}

// A Has says that a resource that meets Query has to point here by Param.
type Has struct {
	Param *Param
	Query *Query
}

// A Reader reads queries; the zero Reader is ready.
type Reader struct {
	// Base is the server's own address: a reference that is written in full and
	// begins with it is one to a resource here. Empty: so is any.
	Base string
	// Now is what "approximately" is measured from (prefix ap of dates).
	Now time.Time
	// Lenient passes over parameters that are not known, and over nothing else.
	Lenient bool
}

// Parse reads the parameters with the zero Reader.
func Parse(resourceType string, q url.Values) (*Query, error) { return Reader{}.Parse(resourceType, q) }

// maxValues is how many values a search may have, those of all parameters
// together: each is compared with each resource.
const maxValues = 200

// maxDepth is how many references a chain may follow.
const maxDepth = 4

// Parse reads the parameters, each of which is a condition. A parameter that is
// there twice has to be met twice (R4, search.html#combining), and one that is
// empty is as good as none. An error is a fault that names the parameter.
func (r Reader) Parse(resourceType string, q url.Values) (*Query, error) {
	n := 0
	return r.parse(resourceType, q, &n, 0)
}

func (r Reader) parse(resourceType string, q url.Values, n *int, depth int) (*Query, error) {
	query := &Query{Type: resourceType, Used: url.Values{}}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		for _, value := range q[name] {
			if strings.Trim(value, ",") == "" {
				continue
			}
			if *n += 1 + strings.Count(value, ","); *n > maxValues {
				return nil, fault.BadParam(name, "a search may have %d values at most", maxValues)
			}
			c, known, err := r.condition(resourceType, name, value, n, depth)
			switch {
			case err != nil:
				return nil, named(name, err)
			case !known && r.Lenient:
				continue
			case !known:
				return nil, fault.BadParam(name, "unknown search parameter %q of %s; Prefer: handling=lenient passes over it", name, resourceType)
			}
			query.Conditions = append(query.Conditions, c)
			query.Used.Add(name, value)
		}
	}
	return query, nil
}

// named names the parameter in an error that does not.
func named(name string, err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.BadParam(name, "%s: %s", name, err)
}

// condition reads one parameter: name, name:modifier, name.chain, _has:….
func (r Reader) condition(resourceType, name, value string, n *int, depth int) (c Condition, known bool, err error) {
	if strings.HasPrefix(name, "_has:") {
		c, err = r.has(resourceType, name, value, n, depth)
		return c, true, err
	}
	head, rest, chained := strings.Cut(name, ".")
	bare, modifier, modified := strings.Cut(head, ":")
	p := Lookup(resourceType, bare)
	if p == nil {
		return c, false, nil
	}
	c = Condition{Name: name, Param: p, Modifier: modifier}
	if modified && modifier == "" {
		return c, true, errNoModifier
	}
	if chained {
		c, err = r.chain(c, rest, value, n, depth)
		return c, true, err
	}
	c.Values, err = r.values(p, modifier, value)
	return c, true, err
}

// unresolved reports whether the query waits to be resolved.
func (q *Query) unresolved() bool {
	return slices.ContainsFunc(q.Conditions, func(c Condition) bool { return c.Chain != nil || c.Has != nil })
}
