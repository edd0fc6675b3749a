package fhir

import (
	"context"
	"slices"

	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// self says what was understood of the search (R4, search.html#conformance).
func (a *asked) self() fhir.Link {
	return fhir.Link{Relation: "self", URL: withQuery(a.address, a.used)}
}

// links are self, and where there are several pages the first, the previous and
// the next. All
// pages show what there was when the first was made.
func (m *Room) links(a *asked, next string, total int) ([]fhir.Link, error) {
	if a.after == "" && next == "" {
		return []fhir.Link{a.self()}, nil
	}
	p := place{Path: a.path, Query: a.used.Encode(), Caller: callerOf(a.grant), AsOf: a.asOf.UnixMilli(), Now: a.now.UnixMilli()}
	if total >= 0 {
		p.Total = &total
	}
	links := []fhir.Link{a.self()}
	add := func(relation, after string, trail []string) error {
		p.After, p.Trail = after, trail[max(0, len(trail)-maxTrail):]
		token, err := m.sealed(p)
		links = append(links, fhir.Link{Relation: relation, URL: a.address + "?_page=" + token + form.Suffix(a.used)})
		return err
	}
	if a.after != "" {
		links = nil
		if err := add("self", a.after, a.trail); err != nil {
			return nil, err
		}
	}
	if err := add("first", "", nil); err != nil {
		return nil, err
	}
	if n := len(a.trail); n > 0 {
		if err := add("previous", a.trail[n-1], a.trail[:n-1]); err != nil {
			return nil, err
		}
	}
	if next != "" {
		if err := add("next", next, append(slices.Clone(a.trail), a.after)); err != nil {
			return nil, err
		}
	}
	return links, nil
}

// maxTrail is how many pages back links lead one after the other.
const maxTrail = 5

// entries are the matches, then what is included, then what there is to tell
// of both.
func (m *Room) entries(ctx context.Context, a *asked, matches []*shelf.Resource) ([]fhir.Entry, error) {
	in, err := m.include(ctx, a.grant, a.scan, a.includes, matches)
	if err != nil {
		return nil, err
	}
	base := a.address[:len(a.address)-len(a.path)]
	entries := make([]fhir.Entry, 0, len(matches)+len(in.found)+1)
	var told []mapping.Issue
	for i, r := range slices.Concat(matches, in.found) {
		body, err := r.Body()
		if err != nil {
			return nil, err
		}
		mode := "match"
		if i >= len(matches) {
			mode = "include"
		}
		entries = append(entries, fhir.Entry{FullURL: base + "/" + r.Reference(), Resource: body, Mode: mode})
		told = addIssues(told, r.Issues())
	}
	if in.cut {
		told = append(told, mapping.Issue{Sort: mapping.Lost, Path: "_include", Reason: "a page includes 1000 resources at most; the rest was left out"})
	}
	if len(told) > 0 {
		entries = append(entries, room.Outcome(told, "outcome"))
	}
	return entries, nil
}

// addIssues adds issues, each once; there are few.
func addIssues(all, more []mapping.Issue) []mapping.Issue {
	for _, i := range more {
		if !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return all
}
