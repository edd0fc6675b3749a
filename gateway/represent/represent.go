// Package represent computes representations of stored records and keeps them
// in memory: each is encoded and checked once for each version, and a whole
// answer is put together once for each revision.
package represent

import (
	"context"
	"fmt"

	"nutrigate/gateway/kept"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// DefaultBytes is how much memory a Maker may use for what it keeps, roughly.
const DefaultBytes = 64 << 20

// A Store is what a Maker reads from; see package store for the contract.
type Store interface {
	User(ctx context.Context, tenant, id string) (store.User, error)
	// Revision grows with every change of the user and of the user's records,
	// or with an empty user of anything of the tenant.
	Revision(ctx context.Context, tenant, user string) (int64, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
	Days(ctx context.Context, tenant, user string, kinds []record.Kind, from, to record.Date) ([]store.DayRevision, error)
}

// A Format is a mapping's format with the name under which its results are kept.
type Format struct {
	Name string
	mapping.Format
}

// A Set is representations and what they could not carry.
type Set struct {
	Documents []mapping.Document
	Issues    []mapping.Issue
}

// add appends another set; an issue that is there already is not repeated.
func (s *Set) add(o Set, seen map[mapping.Issue]bool) {
	s.Documents = append(s.Documents, o.Documents...)
	for _, i := range o.Issues {
		if !seen[i] {
			seen[i] = true
			s.Issues = append(s.Issues, i)
		}
	}
}

// A Maker makes and keeps representations. It is safe for concurrent use.
type Maker struct {
	store Store
	sets  *kept.Cache[key, Set]
	pages *kept.Cache[string, *Page]
	users *kept.Cache[key, store.User]
}

// key names a set: what it was made of and in which state that was.
type key struct {
	format, tenant, user, what string
	state                      int64
}

// New returns a Maker that keeps about maxBytes of results, at least 2; the
// least useful go first.
func New(st Store, maxBytes uint64) *Maker {
	return &Maker{
		store: st,
		sets:  kept.New(kept.Options[key, Set]{Weight: maxBytes / 2, Weigh: weighSet}),
		pages: kept.New(kept.Options[string, *Page]{Weight: maxBytes / 2, Weigh: weighPage}),
		users: kept.New(kept.Options[key, store.User]{Size: maxUsers}),
	}
}

// maxUsers is how many users are kept at hand.
const maxUsers = 10_000

// User returns a user and the revision at which everything about the user is
// to be kept: what is made of the user and of the user's records is the same
// as long as the revision is. The revision is the one question that a warm
// answer asks of the store.
func (m *Maker) User(ctx context.Context, tenant, id string) (store.User, int64, error) {
	revision, err := m.store.Revision(ctx, tenant, id)
	if err != nil {
		return store.User{}, 0, err
	}
	k := key{tenant: tenant, user: id, state: revision}
	if u, ok := m.users.Get(k); ok {
		return u, revision, nil
	}
	u, err := m.store.User(ctx, tenant, id)
	if err == nil {
		m.users.Set(k, u)
	}
	return u, revision, err
}

// entryOverhead is what an entry weighs beside its bytes, roughly.
const entryOverhead = 512

func weighSet(_ key, s Set) uint32 {
	n := entryOverhead + 128*len(s.Issues)
	for i := range s.Documents {
		n += entryOverhead + len(s.Documents[i].Body) + 52*len(s.Documents[i].Records)
	}
	return uint32(min(n, 1<<31))
}

// weighPage counts the body twice: its compressed forms are kept beside it.
func weighPage(k string, p *Page) uint32 {
	return uint32(min(entryOverhead+len(k)+2*len(p.Body), 1<<31))
}

// Records represents each record by itself, in the order given. It is for
// formats whose documents are functions of one record.
func (m *Maker) Records(f Format, tenant string, records []store.Stored) (Set, error) {
	sets := make([]Set, len(records))
	for i := range records {
		s, err := m.one(f, tenant, &records[i])
		if err != nil {
			return Set{}, err
		}
		sets[i] = s
	}
	return join(sets), nil
}

func (m *Maker) one(f Format, tenant string, r *store.Stored) (Set, error) {
	k := key{f.Name, tenant, r.User, r.ID, int64(r.Version)}
	if s, ok := m.sets.Get(k); ok {
		return s, nil
	}
	docs, issues, err := mapping.Checked(f.Format, record.Subject{ID: r.User}, []record.Record{r.Record})
	if err != nil {
		return Set{}, fmt.Errorf("represent %s %s as %s: %w", r.Kind, r.ID, f.Name, err)
	}
	s := Set{docs, issues}
	m.sets.Set(k, s)
	return s, nil
}

// Sketch returns what a record becomes for those who only look whether they want
// it: neither checked nor kept, unless it was made before. It costs a fifth.
func (m *Maker) Sketch(f Format, tenant string, r *store.Stored) (mapping.Document, error) {
	if s, ok := m.Kept(f, tenant, r.User, r.ID, r.Version); ok {
		return s.Documents[0], nil
	}
	docs, _, err := f.Encode(record.Subject{ID: r.User}, []record.Record{r.Record})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("represent %s %s as %s: %w", r.Kind, r.ID, f.Name, err)
	}
	return docs[0], nil
}

// Kept returns what Records made of a version of a record, where it is kept still.
func (m *Maker) Kept(f Format, tenant, user, id string, version int) (Set, bool) {
	return m.sets.Get(key{f.Name, tenant, user, id, int64(version)})
}

// Page returns the answer kept under name, or makes and keeps it. The name has
// to say everything that the answer depends on: the tenant, the request and
// the revision of what it shows.
func (m *Maker) Page(name string, build func() (*Page, error)) (*Page, error) {
	if p, ok := m.pages.Get(name); ok {
		return p, nil
	}
	p, err := build()
	if err != nil {
		return nil, err
	}
	m.pages.Set(name, p)
	return p, nil
}

func join(sets []Set) Set {
	var all Set
	seen := map[mapping.Issue]bool{}
	for _, s := range sets {
		all.add(s, seen)
	}
	return all
}
