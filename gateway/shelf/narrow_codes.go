package shelf

import (
	"slices"
	"strings"

	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// pickCodes narrows to records that can have one of the codes, and reports
// whether each that is picked has it: so it is with the total of a nutrient.
func (n *narrowed) pickCodes(c *search.Condition) bool {
	whole := true
	var picked []store.Selector
	codes, ok := c.Codes()
	if !ok {
		return false
	}
	for _, code := range codes {
		for _, sel := range fhir.Selectors(code.System, code.Code, code.AnySystem) {
			picked = append(picked, store.Selector(sel))
			whole = whole && sel.Kind == record.KindTotal
		}
	}
	n.pick(picked)
	return whole
}

// pickOf narrows to records that one of the tables knows by one of the codes.
func (n *narrowed) pickOf(c *search.Condition, tables ...func(system, code string, anySystem bool) []fhir.Selector) {
	codes, ok := c.Codes()
	if !ok {
		return
	}
	var picked []store.Selector
	for _, code := range codes {
		for _, table := range tables {
			for _, sel := range table(code.System, code.Code, code.AnySystem) {
				picked = append(picked, store.Selector(sel))
			}
		}
	}
	n.pick(picked)
}

// withParts are the kinds whose Observations may have components: all but the
// totals of nutrients, which are most.
func withParts() []store.Selector {
	var picked []store.Selector
	for _, k := range fhir.KindsOf("Observation") {
		if k != record.KindTotal {
			picked = append(picked, store.Selector{Kind: k})
		}
	}
	return picked
}

// pickKinds leaves out the kinds of record whose Observations lack the element
// altogether: a total has a quantity and nothing else.
func (n *narrowed) pickKinds(c *search.Condition) {
	if c.Modifier == "not" || c.Modifier == "missing" {
		return
	}
	switch name := c.Param.Name; {
	case name == "has-member":
		n.pick([]store.Selector{{Kind: record.KindDay}})
	case strings.HasPrefix(name, "component-"), name == "value-string", name == "value-concept", name == "value-date":
		n.pick(withParts())
	}
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
