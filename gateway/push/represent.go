package push

import (
	"context"
	"slices"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// keptBytes is how much memory representations may use: those of a day are
// asked for by each of a tenant's endpoints, soon after one another.
const keptBytes = 16 << 20

// representer makes what deliveries carry.
type representer struct {
	*represent.Maker
	store represent.Store
	fhir  mapping.Format
	base  string
}

func newRepresenter(st represent.Store, f mapping.Format, base string) *representer {
	if f == nil {
		f = fhir.Format{}
	}
	return &representer{represent.New(st, keptBytes), st, f, base}
}

// active returns a user of whom updates are wanted; NotFound where they are not.
func (r *representer) active(ctx context.Context, tenant, id string) (store.User, error) {
	u, _, err := r.User(ctx, tenant, id)
	if err == nil && !u.Active {
		err = fault.New(fault.NotFound, "the user is not active")
	}
	return u, err
}

// objects represents some days of a user's data of one type, in the endpoint's format.
func (r *representer) objects(ctx context.Context, e store.Endpoint, u store.User, typ string, days []record.Date) ([]mapping.Document, error) {
	var all []mapping.Document
	for len(days) > 0 {
		n := run(days)
		some, err := r.stretch(ctx, e, u, typ, days[0], days[n-1])
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		days = days[n:]
	}
	return all, nil
}

// run counts the days at the start that follow each other.
func run(days []record.Date) int {
	n := 1
	for n < len(days) && days[n] == days[n-1].AddDays(1) {
		n++
	}
	return n
}

// between represents what a user has of one type between two days.
func (r *representer) between(ctx context.Context, e store.Endpoint, user string, q request) (store.User, []mapping.Document, error) {
	u, _, err := r.User(ctx, e.Tenant, user)
	if err != nil {
		return u, nil, err
	}
	objects, err := r.stretch(ctx, e, u, q.Type, q.From, q.To)
	return u, objects, err
}

func (r *representer) stretch(ctx context.Context, e store.Endpoint, u store.User, typ string, from, to record.Date) ([]mapping.Document, error) {
	kinds := terra.Kinds(typ)
	if len(kinds) == 0 {
		return nil, nil
	}
	if e.Format == "fhir" {
		return r.resources(ctx, u, typ, from, to)
	}
	set, err := r.Days(ctx, represent.Format{Name: "terra", Format: terra.Format{}}, u, kinds, from, to)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(set.Documents, func(d mapping.Document) bool { return d.Type != typ }), nil
}

// resources are the FHIR resources of a type of Terra's.
func (r *representer) resources(ctx context.Context, u store.User, typ string, from, to record.Date) ([]mapping.Document, error) {
	page, err := r.store.Records(ctx, store.Query{Tenant: u.Tenant, User: u.ID, Select: selectors(typ), From: from, To: to})
	if err != nil {
		return nil, err
	}
	set, err := r.Records(represent.Format{Name: "fhir", Format: r.fhir}, u.Tenant, page.Records)
	return set.Documents, err
}

// selectors pick the records of a type. Sleep is one metric among the measurements.
func selectors(typ string) []store.Selector {
	var all []store.Selector
	for _, kind := range terra.Kinds(typ) {
		all = append(all, store.Selector{Kind: kind})
	}
	if typ == "sleep" {
		all[0].Metric = "sleep"
	}
	return all
}

// person is the user as Terra names one. Whoever is not there any more has an id alone.
func person(u store.User) []byte {
	return terra.EncodeUser(terra.User{ID: u.ID, Reference: u.Reference, Active: u.Active, Created: u.Created})
}
