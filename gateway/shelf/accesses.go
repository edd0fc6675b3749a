package shelf

import (
	"context"
	"slices"
	"time"

	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// An Audit has who asked for whose data; see package store for the contract.
type Audit interface {
	Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error)
	Access(ctx context.Context, tenant, id string) (store.Access, error)
}

// accesses is the shelf of AuditEvent: each request for somebody's data is one.
// None ever changes.
type accesses struct{ audit Audit }

var _ Shelf = (*accesses)(nil)

func (a *accesses) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	found, err := a.audit.Access(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return auditEvent(found), nil
}

func (a *accesses) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	r, err := a.Read(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return []*Resource{r}, nil
}

func auditEvent(a store.Access) *Resource {
	return NewResource(Resource{Type: "AuditEvent", ID: a.ID, Patient: a.User, Version: 1, Updated: a.At}, func() (mapping.Document, []mapping.Issue, error) {
		doc, err := fhir.EncodeAuditEvent(fhir.Access{
			ID: a.ID, At: a.At, Interaction: a.Interaction, Client: a.Client, Address: a.Address, Patient: a.User,
			Resource: a.Resource, Query: a.Query, Outcome: fhir.Outcome(a.Outcome), Reason: a.Reason,
		})
		return doc, nil, err
	})
}

// Scan narrows by whose data was asked for, and when; ids are in the order of
// time. s.AsOf is the store's last change, which no access is: what comes later
// comes behind all that was there, so that pages stay as they are without it.
func (a *accesses) Scan(ctx context.Context, s Scan) (Batch, error) {
	q := store.AccessQuery{Tenant: s.Tenant, Users: s.Patients, From: s.Since, After: s.After, Limit: s.Limit}
	if s.Query != nil {
		for i := range s.Query.Conditions {
			when(&q, &s.Query.Conditions[i])
		}
	}
	found, err := a.audit.Accesses(ctx, q)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Rest: s.Query}
	for _, one := range found {
		b.Resources = append(b.Resources, auditEvent(one))
	}
	if s.Limit > 0 && len(found) == s.Limit {
		b.Next = found[s.Limit-1].ID
	}
	return b, nil
}

// when narrows by a condition on the time, generously: the condition itself is
// asked of each.
func when(q *store.AccessQuery, c *search.Condition) {
	if c.Param == nil || c.Modifier != "" || c.Points != nil || !slices.Contains([]string{"date", "_lastUpdated"}, c.Param.Name) {
		return
	}
	const slack = 2 // days: of zones, and of a day's own length
	from, to := c.Begins(slack)
	if at, ok := midnight(from); ok && at.After(q.From) {
		q.From = at
	}
	if at, ok := midnight(to.AddDays(slack)); ok && (q.To.IsZero() || at.Before(q.To)) {
		q.To = at
	}
}

func midnight(d record.Date) (time.Time, bool) {
	at, err := time.Parse(time.DateOnly, string(d))
	return at, err == nil
}
