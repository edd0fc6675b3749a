package shelf

import (
	"context"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// fixed is the shelf of documents that are the same for everybody and change
// with the program alone.
type fixed struct {
	name string
	all  []*Resource // sorted by id
}

var _ Shelf = (*fixed)(nil)

// Fixed returns the shelf of documents of one type.
func Fixed(name string, documents []mapping.Document) Shelf {
	f := &fixed{name: name}
	for _, d := range documents {
		r := NewResource(Resource{Type: name, ID: d.ID, Version: 1}, nil)
		r.doc = &d
		f.all = append(f.all, r)
	}
	slices.SortFunc(f.all, func(a, b *Resource) int { return strings.Compare(a.ID, b.ID) })
	return f
}

func codeSystems() Shelf { return Fixed("CodeSystem", fhir.CodeSystems()) }

func (f *fixed) Read(_ context.Context, _, id string) (*Resource, error) {
	for _, r := range f.all {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no %s with this id", f.name)
}

func (f *fixed) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	r, err := f.Read(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return []*Resource{r}, nil
}

// Scan returns nothing where somebody's resources are asked for, or what has
// changed: these are nobody's, and do not.
func (f *fixed) Scan(_ context.Context, s Scan) (Batch, error) {
	b := Batch{Rest: s.Query}
	if s.Patients != nil || !s.Since.IsZero() {
		return b, nil
	}
	for _, r := range f.all {
		if r.ID <= s.After {
			continue
		}
		if s.Limit > 0 && len(b.Resources) == s.Limit {
			b.Next = b.Resources[s.Limit-1].ID
			return b, nil
		}
		b.Resources = append(b.Resources, r)
	}
	return b, nil
}
