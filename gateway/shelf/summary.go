package shelf

import (
	"context"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/digest"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// compositions is the shelf of Composition: each person has one, that of their
// summary.
func compositions(d Deps) Shelf {
	return newDerived(derived{Deps: d, name: "Composition", make: func(ctx context.Context, u store.User, revision int64) ([]*Resource, error) {
		s, err := d.summary(ctx, u, revision)
		if err != nil {
			return nil, err
		}
		doc, err := configured(d.Format).EncodeComposition(s)
		if err != nil {
			return nil, err
		}
		r, err := finished(u, doc, s.State)
		return []*Resource{r}, err
	}})
}

// Summary reads what a person's summary is made of.
func (d *Deps) Summary(ctx context.Context, tenant, user string) (fhir.Summary, error) {
	u, err := d.Store.User(ctx, tenant, user)
	if err != nil {
		return fhir.Summary{}, err
	}
	revision, err := d.Store.Revision(ctx, tenant, user)
	if err != nil {
		return fhir.Summary{}, err
	}
	return d.summary(ctx, u, revision)
}

// measuredDays is how far back measurements are looked for.
const measuredDays = 365

func (d *Deps) summary(ctx context.Context, u store.User, revision int64) (fhir.Summary, error) {
	s := fhir.Summary{
		Patient: fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated},
		State:   fhir.State{Version: int(revision), Updated: u.Updated}, Version: d.Version,
	}
	summaries, err := d.kept(ctx, u, "", record.KindDay)
	if err != nil {
		return s, err
	}
	s.Records = summaries
	if last := digest.LastDay(summaries); last != "" {
		totals, err := d.kept(ctx, u, last.AddDays(1-digest.LongSpan), record.KindTotal)
		if err != nil {
			return s, err
		}
		s.Records = append(s.Records, totals...)
	}
	measured, err := d.measured(ctx, u)
	if err != nil {
		return s, err
	}
	aims, err := d.kept(ctx, u, "", record.KindTarget, record.KindPlan)
	if err != nil {
		return s, err
	}
	s.Records = append(append(s.Records, measured...), aims...)
	for i := range s.Records {
		s.State.Updated = later(s.State.Updated, s.Records[i].Updated)
	}
	return s, nil
}

// measured returns the measurements of the year up to the last one.
func (d *Deps) measured(ctx context.Context, u store.User) ([]record.Record, error) {
	days, err := d.Store.Days(ctx, u.Tenant, u.ID, []record.Kind{record.KindBiometric}, "", "")
	if err != nil || len(days) == 0 {
		return nil, err
	}
	return d.kept(ctx, u, days[len(days)-1].Day.AddDays(1-measuredDays), record.KindBiometric)
}

// kept reads a person's records of some kinds, from a day on.
func (d *Deps) kept(ctx context.Context, u store.User, from record.Date, kinds ...record.Kind) ([]record.Record, error) {
	q := store.Query{Tenant: u.Tenant, User: u.ID, From: from}
	for _, k := range kinds {
		q.Select = append(q.Select, store.Selector{Kind: k})
	}
	page, err := d.Store.Records(ctx, q)
	if err != nil {
		return nil, err
	}
	all := make([]record.Record, len(page.Records))
	for i := range page.Records {
		all[i] = page.Records[i].Record
	}
	return all, nil
}

// Document returns the summary as a document; base is the server's address.
func (d *Deps) Document(ctx context.Context, tenant, user, base string) (mapping.Document, []mapping.Issue, error) {
	s, err := d.Summary(ctx, tenant, user)
	if err != nil {
		return mapping.Document{}, nil, err
	}
	return configured(d.Format).EncodeSummary(s, base, d.Now())
}
