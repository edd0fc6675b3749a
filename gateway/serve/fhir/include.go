package fhir

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
)

// An include asks for resources to which, or from which, a reference leads
// (R4, search.html#include).
type include struct {
	source  string          // the type that has the reference
	params  []*search.Param // of the source; several for a wildcard
	target  string          // empty: any
	reverse bool
	iterate bool
}

// maxIncluded is how many resources a page may include.
const maxIncluded = 1000

// parseInclude reads "Type:parameter", "Type:parameter:Target", "Type:*" and *.
func parseInclude(types shelf.Types, t *shelf.Type, reverse bool, modifier, text string) (include, error) {
	i := include{reverse: reverse, iterate: modifier == "iterate"}
	if modifier != "" && modifier != "iterate" {
		return i, fmt.Errorf("there is no modifier :%s, but :iterate", modifier)
	}
	if text == "*" {
		if reverse {
			return i, errors.New("name the references, Type:parameter: all that point here are too many")
		}
		i.source = t.Name
		i.params = references(t.Name)
		return i, nil
	}
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return i, errors.New("written Type:parameter or Type:parameter:Target")
	}
	if i.source = parts[0]; !served(types, i.source) {
		return i, fmt.Errorf("no type %q is served here", i.source)
	}
	if parts[1] == "*" && !reverse {
		i.params = references(i.source)
	} else if p := search.Lookup(i.source, parts[1]); p != nil && p.Kind == search.Ref {
		i.params = []*search.Param{p}
	} else {
		return i, fmt.Errorf("%s has no reference %q", i.source, parts[1])
	}
	if len(parts) == 3 {
		i.target = parts[2]
		if !slices.ContainsFunc(i.params, func(p *search.Param) bool { return p.PointsTo(i.target) }) {
			return i, fmt.Errorf("%s does not point to %q", parts[1], i.target)
		}
	}
	return i, nil
}

func served(types shelf.Types, name string) bool {
	_, ok := types.Type(name)
	return ok
}

func references(name string) []*search.Param {
	return slices.DeleteFunc(search.Params(name), func(p *search.Param) bool { return p.Kind != search.Ref })
}

// included is what a page has beside its matches.
type included struct {
	room  *Room
	grant *grant.Grant
	scan  shelf.Scan // with the instant of the page
	seen  map[string]bool
	found []*shelf.Resource
	cut   bool // there was more than a page may have
}

// include follows the references of the matches, and for :iterate those of what
// it finds, until nothing new comes. What the caller may not see is left out.
func (m *Room) include(ctx context.Context, g *grant.Grant, scan shelf.Scan, list []include, matches []*shelf.Resource) (*included, error) {
	in := &included{room: m, grant: g, scan: scan, seen: map[string]bool{}}
	for _, r := range matches {
		in.seen[r.Reference()] = true
	}
	from := matches
	for round := 0; len(from) > 0 && !in.cut; round++ {
		before := len(in.found)
		for _, i := range list {
			if round > 0 && !i.iterate {
				continue
			}
			if err := in.follow(ctx, i, from); err != nil {
				return nil, err
			}
		}
		from = in.found[before:]
	}
	return in, nil
}

func (in *included) follow(ctx context.Context, i include, from []*shelf.Resource) error {
	if i.reverse {
		return in.pointing(ctx, i, from)
	}
	wanted := map[string]map[string]bool{} // ids by type
	for _, r := range from {
		if r.Type != i.source {
			continue
		}
		s, err := r.Searched()
		if err != nil {
			return err
		}
		for _, p := range i.params {
			for _, to := range p.References(s) {
				kind, id, _ := strings.Cut(to, "/")
				if (i.target != "" && kind != i.target) || in.seen[to] {
					continue
				}
				if wanted[kind] == nil {
					wanted[kind] = map[string]bool{}
				}
				wanted[kind][id] = true
			}
		}
	}
	for _, t := range in.room.types {
		if ids := wanted[t.Name]; ids != nil {
			q := &search.Query{Type: t.Name, Conditions: []search.Condition{{IDs: ids}}}
			if err := in.take(ctx, &t, q, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// pointing takes in what points at resources. What points at somebody's
// resource is of the same person.
func (in *included) pointing(ctx context.Context, i include, from []*shelf.Resource) error {
	t, _ := in.room.types.Type(i.source)
	points, people := map[string]bool{}, []string{}
	for _, r := range from {
		if i.target != "" && r.Type != i.target || !i.params[0].PointsTo(r.Type) {
			continue
		}
		points[r.Reference()] = true
		if people != nil && r.Patient != "" && t.Patient != "" {
			people = append(people, r.Patient)
		} else {
			people = nil
		}
	}
	if len(points) == 0 {
		return nil
	}
	q := &search.Query{Type: t.Name, Conditions: []search.Condition{{Param: i.params[0], Points: points}}}
	return in.take(ctx, &t, q, people)
}

// take finds resources that are not there yet, of some people unless nil.
func (in *included) take(ctx context.Context, t *shelf.Type, q *search.Query, people []string) error {
	scope, err := t.Scope(in.grant, grant.Read, grant.Search)
	if fault.KindOf(err) == fault.Forbidden {
		return nil
	}
	if err != nil {
		return err
	}
	scope = scope.With(q)
	scope.AsOf = in.scan.AsOf
	if people != nil && scope.Patients == nil {
		scope.Patients = people
	}
	found, next, err := t.Find(ctx, scope, shelf.ByPlace, maxIncluded+1-len(in.found))
	if err != nil {
		return err
	}
	for _, r := range found {
		if in.seen[r.Reference()] {
			continue
		}
		if len(in.found) == maxIncluded {
			in.cut = true
			return nil
		}
		in.seen[r.Reference()] = true
		in.found = append(in.found, r)
	}
	in.cut = in.cut || next != ""
	return nil
}
