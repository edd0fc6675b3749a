package shelf

import (
	"context"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// provenances is the shelf of Provenance: each version of a record has one. A
// scan finds those of the newest versions; an older version's is read by its id.
type provenances struct{ Deps }

var _ Shelf = (*provenances)(nil)

func (s *provenances) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	of, version, ok := fhir.ProvenanceOf(id)
	if !ok {
		return nil, errNoProvenance
	}
	found, err := s.Store.Versions(ctx, tenant, of)
	if fault.KindOf(err) == fault.NotFound {
		return nil, errNoProvenance
	}
	if err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].Version == version && s.emits(&found[i]) {
			return s.resource(tenant, &found[i]), nil
		}
	}
	return nil, errNoProvenance
}

var errNoProvenance = fault.New(fault.NotFound, "there is no Provenance with this id")

// Versions returns the only one: what is said of a version does not change.
func (s *provenances) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	r, err := s.Read(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return []*Resource{r}, nil
}

func (s *provenances) emits(r *store.Stored) bool {
	return configured(s.Format).Emits(r.Kind, r.Metric())
}

func (s *provenances) resource(tenant string, r *store.Stored) *Resource {
	made := NewResource(Resource{
		Type: "Provenance", ID: fhir.ProvenanceID(r.ID, r.Version), Patient: r.User, Version: 1, Updated: r.Updated, Zone: r.Zone,
	}, func() (mapping.Document, []mapping.Issue, error) {
		f := represent.Format{Name: "provenance", Format: fhir.Provenances{Format: configured(s.Format)}}
		set, err := s.Maker.Records(f, tenant, []store.Stored{*r})
		if err != nil {
			return mapping.Document{}, nil, err
		}
		return set.Documents[0], nil, nil
	})
	made.place = r.Place
	return made
}

func (s *provenances) Scan(ctx context.Context, scan Scan) (Batch, error) {
	q, rest, none := s.narrow(scan)
	if none {
		return Batch{}, nil
	}
	q.After, q.Limit = scan.After, scan.Limit
	page, err := s.Store.Records(ctx, q)
	if fault.KindOf(err) == fault.NotFound {
		return Batch{}, nil
	}
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Rest: rest, Next: page.Next}
	for i := range page.Records {
		if r := &page.Records[i]; s.emits(r) {
			b.Resources = append(b.Resources, s.resource(scan.Tenant, r))
		}
	}
	return b, nil
}

// narrow asks the store for those people and records alone of which conditions
// speak. Whose a Provenance is, is whose its target is: no target is the person
// as such, of which R4's parameter speaks.
func (s *provenances) narrow(scan Scan) (q store.Query, rest *search.Query, none bool) {
	n := narrowed{query: store.Query{Tenant: scan.Tenant, Since: scan.Since, AsOf: scan.AsOf}}
	users := scan.Patients
	var left []search.Condition
	if scan.Query != nil {
		for i := range scan.Query.Conditions {
			c := &scan.Query.Conditions[i]
			if people, ok := owners(c); ok {
				users = common(users, people)
				continue
			}
			left = append(left, *c)
			if ids, ok := targetsOf(c); ok {
				n.query.IDs = common(n.query.IDs, ids)
				n.none = n.none || len(n.query.IDs) == 0
			}
		}
		rest = &search.Query{Type: "Provenance", Conditions: left, Any: scan.Query.Any}
	}
	n.users(users)
	return n.query, rest, n.none
}

// targetsOf returns the records that alone can meet a condition: one on the id,
// or on the target.
func targetsOf(c *search.Condition) (ids []string, ok bool) {
	if some, ok := idsOf(c); ok {
		for i, id := range some {
			some[i], _, _ = fhir.ProvenanceOf(id)
		}
		return some, true
	}
	if c.Param == nil || c.Param.Name != "target" || c.Modifier != "" {
		return nil, false
	}
	ids = []string{}
	if c.Points != nil {
		for to := range c.Points {
			_, id, _ := strings.Cut(to, "/")
			ids = append(ids, id)
		}
		return ids, true
	}
	for _, v := range c.Values {
		to, ok := v.(search.Reference)
		if !ok {
			return nil, false
		}
		ids = append(ids, to.ID)
	}
	return ids, true
}

// configured returns the format with the operator's settings.
func configured(f mapping.Format) fhir.Format {
	own, _ := f.(fhir.Format)
	return own
}
