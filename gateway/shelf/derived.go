package shelf

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/kept"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
)

// derived is the shelf of resources each of which is made of several records of
// one person: reports, summaries, devices. Their ids begin with the person's, so
// that one is found by its id alone and the order is that of ids. Of each the
// newest version alone is known. What was made of a person is kept until
// anything of them changes.
type derived struct {
	Deps
	name string
	// make returns the person's resources with their content; revision is that of
	// everything of the person.
	make func(ctx context.Context, u store.User, revision int64) ([]*Resource, error)
	// shared are nobody's; they come after those of everybody.
	shared []*Resource

	made *kept.Cache[string, []*Resource]
}

// maxDerived is how many bytes of derived resources of one type are kept, roughly.
const maxDerived = 16 << 20

func newDerived(s derived) *derived {
	s.made = kept.New(kept.Options[string, []*Resource]{Weight: maxDerived, Weigh: weigh})
	return &s
}

func weigh(_ string, all []*Resource) uint32 {
	n := 256
	for _, r := range all {
		n += 512
		if r.doc != nil {
			n += len(r.doc.Body)
		}
	}
	return uint32(min(n, 1<<31))
}

// of returns a person's resources, sorted by id.
func (s *derived) of(ctx context.Context, u store.User) ([]*Resource, error) {
	revision, err := s.Store.Revision(ctx, u.Tenant, u.ID)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("%s|%s|%d", u.Tenant, u.ID, revision)
	if all, ok := s.made.Get(key); ok {
		return all, nil
	}
	all, err := s.make(ctx, u, revision)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *Resource) int { return cmp.Compare(a.ID, b.ID) })
	s.made.Set(key, all)
	return all, nil
}

func (s *derived) Read(ctx context.Context, tenant, id string) (*Resource, error) {
	all := s.shared
	user, _, _ := strings.Cut(id, ".")
	u, err := s.Store.User(ctx, tenant, user)
	if err == nil {
		all, err = s.of(ctx, u)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	for _, r := range all {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no %s with this id", s.name)
}

func (s *derived) Versions(ctx context.Context, tenant, id string) ([]*Resource, error) {
	r, err := s.Read(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return []*Resource{r}, nil
}

func (s *derived) Scan(ctx context.Context, scan Scan) (Batch, error) {
	b := Batch{Rest: scan.Query}
	people := s.narrowed(scan)
	for after, user := scan.After, ""; ; {
		u, ok, err := s.next(ctx, scan.Tenant, people, user, after)
		if err != nil {
			return b, err
		}
		some := s.shared
		if ok {
			if some, err = s.of(ctx, u); err != nil {
				return b, err
			}
			user = u.ID
		} else if scan.Patients != nil || !scan.Since.IsZero() {
			some = nil
		}
		if full := b.take(some, scan); full || !ok {
			return b, nil
		}
	}
}

// take adds what the scan asks for, and reports whether there is no room for more.
func (b *Batch) take(some []*Resource, scan Scan) bool {
	for _, r := range some {
		if r.ID <= scan.After || r.Updated.Before(scan.Since) {
			continue
		}
		if scan.Limit > 0 && len(b.Resources) == scan.Limit {
			b.Next = b.Resources[scan.Limit-1].ID
			return true
		}
		b.Resources = append(b.Resources, r)
	}
	return false
}

// narrowed returns the only people of whom anything can be found; nil: all.
func (s *derived) narrowed(scan Scan) []string {
	people := scan.Patients
	if scan.Query == nil {
		return people
	}
	for i := range scan.Query.Conditions {
		c := &scan.Query.Conditions[i]
		if some, ok := owners(c); ok {
			people = common(people, some)
		}
		if ids, ok := idsOf(c); ok {
			for j, id := range ids {
				ids[j], _, _ = strings.Cut(id, ".")
			}
			people = common(people, ids)
		}
	}
	if people != nil {
		slices.Sort(people)
		people = slices.Compact(people)
	}
	return people
}

// next returns the person after the one called last, or at the start the first
// of whom there may be something behind a place.
func (s *derived) next(ctx context.Context, tenant string, people []string, last, place string) (store.User, bool, error) {
	owner, _, _ := strings.Cut(place, ".")
	if people == nil {
		if last == "" && owner != "" {
			if u, err := s.Store.User(ctx, tenant, owner); err == nil {
				return u, true, nil
			} else if fault.KindOf(err) != fault.NotFound {
				return u, false, err
			}
		}
		some, _, err := s.Store.Users(ctx, tenant, max(last, owner), 1)
		if err != nil || len(some) == 0 {
			return store.User{}, false, err
		}
		return some[0], true, nil
	}
	for _, id := range people {
		if id <= last || id < owner {
			continue
		}
		u, err := s.Store.User(ctx, tenant, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		return u, err == nil, err
	}
	return store.User{}, false, nil
}

// owners returns the only people that a condition lets through, where it is one
// on whose a resource is.
func owners(c *search.Condition) ([]string, bool) { return (&records{}).owners(c) }
