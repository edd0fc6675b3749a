package fhir

import (
	"context"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
)

// maxFollowed is how many resources a chain or _has may speak of.
const maxFollowed = 10_000

// finder resolves chains and _has, within what the caller may see: a condition
// on what they may not search would tell them of it.
type finder struct {
	room  *Room
	grant *grant.Grant
	asOf  time.Time
}

var _ search.Finder = finder{}

func (f finder) scan(q *search.Query) (*shelf.Type, shelf.Scan, error) {
	t, ok := f.room.types.Type(q.Type)
	if !ok {
		return nil, shelf.Scan{}, fault.New(fault.Invalid, "no type %s is served here", q.Type)
	}
	s, err := t.Scope(f.grant, grant.Search)
	if err != nil {
		return nil, s, err
	}
	s = s.With(q)
	s.AsOf = f.asOf
	return &t, s, nil
}

// Find returns what meets the query, as Type/id.
func (f finder) Find(ctx context.Context, q *search.Query) (map[string]bool, error) {
	if _, ok := f.room.types.Type(q.Type); !ok {
		return nil, nil // a reference may point to it, and nothing of it is here
	}
	t, s, err := f.scan(q)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	err = t.Walk(ctx, s, func(r *shelf.Resource) error {
		found[r.Reference()] = true
		return bounded(found)
	})
	return found, err
}

// Pointed returns the ids to which what meets the query points. Where that can
// only be a person, one such resource of each is enough.
func (f finder) Pointed(ctx context.Context, q *search.Query, by *search.Param, to string) (map[string]bool, error) {
	t, s, err := f.scan(q)
	if err != nil {
		return nil, err
	}
	if to == "Patient" && (by.Name == "patient" || by.Name == "subject") && t.Patient != "" {
		return f.people(ctx, t, s)
	}
	found := map[string]bool{}
	err = t.Walk(ctx, s, func(r *shelf.Resource) error {
		seen, err := r.Searched()
		if err != nil {
			return err
		}
		for _, at := range by.References(seen) {
			if id, ok := strings.CutPrefix(at, to+"/"); ok {
				found[id] = true
			}
		}
		return bounded(found)
	})
	return found, err
}

// people returns those who have a resource that the scan asks for.
func (f finder) people(ctx context.Context, t *shelf.Type, s shelf.Scan) (map[string]bool, error) {
	found := map[string]bool{}
	ids := s.Patients
	if ids == nil {
		all, _, err := f.room.Store.Users(ctx, s.Tenant, "", 0)
		if err != nil {
			return nil, err
		}
		for i := range all {
			ids = append(ids, all[i].ID)
		}
	}
	for _, id := range ids {
		s.Patients = []string{id}
		some, _, err := t.Find(ctx, s, shelf.ByPlace, 1)
		if err != nil {
			return nil, err
		}
		if len(some) > 0 {
			found[id] = true
		}
	}
	return found, nil
}

func bounded(found map[string]bool) error {
	if len(found) > maxFollowed {
		return fault.New(fault.Invalid, "a chain or _has speaks of more than %d resources", maxFollowed)
	}
	return nil
}
