package shelf

import (
	"slices"
	"strings"

	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// narrowed is a scan as the store can answer it, and what is left to be asked
// of each record (dates), and of each resource that is made of one (rest).
type narrowed struct {
	query store.Query
	dates []*search.Condition
	since []*search.Condition // on meta.lastUpdated
	rest  *search.Query
	none  bool // nothing can be found
}

// narrow turns the conditions that records can answer by themselves into a
// question to the store: whose they are, ids, codes and categories by the tables
// of the mapping, days. A test compares each with the resources themselves.
func (s *records) narrow(scan Scan) narrowed {
	n := narrowed{query: store.Query{
		Tenant: scan.Tenant, Since: scan.Since, AsOf: scan.AsOf, Deleted: scan.Deleted,
	}}
	users := scan.Patients
	var left []search.Condition
	if scan.Query != nil {
		for i := range scan.Query.Conditions {
			c := &scan.Query.Conditions[i]
			if ids, ok := s.owners(c); ok {
				users = common(users, ids)
			} else if !s.settle(&n, c) {
				left = append(left, *c)
			}
		}
		if len(left) > 0 || len(scan.Query.Any) > 0 {
			n.rest = &search.Query{Type: s.name, Conditions: left, Any: scan.Query.Any}
		}
	}
	n.users(users)
	n.kinds(s.kinds())
	n.query.Select = emitted(n.query.Select, configured(s.Format))
	n.none = n.none || len(n.query.Select) == 0
	n.days()
	return n
}

// emitted leaves out totals of nutrients that the operator does not want to be
// emitted.
func emitted(all []store.Selector, f fhir.Format) []store.Selector {
	if !f.CoreNutrients {
		return all
	}
	var some []store.Selector
	for _, s := range all {
		if s.Kind == record.KindTotal && s.Metric == "" {
			for _, key := range f.EmittedNutrients() {
				some = append(some, store.Selector{Kind: s.Kind, Metric: key})
			}
		} else if f.Emits(s.Kind, s.Metric) {
			some = append(some, s)
		}
	}
	return some
}

// owners returns the only people that a condition lets through, where it is one
// on whose a resource is.
func (s *records) owners(c *search.Condition) ([]string, bool) {
	if c.Param == nil || (c.Param.Name != "patient" && c.Param.Name != "subject") || (c.Modifier != "" && c.Modifier != "Patient") {
		return nil, false
	}
	ids := []string{}
	if c.Points != nil {
		for to := range c.Points {
			if id, ok := patientID(to); ok {
				ids = append(ids, id)
			}
		}
		return ids, true
	}
	for _, v := range c.Values {
		r, ok := v.(search.Reference)
		if !ok {
			return nil, false
		}
		if r.URL == "" && (r.Type == "" || r.Type == "Patient") {
			ids = append(ids, r.ID)
		}
	}
	return ids, true
}

// settle takes in a condition if records answer it whole. A condition on the
// code narrows, but some codes depend on more than the tables know.
func (s *records) settle(n *narrowed, c *search.Condition) bool {
	if ids, ok := idsOf(c); ok {
		n.query.IDs = common(n.query.IDs, ids)
		n.none = n.none || len(n.query.IDs) == 0
		return true
	}
	if c.Param != nil && s.name == "Observation" {
		n.pickKinds(c)
	}
	if c.Modifier != "" || c.Param == nil || c.Points != nil {
		return false
	}
	switch c.Param.Name {
	case "_lastUpdated":
		n.since = append(n.since, c)
		return true
	case "date":
		if s.name == "Observation" {
			n.dates = append(n.dates, c)
			return true
		}
	case "code":
		if s.name == "Observation" {
			return n.pickCodes(c)
		}
	case "code-value-quantity", "code-value-concept", "code-value-string", "code-value-date":
		n.pickCodes(c)
	case "combo-code", "combo-code-value-quantity", "combo-code-value-concept":
		n.pickOf(c, fhir.Selectors, fhir.PartSelectors)
	case "component-code", "component-code-value-quantity", "component-code-value-concept":
		n.pickOf(c, fhir.PartSelectors)
	case "category":
		if s.name == "Observation" {
			return n.pickCategories(c, s.Format)
		}
	}
	return false
}

func (n *narrowed) users(ids []string) {
	if ids == nil {
		return
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	switch len(ids) {
	case 0:
		n.none = true
	case 1:
		n.query.User = ids[0]
	default:
		n.query.Users = ids
	}
}

// kinds picks those of the type where no condition has picked any.
func (n *narrowed) kinds(all []record.Kind) {
	if n.query.Select != nil {
		return
	}
	for _, k := range all {
		n.query.Select = append(n.query.Select, store.Selector{Kind: k})
	}
}

// How many days something may last beyond its first, and still be found by when
// it ends: a fast, and an exercise or a sleep.
const (
	longestFast  = 60
	longestSleep = 3
)

// days bounds the days that are read, both included. The dates decide.
func (n *narrowed) days() {
	reach := 0
	for _, s := range n.query.Select {
		switch {
		case s.Kind == record.KindFast:
			reach = longestFast
		case lasts(s.Kind):
			reach = max(reach, longestSleep)
		}
	}
	for _, c := range n.dates {
		from, to := c.Begins(reach)
		n.query.From = max(n.query.From, from)
		if to != "" && (n.query.To == "" || to < n.query.To) {
			n.query.To = to
		}
	}
}

// meets reports whether a record meets what is left but Rest. Its resource is
// asked only where the record alone does not say when it is true.
func (n *narrowed) meets(r *store.Stored, made *Resource) (bool, error) {
	for _, c := range n.since {
		if !c.MeetsWhen(instant(r.Updated), "") {
			return false, nil
		}
	}
	if len(n.dates) == 0 {
		return true, nil
	}
	if lasts(r.Kind) {
		seen, err := made.Searched()
		if err != nil {
			return false, err
		}
		return !slices.ContainsFunc(n.dates, func(c *search.Condition) bool { return !c.Meets(seen) }), nil
	}
	when := whenOf(&r.Record)
	return !slices.ContainsFunc(n.dates, func(c *search.Condition) bool { return !c.MeetsWhen(when, r.Zone) }), nil
}

// settled returns the resources that meet it.
func (s *records) settled(n *narrowed, found []store.Stored) ([]*Resource, error) {
	all := make([]*Resource, 0, len(found))
	for i := range found {
		made := s.resource(n.query.Tenant, &found[i])
		ok, err := n.meets(&found[i], made)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, made)
		}
	}
	return all, nil
}

// patientID returns the id in Patient/id.
func patientID(reference string) (string, bool) { return strings.CutPrefix(reference, "Patient/") }

// wholeDays reports whether the days that the store looks at are exactly those
// that meet the dates.
func (n *narrowed) wholeDays() bool {
	if len(n.dates) > 0 && slices.ContainsFunc(n.query.Select, func(s store.Selector) bool { return lasts(s.Kind) }) {
		return false
	}
	return !slices.ContainsFunc(n.dates, func(c *search.Condition) bool { return !c.OfDays() })
}
