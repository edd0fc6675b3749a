package fhir

import (
	"context"
	"slices"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// codeList is codes of which one has to be there.
type codeList []code

type code struct {
	system, code string
	anySystem    bool
}

// parseCode reads code, system|code, |code and system| (R4, search.html#token).
func parseCode(text string) code {
	system, c, piped := strings.Cut(text, "|")
	if !piped {
		return code{code: text, anySystem: true}
	}
	return code{system: system, code: c}
}

// byCode reads one or several codes. The tables say which records can have
// them; the resources themselves decide.
func (m *Room) byCode(_ context.Context, s *search, value string) error {
	var list codeList
	var selectors []store.Selector
	for text := range strings.SplitSeq(value, ",") {
		c := parseCode(text)
		list = append(list, c)
		for _, sel := range fhir.Selectors(c.system, c.code, c.anySystem) {
			selectors = append(selectors, store.Selector(sel))
		}
	}
	s.codes = append(s.codes, list)
	s.pick(selectors)
	return nil
}

// byCategory reads one or several categories.
func (m *Room) byCategory(_ context.Context, s *search, value string) error {
	var selectors []store.Selector
	for text := range strings.SplitSeq(value, ",") {
		c := parseCode(text)
		if !c.anySystem && c.system == "" {
			continue // |code: none of our categories lacks a system
		}
		for _, sel := range selectCategory(m.Format, c.system, c.code) {
			selectors = append(selectors, store.Selector(sel))
		}
	}
	s.pick(selectors)
	return nil
}

// selectCategory asks the format as it is configured.
func selectCategory(f mapping.Format, system, code string) []fhir.Selector {
	if configured, ok := f.(fhir.Format); ok {
		return configured.SelectCategory(system, code)
	}
	return fhir.SelectCategory(system, code)
}

// pick narrows the search to records that are also in the given ones.
func (s *search) pick(selectors []store.Selector) {
	if s.kinds != nil {
		selectors = both(s.kinds, selectors)
	}
	s.kinds, s.none = selectors, s.none || len(selectors) == 0
}

// both returns what is in a and in b. An empty metric stands for all of a kind.
func both(a, b []store.Selector) []store.Selector {
	var common []store.Selector
	for _, x := range a {
		for _, y := range b {
			narrow := x
			if x.Metric == "" {
				narrow.Metric = y.Metric
			}
			if x.Kind == y.Kind && (x.Metric == "" || y.Metric == "" || x.Metric == y.Metric) && !slices.Contains(common, narrow) {
				common = append(common, narrow)
			}
		}
	}
	return common
}

// withCodes keeps the resources that have a code of every list.
func (s *search) withCodes(docs []mapping.Document) []mapping.Document {
	if len(s.codes) == 0 {
		return docs
	}
	var kept []mapping.Document
	for i := range docs {
		if !slices.ContainsFunc(s.codes, func(l codeList) bool { return !l.has(docs[i].Body) }) {
			kept = append(kept, docs[i])
		}
	}
	return kept
}

func (l codeList) has(observation []byte) bool {
	return slices.ContainsFunc(l, func(c code) bool { return fhir.HasCode(observation, c.system, c.code, c.anySystem) })
}
