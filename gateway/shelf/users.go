package shelf

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// users is the shelf of Patient: each user of a tenant is one.
type users struct{ Deps }

var _ Shelf = (*users)(nil)

func (u *users) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	found, err := u.Store.User(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return patient(found), nil
}

func (u *users) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	if _, err := u.Store.User(ctx, tenant, id); err != nil { // who has left is not here
		return nil, err
	}
	found, err := u.Store.UserVersions(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	var all []*Resource
	for _, one := range found {
		all = append(all, patient(one))
	}
	return all, nil
}

func patient(u store.User) *Resource {
	r := NewResource(Resource{
		Type: "Patient", ID: u.ID, Patient: u.ID, Version: u.Version, Updated: u.Updated, Zone: u.Zone,
	}, func() (mapping.Document, []mapping.Issue, error) {
		doc, err := fhir.EncodePatient(fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated})
		return doc, nil, err
	})
	if u.Reference != "" {
		r.hidden = func() []byte { return named(r, u.Reference) }
	}
	return r
}

// named returns the content with the tenant's own name for the person as one
// more identifier: a tenant finds its people by it, and it leaves with nobody.
func named(r *Resource, reference string) []byte {
	body, err := r.Body()
	if err != nil {
		return nil
	}
	var tree map[string]any
	if json.Unmarshal(body, &tree) != nil {
		return body
	}
	identifiers, _ := tree["identifier"].([]any)
	tree["identifier"] = append(identifiers, map[string]any{"system": fhir.SystemPatient, "value": reference})
	with, err := json.Marshal(tree)
	if err != nil {
		return body
	}
	return with
}

func (u *users) Scan(ctx context.Context, s Scan) (Batch, error) {
	b := Batch{Rest: s.Query}
	found, next, err := u.candidates(ctx, s)
	if err != nil {
		return b, err
	}
	for _, one := range found {
		if !s.AsOf.IsZero() && one.Created.After(s.AsOf) {
			continue
		}
		if !s.AsOf.IsZero() && one.Updated.After(s.AsOf) {
			if one, err = u.then(ctx, one, s.AsOf); err != nil {
				return b, err
			}
		}
		if !one.Updated.Before(s.Since) {
			b.Resources = append(b.Resources, patient(one))
		}
	}
	b.Next = next
	return b, nil
}

// then returns the user as they were at an instant, as far as that is known.
func (u *users) then(ctx context.Context, one store.User, at time.Time) (store.User, error) {
	versions, err := u.Store.UserVersions(ctx, one.Tenant, one.ID)
	if err != nil {
		return one, err
	}
	for _, v := range versions {
		if !v.Updated.After(at) {
			return v, nil
		}
	}
	return one, nil
}

// candidates returns the users behind the place that the scan may mean.
func (u *users) candidates(ctx context.Context, s Scan) (found []store.User, next string, err error) {
	ids := s.Patients
	if s.Query != nil {
		for i := range s.Query.Conditions {
			some, isNarrow, err := u.narrow(ctx, s.Tenant, &s.Query.Conditions[i])
			if err != nil {
				return nil, "", err
			}
			if isNarrow {
				ids = common(ids, some)
			}
		}
	}
	if ids == nil {
		return u.Store.Users(ctx, s.Tenant, s.After, s.Limit)
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if id <= s.After {
			continue
		}
		if s.Limit > 0 && len(found) == s.Limit {
			return found, found[s.Limit-1].ID, nil
		}
		one, err := u.Store.User(ctx, s.Tenant, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		found = append(found, one)
	}
	return found, "", nil
}

// narrow returns the only ids that can meet a condition, where it says so: that
// on the id, and that on the identifier, which is the id or the tenant's name.
func (u *users) narrow(ctx context.Context, tenant string, c *search.Condition) (ids []string, isNarrow bool, err error) {
	if ids, ok := idsOf(c); ok {
		return ids, true, nil
	}
	if c.Param == nil || c.Param.Name != "identifier" || c.Modifier != "" {
		return nil, false, nil
	}
	ids = []string{}
	for _, v := range c.Values {
		code, ok := v.(search.Code)
		if !ok || code.AnyCode {
			return nil, false, nil
		}
		ids = append(ids, code.Code)
		known, err := u.Store.UserByReference(ctx, tenant, code.Code)
		switch {
		case err == nil:
			ids = append(ids, known.ID)
		case fault.KindOf(err) != fault.NotFound:
			return nil, false, err
		}
	}
	return ids, true, nil
}

// idsOf returns the ids that a condition on the id asks for.
func idsOf(c *search.Condition) ([]string, bool) {
	ids := []string{}
	if c.IDs != nil {
		for id := range c.IDs {
			ids = append(ids, id)
		}
		return ids, true
	}
	if c.Param == nil || c.Param.Name != "_id" || c.Modifier != "" {
		return nil, false
	}
	for _, v := range c.Values {
		if code, ok := v.(search.Code); ok && !code.AnyCode {
			ids = append(ids, code.Code)
		}
	}
	return ids, true
}

// common returns what is in both; nil is everything.
func common(a, b []string) []string {
	if a == nil {
		return b
	}
	both := []string{}
	for _, one := range a {
		if slices.Contains(b, one) {
			both = append(both, one)
		}
	}
	return both
}
