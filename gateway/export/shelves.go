package export

import (
	"context"
	"net/url"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/subset"
)

// A HeadStore tells what records there are without reading them.
type HeadStore interface {
	Heads(ctx context.Context, q store.Query) (store.HeadPage, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
}

// Shelves is a Source of all that the FHIR server serves.
type Shelves struct {
	Types  shelf.Types
	Store  HeadStore
	Maker  *represent.Maker
	Format represent.Format
}

var _ Source = (*Shelves)(nil)

// scan is what is wanted of a type, within what the caller may see.
func (s *Shelves) scan(w Want) (shelf.Type, shelf.Scan, []*search.Query, error) {
	t, ok := s.Types.Type(w.Type.Name)
	if !ok {
		return t, shelf.Scan{}, nil, fault.New(fault.Invalid, "there is no %s", w.Type.Name)
	}
	scan, err := t.Scope(&w.Grant, grant.Search)
	if err != nil {
		return t, scan, nil, err
	}
	scan.AsOf = w.AsOf
	if w.User.ID != "" {
		scan.Patients = []string{w.User.ID}
	}
	if !w.Since.IsZero() {
		scan.Since = w.Since.Add(time.Millisecond) // R4: after it, and instants here have milliseconds
	}
	var filters []*search.Query
	for _, values := range w.Type.Filters {
		q, err := search.Parse(t.Name, values)
		if err != nil {
			return t, scan, nil, err
		}
		filters = append(filters, q)
	}
	if len(filters) == 1 { // which the shelf may know how to look for
		return t, scan.With(filters[0]), nil, nil
	}
	return t, scan, filters, nil
}

// Resources calls each with what is wanted.
func (s *Shelves) Resources(ctx context.Context, w Want, each func([]byte) error) ([]mapping.Issue, error) {
	t, scan, filters, err := s.scan(w)
	if err != nil {
		return nil, err
	}
	var issues issueSet
	view := w.view(t.Name)
	give := func(body []byte, some []mapping.Issue) error {
		issues.add(some)
		body, err := subset.Of(body, view)
		if err != nil {
			return err
		}
		return each(body)
	}
	if isPlain(&scan, filters) && len(fhir.KindsOf(t.Name)) > 0 {
		return issues, s.records(ctx, t.Name, scan, w, give)
	}
	err = t.Walk(ctx, scan, func(r *shelf.Resource) error {
		if !w.Until.IsZero() && r.Updated.After(w.Until) {
			return nil
		}
		if ok, err := meetsOne(r, filters); err != nil || !ok {
			return err
		}
		body, err := r.Body()
		if err != nil {
			return err
		}
		return give(body, r.Issues())
	})
	return issues, err
}

// isPlain reports whether nothing has to be asked of the resources themselves.
func isPlain(s *shelf.Scan, filters []*search.Query) bool {
	return len(filters) == 0 && (s.Query == nil || (len(s.Query.Conditions) == 0 && len(s.Query.Any) == 0))
}

func meetsOne(r *shelf.Resource, filters []*search.Query) (bool, error) {
	for _, f := range filters {
		if ok, err := r.Matches(f); err != nil || ok {
			return ok, err
		}
	}
	return len(filters) == 0, nil
}

// headsAtOnce is how many records are looked at together.
const headsAtOnce = 1000

// records is the way of what becomes of records, one each. What is in memory
// is written from there: of such a record only its id and version are read.
func (s *Shelves) records(ctx context.Context, typ string, scan shelf.Scan, w Want, give func([]byte, []mapping.Issue) error) error {
	q := store.Query{Tenant: scan.Tenant, User: w.User.ID, Since: scan.Since, AsOf: scan.AsOf, Limit: headsAtOnce}
	for _, kind := range fhir.KindsOf(typ) {
		q.Select = append(q.Select, store.Selector{Kind: kind})
	}
	for {
		page, err := s.Store.Heads(ctx, q)
		if err != nil {
			return err
		}
		page.Heads = slices.DeleteFunc(page.Heads, func(h store.Head) bool { return !w.Until.IsZero() && h.Updated.After(w.Until) })
		sets, err := s.represented(ctx, q, page.Heads)
		if err != nil {
			return err
		}
		for _, set := range sets {
			for i := range set.Documents {
				if err := give(set.Documents[i].Body, set.Issues); err != nil {
					return err
				}
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// represented returns what becomes of records, in their order: what is kept, and
// the rest made.
func (s *Shelves) represented(ctx context.Context, q store.Query, heads []store.Head) ([]represent.Set, error) {
	sets := make([]represent.Set, len(heads))
	var missing []string
	at := map[string]int{}
	for i, h := range heads {
		var ok bool
		if sets[i], ok = s.Maker.Kept(s.Format, q.Tenant, q.User, h.ID, h.Version); !ok {
			missing = append(missing, h.ID)
			at[h.ID] = i
		}
	}
	if len(missing) == 0 {
		return sets, nil
	}
	if len(missing) < len(heads)/2 { // else reading all in their order is quicker
		q.IDs, q.After = missing, ""
	}
	page, err := s.Store.Records(ctx, q)
	if err != nil {
		return nil, err
	}
	for i := range page.Records {
		to, ok := at[page.Records[i].ID]
		if !ok {
			continue
		}
		if sets[to], err = s.Maker.Records(s.Format, q.Tenant, page.Records[i:i+1]); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// Deleted calls each with the addresses of what was deleted since. What does
// not say whose it is, or has no history, tells of nothing.
func (s *Shelves) Deleted(ctx context.Context, w Want, each func(string) error) error {
	if w.User.ID == "" {
		return nil
	}
	t, scan, filters, err := s.scan(w)
	if err != nil {
		return err
	}
	scan.Deleted = true
	return t.Walk(ctx, scan, func(r *shelf.Resource) error {
		if !r.Deleted || (!w.Until.IsZero() && r.Updated.After(w.Until)) {
			return nil
		}
		if ok, err := meetsOne(r, filters); err != nil || !ok {
			return err
		}
		return each(r.Reference())
	})
}

// issueSet is issues, each once: those of a person are few, and come often.
type issueSet []mapping.Issue

func (s *issueSet) add(some []mapping.Issue) {
	for _, i := range some {
		if !slices.Contains(*s, i) {
			*s = append(*s, i)
		}
	}
}

// CheckFilter returns a fault unless a search can be a filter of an export.
func CheckFilter(typ string, values url.Values) error {
	q, err := search.Parse(typ, values)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(q.Conditions, func(c search.Condition) bool { return c.Chain != nil || c.Has != nil }) {
		return fault.BadParam("_typeFilter", "_typeFilter: a filter follows no references")
	}
	return nil
}
