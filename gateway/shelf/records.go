package shelf

import (
	"context"
	"slices"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// records is the shelf of a type whose resources are records of the store, one
// each: Observation, Goal, NutritionOrder, and Basic for intakes. The order is the store's: by user,
// day, kind, metric and slot.
type records struct {
	Deps
	name string
}

var (
	_ Shelf = (*records)(nil)
	_ Dated = (*records)(nil)
)

func (s *records) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	found, err := s.Store.Record(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if !s.has(&found) {
		return nil, fault.New(fault.NotFound, "there is no %s with this id", s.name)
	}
	return s.resource(tenant, &found), nil
}

func (s *records) has(r *store.Stored) bool {
	return slices.Contains(s.kinds(), r.Kind) && configured(s.Format).Emits(r.Kind, r.Metric())
}

// intakes is the type of servings in the form of R5's NutritionIntake. They are
// Observations in the first place, so that KindsOf knows nothing of these: the
// history of everything tells of each serving once, and subscriptions and the
// quick way of an export are about the Observation.
const intakes = "Basic"

func (s *records) kinds() []record.Kind {
	if s.name == intakes {
		return fhir.IntakeKinds()
	}
	return fhir.KindsOf(s.name)
}

func (s *records) format() represent.Format {
	if s.name == intakes {
		return represent.Format{Name: "intake", Format: fhir.Intakes{Format: configured(s.Format)}}
	}
	return represent.Format{Name: "fhir", Format: s.Format}
}

func (s *records) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	found, err := s.Store.Versions(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	if !s.has(&found[0]) {
		return nil, fault.New(fault.NotFound, "there is no %s with this id", s.name)
	}
	return s.resources(tenant, found), nil
}

func (s *records) resources(tenant string, found []store.Stored) []*Resource {
	all := make([]*Resource, 0, len(found))
	for i := range found {
		if s.has(&found[i]) {
			all = append(all, s.resource(tenant, &found[i]))
		}
	}
	return all
}

// resource makes its content through the Maker, which has it mostly.
func (s *records) resource(tenant string, r *store.Stored) *Resource {
	format := s.format()
	made := NewResource(Resource{
		Type: s.name, ID: r.ID, Patient: r.User, Version: r.Version, Updated: r.Updated, Deleted: r.Deleted, Zone: r.Zone,
	}, func() (mapping.Document, []mapping.Issue, error) {
		set, err := s.Maker.Records(format, tenant, []store.Stored{*r})
		if err != nil {
			return mapping.Document{}, nil, err
		}
		return set.Documents[0], set.Issues, nil
	})
	made.place = r.Place
	made.sketch = func() (mapping.Document, error) { return s.Maker.Sketch(format, tenant, r) }
	return made
}

func (s *records) Scan(ctx context.Context, scan Scan) (Batch, error) {
	n := s.narrow(scan)
	if n.none {
		return Batch{}, nil
	}
	n.query.After, n.query.Limit = scan.After, scan.Limit
	page, err := s.Store.Records(ctx, n.query)
	if fault.KindOf(err) == fault.NotFound { // a person who is not there has nothing
		return Batch{}, nil
	}
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Rest: n.rest, Next: page.Next}
	b.Resources, err = s.settled(&n, page.Records)
	return b, err
}

// Count asks the store where nothing but the store has to be asked.
func (s *records) Count(ctx context.Context, scan Scan) (count int, known bool, err error) {
	n := s.narrow(scan)
	switch {
	case n.none:
		return 0, true, nil
	case n.rest != nil || len(n.since) > 0 || !n.wholeDays():
		return 0, false, nil
	}
	count, err = s.Store.CountRecords(ctx, n.query)
	if fault.KindOf(err) == fault.NotFound {
		return 0, true, nil
	}
	return count, true, err
}

var errPlace = fault.New(fault.Invalid, "the page is not one that was given out")
