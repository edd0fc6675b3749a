package sqlite

import (
	"cmp"

	"nutrigate/gateway/store"
)

// A cursor is a place with its slot as it is stored; the zero cursor is before
// all.
type cursor store.Place

func cursorOf(r *store.Stored) cursor {
	return cursor{r.User, r.Day, r.Kind, r.Metric(), storedSlot(r.Kind, r.Slot)}
}

func parseCursor(s string) (cursor, error) {
	p, err := store.ParsePlace(s)
	if p != (store.Place{}) {
		p.Slot = storedSlot(p.Kind, p.Slot)
	}
	return cursor(p), err
}

// compare orders cursors as records are sorted.
func (c cursor) compare(d cursor) int {
	return cmp.Or(cmp.Compare(c.User, d.User), cmp.Compare(c.Day, d.Day), cmp.Compare(c.Kind, d.Kind),
		cmp.Compare(c.Metric, d.Metric), cmp.Compare(c.Slot, d.Slot))
}
