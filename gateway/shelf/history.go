package shelf

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// A Historic shelf tells of every change of its resources.
type Historic interface {
	// History returns versions, newest first, tombstones included. A batch may be
	// shorter than its limit, or empty, and still have a Next.
	History(ctx context.Context, h History) (Batch, error)
}

// A History says which versions to tell of.
type History struct {
	Tenant string
	// Patients are those of whose resources it tells; nil: everybody's, and what is
	// nobody's.
	Patients []string
	// Since and Until bound when a version was made; both are included, zero is open.
	Since, Until time.Time
	// At leaves out what was over by that instant; zero: nothing.
	At time.Time
	// After is a Next.
	After string
	Limit int // required
}

func (h History) query(kinds []record.Kind) store.HistoryQuery {
	return store.HistoryQuery{
		Tenant: h.Tenant, Users: h.Patients, Kinds: kinds, Since: h.Since, Until: h.Until, At: h.At, After: h.After, Limit: h.Limit,
	}
}

var (
	_ Historic = (*records)(nil)
	_ Historic = (*users)(nil)
	_ Historic = (*fixed)(nil)
)

func (s *records) History(ctx context.Context, h History) (Batch, error) {
	page, err := s.Store.History(ctx, h.query(s.kinds()))
	return Batch{Resources: s.resources(h.Tenant, page.Records), Next: page.Next}, err
}

func (u *users) History(ctx context.Context, h History) (Batch, error) {
	page, err := u.Store.UserHistory(ctx, h.query(nil))
	b := Batch{Next: page.Next}
	for _, one := range page.Users {
		b.Resources = append(b.Resources, patient(one))
	}
	return b, err
}

// History tells of documents that never change, all at once: each has one
// version, of which nobody knows when it was made.
func (f *fixed) History(_ context.Context, h History) (Batch, error) {
	if h.Patients != nil || !h.Since.IsZero() {
		return Batch{}, nil
	}
	return Batch{Resources: f.all}, nil
}

// History tells of the records and users among several types, newest first, as
// one. What is made of them beside that (reports, provenance) has no history of
// its own.
func (t Types) History(ctx context.Context, of []*Type, h History) (Batch, error) {
	c, err := parseChronicle(h.After)
	if err != nil {
		return Batch{}, err
	}
	var people *users
	by := map[record.Kind]*records{}
	var kinds []record.Kind
	for _, one := range of {
		switch s := one.Shelf.(type) {
		case *users:
			people = s
		case *records:
			for _, k := range fhir.KindsOf(s.name) {
				by[k], kinds = s, append(kinds, k)
			}
		}
	}
	logged, err := c.records(ctx, by, kinds, h)
	if err != nil {
		return Batch{}, err
	}
	var patients Batch
	if people != nil && !c.NoPeople {
		h.After = c.People
		if patients, err = people.History(ctx, h); err != nil {
			return Batch{}, err
		}
	}
	return c.merge(ctx, logged, patients, by, kinds, people, h)
}

// chronicle is a place in the merged history: one in each of the two.
type chronicle struct {
	Records   string `json:"r,omitempty"`
	NoRecords bool   `json:"nr,omitempty"` // it is at its end
	People    string `json:"p,omitempty"`
	NoPeople  bool   `json:"np,omitempty"`
}

func parseChronicle(after string) (c chronicle, err error) {
	if after == "" {
		return c, nil
	}
	doc, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil || json.Unmarshal(doc, &c) != nil {
		return c, errPlace
	}
	return c, nil
}

func (c chronicle) String() string {
	if c.NoRecords && c.NoPeople {
		return ""
	}
	doc, err := json.Marshal(c)
	if err != nil { // texts always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

// records reads a whole batch: without one nobody could tell what of the other
// history comes before.
func (c chronicle) records(ctx context.Context, by map[record.Kind]*records, kinds []record.Kind, h History) (all Batch, err error) {
	if c.NoRecords || len(kinds) == 0 {
		return Batch{}, nil
	}
	h.After = c.Records
	limit := h.Limit
	for {
		h.Limit = limit - len(all.Resources)
		shelf := by[kinds[0]]
		page, err := shelf.Store.History(ctx, h.query(kinds))
		if err != nil {
			return all, err
		}
		for i := range page.Records {
			r := &page.Records[i]
			if by[r.Kind].has(r) {
				all.Resources = append(all.Resources, by[r.Kind].resource(h.Tenant, r))
			}
		}
		if all.Next, h.After = page.Next, page.Next; page.Next == "" || len(all.Resources) >= limit {
			return all, nil
		}
	}
}

// merge takes the newest of both, up to the limit, and says where each goes on.
func (c chronicle) merge(ctx context.Context, logged, patients Batch, by map[record.Kind]*records, kinds []record.Kind, people *users, h History) (Batch, error) {
	all := slices.Concat(logged.Resources, patients.Resources)
	slices.SortStableFunc(all, func(a, b *Resource) int { return cmp.Compare(b.Updated.UnixMilli(), a.Updated.UnixMilli()) })
	all = all[:min(h.Limit, len(all))]
	taken := 0 // of the patients
	for _, r := range all {
		if r.Type == "Patient" {
			taken++
		}
	}
	next := chronicle{NoRecords: true, NoPeople: true}
	limit := h.Limit
	switch n := len(all) - taken; {
	case n == len(logged.Resources):
		next.Records, next.NoRecords = logged.Next, logged.Next == ""
	case n == 0:
		next.Records, next.NoRecords = c.Records, false
	default:
		h.Limit = n
		page, err := c.records(ctx, by, kinds, h)
		if err != nil {
			return Batch{}, err
		}
		next.Records, next.NoRecords = page.Next, false
	}
	switch h.After, h.Limit = c.People, limit; {
	case taken == len(patients.Resources):
		next.People, next.NoPeople = patients.Next, patients.Next == ""
	case taken == 0:
		next.People, next.NoPeople = c.People, false
	default:
		h.Limit = taken
		page, err := people.History(ctx, h)
		if err != nil {
			return Batch{}, err
		}
		next.People, next.NoPeople = page.Next, false
	}
	return Batch{Resources: all, Next: next.String()}, nil
}
