package record

// pair finds for each row of now the row of old that it continues, or nil.
//
// Equal rows come first, the first with the first: they are interchangeable,
// so where a row stands in its document takes no part. Then rows about the
// same thing, then rows that could be the same one renamed.
func pair(old, now []*row) []*row {
	pairs := make([]*row, len(now))
	if len(now) > 0 {
		if _, own := now[0].ownSlot(); own {
			for i, r := range now {
				slot, _ := r.ownSlot()
				pairs[i] = find(old, slot)
			}
			return pairs
		}
	}
	pairEqual(old, now, pairs)
	for _, likely := range []func(a, b *Record) bool{alike, renamed} {
		pairBy(likely, unpaired(old, pairs), now, pairs)
	}
	return pairs
}

// pairEqual pairs rows that say the same.
func pairEqual(old, now, pairs []*row) {
	waiting := map[string][]*row{}
	for _, r := range old {
		waiting[r.Content] = append(waiting[r.Content], r)
	}
	for i, r := range now {
		if same := waiting[r.Content]; len(same) > 0 {
			pairs[i], waiting[r.Content] = same[0], same[1:]
		}
	}
}

// unpaired returns the rows of old that no pair has yet, in order.
func unpaired(old, pairs []*row) []*row {
	paired := make(map[*row]bool, len(pairs))
	for _, r := range pairs {
		paired[r] = true
	}
	var left []*row
	for _, r := range old {
		if !paired[r] {
			left = append(left, r)
		}
	}
	return left
}

// pairBy gives each row that has none yet the first of left that is likely it.
func pairBy(likely func(a, b *Record) bool, left, now, pairs []*row) {
	for i, r := range now {
		if pairs[i] != nil {
			continue
		}
		for j, o := range left {
			if o != nil && likely(&o.Record, &r.Record) {
				pairs[i], left[j] = o, nil
				break
			}
		}
	}
}

// alike reports whether two records that differ are about the same thing: the
// same food in the same group, the same exercise, the same time.
func alike(a, b *Record) bool {
	switch {
	case a.Serving != nil && b.Serving != nil:
		return a.Serving.Food == b.Serving.Food && a.Serving.Group == b.Serving.Group
	case a.Exercise != nil && b.Exercise != nil:
		return a.Exercise.Name == b.Exercise.Name && a.Exercise.Device == b.Exercise.Device
	case a.Sleep != nil && b.Sleep != nil:
		return a.Sleep.Device == b.Sleep.Device && a.Sleep.EndDay == b.Sleep.EndDay && a.Sleep.EndTime == b.Sleep.EndTime
	case a.Fast != nil && b.Fast != nil:
		return a.Time == b.Time && a.Fast.Name == b.Fast.Name
	}
	return a.Time == b.Time
}

// renamed reports whether b could be a with another name: a food in the same
// group, and any record of another kind, which come few a day.
func renamed(a, b *Record) bool {
	return a.Serving == nil || b.Serving == nil || a.Serving.Group == b.Serving.Group
}
