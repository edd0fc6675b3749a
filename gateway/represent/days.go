package represent

import (
	"context"
	"fmt"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Days represents the records of some kinds day by day, from and to included,
// in the order of the days. It is for formats whose documents are functions of
// a day. Nothing unchecked comes back; one bad document fails the call.
func (m *Maker) Days(ctx context.Context, f Format, u store.User, kinds []record.Kind, from, to record.Date) (Set, error) {
	days, err := m.store.Days(ctx, u.Tenant, u.ID, kinds, from, to)
	if err != nil {
		return Set{}, fmt.Errorf("days of a user: %w", err)
	}
	sets := make([]Set, len(days))
	for i := 0; i < len(days); {
		if s, ok := m.sets.Get(dayKey(f, u, kinds, days[i])); ok {
			sets[i] = s
			i++
			continue
		}
		n := m.missing(f, u, kinds, days[i:])
		if err := m.fill(ctx, f, u, kinds, days[i:i+n], sets[i:i+n]); err != nil {
			return Set{}, err
		}
		i += n
	}
	return join(sets), nil
}

// batch is how many days are read from the store at once.
const batch = 32

// missing counts the days at the start that are not kept, up to a batch. The
// first was not a moment ago, and is not asked for again: somebody else may have
// made it meanwhile.
func (m *Maker) missing(f Format, u store.User, kinds []record.Kind, days []store.DayRevision) int {
	n := 1
	for n < min(len(days), batch) {
		if _, ok := m.sets.Get(dayKey(f, u, kinds, days[n])); ok {
			break
		}
		n++
	}
	return n
}

// fill reads and represents days that follow each other.
func (m *Maker) fill(ctx context.Context, f Format, u store.User, kinds []record.Kind, days []store.DayRevision, sets []Set) error {
	page, err := m.store.Records(ctx, store.Query{
		Tenant: u.Tenant, User: u.ID, Select: selectors(kinds),
		From: days[0].Day, To: days[len(days)-1].Day,
	})
	if err != nil {
		return fmt.Errorf("records of a user: %w", err)
	}
	byDay := map[record.Date][]record.Record{}
	for i := range page.Records {
		r := &page.Records[i].Record
		byDay[r.Day] = append(byDay[r.Day], *r)
	}
	for i, d := range days {
		docs, issues, err := mapping.Checked(f.Format, u.Subject(), byDay[d.Day])
		if err != nil {
			return fmt.Errorf("represent a day as %s: %w", f.Name, err)
		}
		sets[i] = Set{docs, issues}
		m.sets.Set(dayKey(f, u, kinds, d), sets[i])
	}
	return nil
}

// dayKey holds the user's version too: documents may name the person.
func dayKey(f Format, u store.User, kinds []record.Kind, d store.DayRevision) key {
	var what strings.Builder
	for _, k := range kinds {
		what.WriteString(string(k))
		what.WriteByte(',')
	}
	fmt.Fprintf(&what, "%s,%d", d.Day, u.Version)
	return key{f.Name, u.Tenant, u.ID, what.String(), d.Revision}
}

func selectors(kinds []record.Kind) []store.Selector {
	all := make([]store.Selector, len(kinds))
	for i, k := range kinds {
		all[i].Kind = k
	}
	return all
}
