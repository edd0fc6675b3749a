package shelf

import (
	"slices"
	"time"

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
	n.kinds(s.name)
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
	case "category":
		if s.name == "Observation" {
			return n.pickCategories(c, s.Format)
		}
	}
	return false
}

// pickCodes narrows to records that can have one of the codes, and reports
// whether each that is picked has it: so it is with the total of a nutrient.
func (n *narrowed) pickCodes(c *search.Condition) bool {
	whole := true
	var picked []store.Selector
	for _, v := range c.Values {
		code, ok := v.(search.Code)
		if !ok {
			return false
		}
		for _, sel := range fhir.Selectors(code.System, code.Code, code.AnySystem) {
			picked = append(picked, store.Selector(sel))
			whole = whole && sel.Kind == record.KindTotal
		}
	}
	n.pick(picked)
	return whole
}

func (n *narrowed) pickCategories(c *search.Condition, f any) bool {
	var picked []store.Selector
	for _, v := range c.Values {
		code, ok := v.(search.Code)
		if !ok || code.AnyCode {
			return false
		}
		if code.System == "" && !code.AnySystem {
			continue // |code: none of our categories lacks a system
		}
		for _, sel := range selectCategory(f, code.System, code.Code) {
			picked = append(picked, store.Selector(sel))
		}
	}
	n.pick(picked)
	return true
}

// selectCategory asks the format as it is configured.
func selectCategory(f any, system, code string) []fhir.Selector {
	if own, ok := f.(fhir.Format); ok {
		return own.SelectCategory(system, code)
	}
	return fhir.SelectCategory(system, code)
}

// pick narrows to records that are also in the given ones.
func (n *narrowed) pick(selectors []store.Selector) {
	if n.query.Select != nil {
		selectors = both(n.query.Select, selectors)
	}
	n.query.Select, n.none = selectors, n.none || len(selectors) == 0
}

// both returns what is in a and in b. An empty metric stands for all of a kind.
func both(a, b []store.Selector) []store.Selector {
	var shared []store.Selector
	for _, x := range a {
		for _, y := range b {
			narrow := x
			if x.Metric == "" {
				narrow.Metric = y.Metric
			}
			if x.Kind == y.Kind && (x.Metric == "" || y.Metric == "" || x.Metric == y.Metric) && !slices.Contains(shared, narrow) {
				shared = append(shared, narrow)
			}
		}
	}
	return shared
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
func (n *narrowed) kinds(name string) {
	if n.query.Select != nil {
		return
	}
	for _, k := range fhir.KindsOf(name) {
		n.query.Select = append(n.query.Select, store.Selector{Kind: k})
	}
}

// longestFast is how many days before a date a fast may begin and still be
// found by when it ends. Exercises may cross one midnight.
const longestFast = 60

// days bounds the days that are read, both included. The dates decide.
func (n *narrowed) days() {
	reach := 1
	if slices.ContainsFunc(n.query.Select, func(s store.Selector) bool { return s.Kind == record.KindFast }) {
		reach = longestFast
	}
	for _, c := range n.dates {
		from, to := c.Begins(reach)
		n.query.From = max(n.query.From, from)
		if to != "" && (n.query.To == "" || to < n.query.To) {
			n.query.To = to
		}
	}
}

// meets reports whether a record meets what can be said without its resource.
func (n *narrowed) meets(r *store.Stored) bool {
	for _, c := range n.dates {
		if !c.MeetsWhen(whenOf(&r.Record), r.Zone) {
			return false
		}
	}
	for _, c := range n.since {
		if !c.MeetsWhen(instant(r.Updated), "") {
			return false
		}
	}
	return true
}

// instant is a meta.lastUpdated: written in UTC, exact to the millisecond.
func instant(at time.Time) search.When {
	day := record.DateOf(at.UTC())
	return search.When{
		Days: search.Span[record.Date]{Lo: day, Hi: day.AddDays(1)},
		Moments: func(*time.Location) search.Span[time.Time] {
			return search.Span[time.Time]{Lo: at, Hi: at.Add(time.Millisecond)}
		},
	}
}
