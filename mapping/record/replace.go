package record

import (
	"fmt"
	"maps"
	"slices"
)

// Changes is what replacing a day does to its records.
type Changes struct {
	Added   []Encoded // slots and ids assigned
	Changed []Encoded // with the slot, id and version of the record that each replaces
	Gone    []Encoded // as they were
	Kept    int       // records that stay as they are
}

// None reports whether nothing changes.
func (c *Changes) None() bool { return len(c.Added)+len(c.Changed)+len(c.Gone) == 0 }

// Replace compares the records that the store has for one person, kind and day
// (tombstones included) with those that a document now gives, in its order.
//
// Rows carry no ids, so equal rows are matched first and the rest is paired by
// likeness: that is how an edited row keeps its id while its neighbours keep
// their versions. A row that comes back with the same content takes its
// tombstone's place again.
func Replace(subject string, have, want []Record) (Changes, error) {
	old, err := encodeAll(have)
	if err != nil {
		return Changes{}, err
	}
	now, err := encodeAll(want)
	if err != nil {
		return Changes{}, err
	}
	return ReplaceEncoded(subject, old, now), nil
}

// ReplaceEncoded is Replace for records whose contents are known.
func ReplaceEncoded(subject string, have, want []Encoded) Changes {
	var c Changes
	old, now := bySeries(have), bySeries(want)
	for _, name := range union(old, now) {
		c.replaceSeries(subject, name, old[name], now[name])
	}
	return c
}

func encodeAll(records []Record) ([]Encoded, error) {
	all, e := make([]Encoded, len(records)), NewEncoder()
	for i := range records {
		var err error
		if all[i], err = e.Encode(records[i]); err != nil {
			return nil, fmt.Errorf("replace: %w", err)
		}
	}
	return all, nil
}

// row is a record with its content, for comparing.
type row struct {
	Encoded
	taken bool
}

// bySeries splits records into what is compared with each other, in order.
func bySeries(records []Encoded) map[string][]*row {
	series := map[string][]*row{}
	for i := range records {
		name := records[i].series()
		series[name] = append(series[name], &row{Encoded: records[i]})
	}
	return series
}

func union(a, b map[string][]*row) []string {
	names := maps.Clone(a)
	maps.Copy(names, b)
	return slices.Sorted(maps.Keys(names))
}

func (c *Changes) replaceSeries(subject, series string, old, now []*row) {
	slices.SortStableFunc(old, func(a, b *row) int { return a.Ordinal() - b.Ordinal() })
	alive, buried := split(old)
	pairs := pair(alive, now)
	next := nextOrdinal(old)
	for i, r := range now {
		before := pairs[i]
		if before == nil {
			before = revive(buried, r)
		}
		switch {
		case before == nil:
			slot, own := r.ownSlot()
			if own {
				before = find(buried, slot)
			} else {
				slot = numbered(series, next)
				next++
			}
			r.Slot, r.ID = slot, NewID(subject, r.Kind, r.Day, slot)
			if before == nil {
				c.Added = append(c.Added, r.Encoded)
				continue
			}
			c.take(before, r)
		case before.Content == r.Content && !before.Deleted:
			before.taken = true
			c.Kept++
		default:
			c.take(before, r)
		}
	}
	for _, r := range alive {
		if !r.taken {
			c.Gone = append(c.Gone, r.Encoded)
		}
	}
}

// take lets r replace before.
func (c *Changes) take(before, r *row) {
	before.taken = true
	r.Slot, r.ID, r.Version = before.Slot, before.ID, before.Version
	c.Changed = append(c.Changed, r.Encoded)
}

func split(rows []*row) (alive, buried []*row) {
	for _, r := range rows {
		if r.Deleted {
			buried = append(buried, r)
		} else {
			alive = append(alive, r)
		}
	}
	return alive, buried
}

// nextOrdinal returns the first number that no record of the series, alive or
// buried, ever had.
func nextOrdinal(old []*row) int {
	next := 0
	for _, r := range old {
		next = max(next, r.Ordinal()+1)
	}
	return next
}

// revive finds the tombstone of a record that said the same.
func revive(buried []*row, r *row) *row {
	for _, b := range buried {
		if !b.taken && b.Content == r.Content {
			return b
		}
	}
	return nil
}

func find(rows []*row, slot string) *row {
	for _, r := range rows {
		if r.Slot == slot {
			return r
		}
	}
	return nil
}
