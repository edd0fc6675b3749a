package shelf

import (
	"context"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// endpoints is where subscriptions are; see package store for the contract.
type endpoints interface {
	Endpoint(ctx context.Context, tenant, id string) (store.Endpoint, error)
	Endpoints(ctx context.Context, tenant string) ([]store.Endpoint, error)
}

// subscriptions is the shelf of the endpoints that are subscriptions of FHIR's.
// Each belongs to the client that made it, and of each the newest version alone
// is kept.
type subscriptions struct{ Deps }

var _ Shelf = (*subscriptions)(nil)

func (s *subscriptions) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	e, err := s.Store.Endpoint(ctx, tenant, id)
	if err == nil && e.Subscription == nil {
		err = fault.New(fault.NotFound, "there is no Subscription with this id")
	}
	if err != nil {
		return nil, err
	}
	return s.resource(&e), nil
}

func (s *subscriptions) resource(e *store.Endpoint) *Resource {
	return NewResource(Resource{
		Type: "Subscription", ID: e.ID, Client: e.Subscription.Client, Version: int(e.Updated.UnixMilli()), Updated: e.Updated,
	}, func() (mapping.Document, []mapping.Issue, error) {
		doc, err := push.Resource(e, s.Now())
		return doc, nil, err
	})
}

func (s *subscriptions) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	r, err := s.Read(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return []*Resource{r}, nil
}

// Scan reads all that a tenant has: there are few.
func (s *subscriptions) Scan(ctx context.Context, scan Scan) (Batch, error) {
	b := Batch{Rest: scan.Query}
	if scan.Patients != nil {
		return b, nil
	}
	endpoints, err := s.Store.Endpoints(ctx, scan.Tenant)
	if err != nil {
		return b, err
	}
	slices.SortFunc(endpoints, func(a, b store.Endpoint) int { return strings.Compare(a.ID, b.ID) })
	for i := range endpoints {
		e := &endpoints[i]
		isTheirs := e.Subscription != nil && (scan.Client == "" || e.Subscription.Client == scan.Client)
		if !isTheirs || e.ID <= scan.After || e.Updated.Before(scan.Since) {
			continue
		}
		if scan.Limit > 0 && len(b.Resources) == scan.Limit {
			b.Next = b.Resources[scan.Limit-1].ID
			return b, nil
		}
		b.Resources = append(b.Resources, s.resource(e))
	}
	return b, nil
}
