package fhir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
)

// A sortKey is a parameter by which resources are sorted (R4, search.html#sort).
type sortKey struct {
	param *search.Param
	down  bool
}

// maxSorted is how many resources are sorted in memory; what a shelf sorts
// itself has no bound.
const maxSorted = 100_000

func (c *controls) setSort(t *shelf.Type, value string) error {
	for name := range strings.SplitSeq(value, ",") {
		name, down := strings.CutPrefix(name, "-")
		p := search.Lookup(t.Name, name)
		if p == nil || p.Kind == search.Composite {
			return fmt.Errorf("%s cannot be sorted by %q", t.Name, name)
		}
		c.sort = append(c.sort, sortKey{p, down})
	}
	if len(c.sort) > 5 {
		return errors.New("five parameters at most")
	}
	return nil
}

// order returns the order in which the shelf itself can give what is asked for.
func (c *controls) order(t *shelf.Type) (shelf.Order, bool) {
	if len(c.sort) == 0 {
		return shelf.ByPlace, true
	}
	if _, ok := t.Shelf.(shelf.Dated); !ok || len(c.sort) > 1 || c.sort[0].param.Name != "date" {
		return shelf.ByPlace, false
	}
	if c.sort[0].down {
		return shelf.ByDateDown, true
	}
	return shelf.ByDate, true
}

// a sortable is a resource and what it is sorted by.
type sortable struct {
	*shelf.Resource
	keys []string // empty: the resource has none
}

// sorted returns the next resources behind one of them, sorted by the keys and
// then by id, and which is the last where more follow. All that match are looked
// at for it.
func (c *controls) sorted(ctx context.Context, t *shelf.Type, s shelf.Scan, after string) (page []*shelf.Resource, next string, err error) {
	var all []sortable
	s.After = ""
	err = t.Walk(ctx, s, func(r *shelf.Resource) error {
		one := sortable{Resource: r}
		for _, k := range c.sort {
			key, err := k.of(r)
			if err != nil {
				return err
			}
			one.keys = append(one.keys, key)
		}
		if all = append(all, one); len(all) > maxSorted {
			return fault.BadParam("_sort", "_sort: more than %d match; ask for less, or sort by date", maxSorted)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, c.compare)
	if after != "" {
		i := slices.IndexFunc(all, func(r sortable) bool { return r.ID == after })
		if i < 0 {
			return nil, "", fault.New(fault.Gone, "what this page followed is not there any more")
		}
		all = all[i+1:]
	}
	for _, r := range all[:min(c.count, len(all))] {
		page = append(page, r.Resource)
	}
	if len(all) > c.count {
		next = page[len(page)-1].ID
	}
	return page, next, nil
}

// of returns what a resource is sorted by. What stands beside its content is
// taken from there, since making the content takes longer than the rest.
func (k sortKey) of(r *shelf.Resource) (string, error) {
	switch {
	case k.param.Name == "_id":
		return r.ID, nil
	case k.param.Name == "_lastUpdated" && !r.Updated.IsZero():
		return r.Updated.UTC().Format("2006-01-02T15:04:05.000Z"), nil
	}
	seen, err := r.Searched()
	if err != nil {
		return "", err
	}
	return k.param.SortKey(seen, k.down), nil
}

// compare puts what lacks a key behind what has one, whatever the direction.
func (c *controls) compare(a, b sortable) int {
	for i, k := range c.sort {
		x, y := a.keys[i], b.keys[i]
		if x == y {
			continue
		}
		switch {
		case x == "":
			return 1
		case y == "":
			return -1
		case k.down:
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a.ID, b.ID)
}
