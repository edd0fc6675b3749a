package shelf

import (
	"context"
	"slices"
)

// An Order is how a search is sorted where the shelf itself can.
type Order byte

// The orders.
const (
	ByPlace Order = iota
	ByDate
	ByDateDown
)

// readAtOnce is how many resources are read at a time where all are looked at.
const readAtOnce = 1000

// scan reads a batch in an order.
func (t *Type) scan(ctx context.Context, s Scan, o Order) (Batch, error) {
	if dated, ok := t.Shelf.(Dated); ok && o != ByPlace {
		return dated.ScanDated(ctx, s, o == ByDateDown)
	}
	return t.Shelf.Scan(ctx, s)
}

// Find returns the next n resources that meet s.Query, behind s.After, and where
// it goes on; empty at the end. Each read is longer than the one before, since
// matches are rare where there are many.
func (t *Type) Find(ctx context.Context, s Scan, o Order, n int) (found []*Resource, next string, err error) {
	s.Limit = n
	for {
		b, err := t.scan(ctx, s, o)
		if err != nil {
			return nil, "", err
		}
		for i, r := range b.Resources {
			ok, err := r.Matches(b.Rest)
			if err != nil {
				return nil, "", err
			}
			if !ok {
				continue
			}
			if found = append(found, r); len(found) == n {
				if i == len(b.Resources)-1 {
					return found, b.Next, nil
				}
				return found, r.Place(), nil
			}
		}
		if s.After = b.Next; b.Next == "" {
			return found, "", nil
		}
		s.Limit = min(4*s.Limit, readAtOnce)
	}
}

// Walk calls visit with each resource that meets s.Query, in the order of their
// places, a batch at a time, so that memory stays flat; s.Limit is the length of
// a batch, 1000 if 0. An error of visit ends it.
func (t *Type) Walk(ctx context.Context, s Scan, visit func(*Resource) error) error {
	if s.Limit == 0 {
		s.Limit = readAtOnce
	}
	for {
		b, err := t.Shelf.Scan(ctx, s)
		if err != nil {
			return err
		}
		for _, r := range b.Resources {
			ok, err := r.Matches(b.Rest)
			if err == nil && ok {
				err = visit(r)
			}
			if err != nil {
				return err
			}
		}
		if s.After = b.Next; b.Next == "" {
			return nil
		}
	}
}

// A Counter is a shelf that can tell some numbers without a scan.
type Counter interface {
	Count(ctx context.Context, s Scan) (n int, known bool, err error)
}

// Count returns how many resources meet s.Query.
func (t *Type) Count(ctx context.Context, s Scan) (n int, err error) {
	s.After = ""
	if c, ok := t.Shelf.(Counter); ok {
		if n, known, err := c.Count(ctx, s); known || err != nil {
			return n, err
		}
	}
	err = t.Walk(ctx, s, func(*Resource) error { n++; return nil })
	return n, err
}

// Is reports whether one resource is in what a scan asks for.
func (s *Scan) Is(r *Resource) (bool, error) {
	if r == nil || (r.Deleted && !s.Deleted) || r.Updated.Before(s.Since) {
		return false, nil
	}
	if s.Client != "" && r.Client != "" && s.Client != r.Client {
		return false, nil
	}
	if s.Patients != nil && !slices.Contains(s.Patients, r.Patient) {
		return false, nil
	}
	return r.Matches(s.Query)
}
