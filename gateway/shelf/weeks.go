package shelf

import (
	"context"
	"fmt"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// reports is the shelf of DiagnosticReport: each week of a person of which a day
// was logged has one.
func reports(d Deps) Shelf {
	return newDerived(derived{Deps: d, name: "DiagnosticReport", make: func(ctx context.Context, u store.User, _ int64) ([]*Resource, error) {
		return d.reportsOf(ctx, u)
	}})
}

func (d *Deps) reportsOf(ctx context.Context, u store.User) ([]*Resource, error) {
	kinds := []record.Kind{record.KindDay, record.KindTotal}
	days, err := d.Store.Days(ctx, u.Tenant, u.ID, kinds, "", "")
	if err != nil {
		return nil, err
	}
	page, err := d.Store.Records(ctx, store.Query{
		Tenant: u.Tenant, User: u.ID, Select: []store.Selector{{Kind: record.KindDay}, {Kind: record.KindTotal}}, Deleted: true,
	})
	if err != nil {
		return nil, err
	}
	states := map[fhir.Week]fhir.State{}
	for _, day := range days {
		w := fhir.WeekOf(day.Day)
		s := states[w]
		s.Version = max(s.Version, int(day.Revision))
		states[w] = s
	}
	weeks := map[fhir.Week][]record.Record{}
	for _, r := range page.Records {
		w := fhir.WeekOf(r.Day)
		weeks[w] = append(weeks[w], r.Record)
		s := states[w]
		s.Updated = later(s.Updated, r.Updated)
		states[w] = s
	}
	var all []*Resource
	for w, records := range weeks {
		doc, ok, err := configured(d.Format).EncodeWeek(u.Subject(), w, records, states[w])
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		r, err := finished(u, doc, states[w])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// finished returns a resource of a person whose content is made already, so that
// many may read it at once. Nothing unchecked leaves.
func finished(u store.User, doc mapping.Document, s fhir.State) (*Resource, error) {
	if err := (fhir.Format{}).Check(doc); err != nil {
		return nil, fmt.Errorf("%s %s: %w", doc.Type, doc.ID, err)
	}
	return &Resource{
		Type: doc.Type, ID: doc.ID, Patient: u.ID, Version: s.Version, Updated: s.Updated, Zone: u.Zone, doc: &doc,
	}, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
