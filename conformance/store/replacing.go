package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// sources is what one source says of a day beside what another says of it.
func sources(t *testing.T, w *world) {
	said := func(source string, records ...record.Record) store.Tally {
		t.Helper()
		im := w.begin()
		for i := range records {
			records[i].Source = source
		}
		tally, err := im.Replace(t.Context(), source, "of "+source, []record.Kind{record.KindServing}, monday, encoded(t, records...))
		if err == nil {
			err = im.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
		return tally
	}
	oats, rice := serving(monday, "Oats", "150.00"), serving(monday, "Rice", "130.00")

	t.Run("a second source takes nothing from the first", func(t *testing.T) {
		if got := said("", oats, rice); got != (store.Tally{Added: 2}) {
			t.Fatalf("got %+v", got)
		}
		if got := said("other", oats); got != (store.Tally{Added: 1}) {
			t.Errorf("got %+v", got)
		}
		all := w.all(store.Query{})
		if len(all) != 3 || all[0].Source != "" || all[2].Source != "other" || all[2].ID == all[0].ID {
			t.Errorf("got %+v", all)
		}
	})
	t.Run("either says the same again without a change", func(t *testing.T) {
		if first, second := said("", rice, oats), said("other", oats); first != (store.Tally{Kept: 2}) || second != (store.Tally{Kept: 1}) {
			t.Errorf("got %+v, %+v", first, second)
		}
	})
	t.Run("what one has no longer is gone of it alone", func(t *testing.T) {
		if got := said("other"); got != (store.Tally{Gone: 1}) {
			t.Errorf("got %+v", got)
		}
		if all := w.all(store.Query{}); len(all) != 2 || all[0].Source != "" || all[1].Source != "" {
			t.Errorf("got %+v", all)
		}
	})
	t.Run("each is remembered with its document", func(t *testing.T) {
		im := w.begin()
		defer im.Rollback()
		got := im.Sources()
		at := store.KindDay{Kind: record.KindServing, Day: monday}
		if len(got) != 2 || got[at] != "of " {
			t.Errorf("got %v", got)
		}
		if at.Source = "other"; got[at] != "of other" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a record of another source is refused", func(t *testing.T) {
		im := w.begin()
		defer im.Rollback()
		if _, err := im.Replace(t.Context(), "other", "d", []record.Kind{record.KindServing}, monday, encoded(t, oats)); err == nil {
			t.Error("it was taken")
		}
	})
}

func replacing(t *testing.T, w *world) {
	ctx := t.Context()
	oats, milk, rice := serving(monday, "Oats", "150.00"), serving(monday, "Milk", "60.00"), serving(monday, "Rice", "130.00")
	first := []record.Record{oats, milk, milk, rice}

	t.Run("a record comes back as it was given", func(t *testing.T) {
		if got := w.replace(record.KindServing, monday, first...); got != (store.Tally{Added: 4}) {
			t.Fatalf("got %+v", got)
		}
		got := w.all(store.Query{})[0]
		want := oats
		want.ID, want.Slot, want.Version = record.NewID(w.user.ID, record.KindServing, monday, "0"), "0", 1
		want.Updated = w.clock.Truncate(time.Millisecond).Add(time.Millisecond) // that itself is when the user was made
		want.Origin.Document = "document-1"
		if diff := cmp.Diff(store.Stored{User: w.user.ID, Record: want}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("the same day again changes nothing", func(t *testing.T) {
		before, revision := w.all(store.Query{}), w.revision(t, "")
		*w.clock = w.clock.AddDate(0, 0, 1)
		if got := w.replaceFrom("document-2", record.KindServing, monday, rice, milk, oats, milk); got != (store.Tally{Kept: 4}) {
			t.Errorf("got %+v", got)
		}
		if diff := cmp.Diff(before, w.all(store.Query{})); diff != "" || w.revision(t, "") != revision {
			t.Errorf("revision %d, was %d; %s", w.revision(t, ""), revision, diff)
		}
	})
	t.Run("an edited row gets a version and nothing else does", func(t *testing.T) {
		before := w.all(store.Query{})
		got := w.replace(record.KindServing, monday, oats, milk, serving(monday, "Milk", "61.00"), rice)
		if got != (store.Tally{Changed: 1, Kept: 3}) {
			t.Fatalf("got %+v", got)
		}
		after := w.all(store.Query{})
		for i := range after {
			if i != 2 && cmp.Diff(before[i], after[i]) != "" {
				t.Errorf("slot %d: %s", i, cmp.Diff(before[i], after[i]))
			}
		}
		if r := after[2]; r.Version != 2 || r.ID != before[2].ID || r.Serving.Nutrients[0].Value != "61.00" || !r.Updated.After(before[2].Updated) {
			t.Errorf("got %+v", r)
		}
		versions, err := w.Versions(ctx, "clinic", after[2].ID)
		if err != nil || len(versions) != 2 || cmp.Diff(after[2], versions[0]) != "" || cmp.Diff(before[2], versions[1]) != "" {
			t.Errorf("versions: %+v, %v", versions, err)
		}
	})
	t.Run("a row that is gone is a tombstone until it comes back", func(t *testing.T) {
		if got := w.replace(record.KindServing, monday, oats, milk, serving(monday, "Milk", "61.00")); got != (store.Tally{Gone: 1, Kept: 3}) {
			t.Fatalf("got %+v", got)
		}
		id := record.NewID(w.user.ID, record.KindServing, monday, "3")
		if got := w.all(store.Query{}); len(got) != 3 {
			t.Errorf("still %d records", len(got))
		}
		if got := w.all(store.Query{Deleted: true}); len(got) != 4 || !got[3].Deleted {
			t.Errorf("with tombstones: got %+v", got)
		}
		if r, err := w.Record(ctx, "clinic", id); err != nil || !r.Deleted || r.Version != 2 || r.Serving.Food != "Rice" {
			t.Errorf("tombstone: got %+v, %v", r, err)
		}
		w.replace(record.KindServing, monday, oats, milk, serving(monday, "Milk", "61.00"), rice)
		r, err := w.Record(ctx, "clinic", id)
		if err != nil || r.Deleted || r.Version != 3 {
			t.Errorf("revived: got %+v, %v", r, err)
		}
		versions, err := w.Versions(ctx, "clinic", id)
		if err != nil || len(versions) != 3 || !versions[1].Deleted || versions[2].Deleted {
			t.Errorf("versions: got %+v, %v", versions, err)
		}
	})
	t.Run("an empty day takes everything away", func(t *testing.T) {
		if got := w.replace(record.KindServing, monday); got != (store.Tally{Gone: 4}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an edited total changes that nutrient alone", func(t *testing.T) {
		w.replace(record.KindTotal, monday, total(monday, "sodium", "1500.00"), total(monday, "iron", "8.00"))
		got := w.replace(record.KindTotal, monday, total(monday, "sodium", "1500.0"), total(monday, "iron", "8.00"))
		if got != (store.Tally{Changed: 1, Kept: 1}) {
			t.Errorf("got %+v", got)
		}
		for _, r := range w.all(store.Query{Select: []store.Selector{{Kind: record.KindTotal}}}) {
			if want := map[string]int{"sodium": 2, "iron": 1}[r.Total.Nutrient]; r.Version != want {
				t.Errorf("%s: version %d, want %d", r.Total.Nutrient, r.Version, want)
			}
		}
	})
	t.Run("other kinds and days are left alone", func(t *testing.T) {
		w.replace(record.KindServing, tuesday, serving(tuesday, "Rye", "90"))
		w.replace(record.KindServing, monday, oats)
		if got := w.all(store.Query{}); len(got) != 4 {
			t.Errorf("got %d records", len(got))
		}
	})
	t.Run("a record of another day or kind is refused", func(t *testing.T) {
		im := w.begin()
		for _, r := range []record.Record{serving(tuesday, "Rye", "90"), total(monday, "iron", "1")} {
			if _, err := im.Replace(ctx, "", "d", []record.Kind{record.KindServing}, monday, encoded(t, r)); err == nil {
				t.Errorf("%s of %s was taken", r.Kind, r.Day)
			}
		}
		im.Rollback()
	})
	_, err := w.Record(ctx, "clinic", "0b4f3c5e-7a61-5d0c-9d33-6a1f2b3c4d5e")
	is(t, "an id that is none", err, fault.NotFound)
}

func undated(t *testing.T, w *world) {
	protein, fat := target(monday, "protein", "60"), target(monday, "fat", "50")
	w.replace(record.KindTarget, "", protein, fat)
	if got := w.replace(record.KindTarget, "", target(tuesday, "protein", "60"), target(tuesday, "fat", "55")); got != (store.Tally{Changed: 1, Kept: 1}) {
		t.Errorf("got %+v", got)
	}
	days := map[string]record.Date{}
	for _, r := range w.all(store.Query{From: "2030-01-01"}) { // bounds are not for them
		days[r.Target.Nutrient] = r.Day
	}
	if days["protein"] != monday || days["fat"] != tuesday {
		t.Errorf("a target that is the same keeps the day on which it was first seen: got %v", days)
	}
	if got := w.replace(record.KindTarget, "", target(tuesday, "fat", "55")); got != (store.Tally{Gone: 1, Kept: 1}) {
		t.Errorf("got %+v", got)
	}
	all, err := w.Days(t.Context(), w.user.Tenant, w.user.ID, []record.Kind{record.KindTarget}, monday, tuesday)
	if err != nil || len(all) != 1 || all[0].Day != "" {
		t.Errorf("days: got %v, %v", all, err)
	}
}

func days(t *testing.T, w *world) {
	ctx := t.Context()
	list := func(from, to record.Date, kinds ...record.Kind) map[record.Date]int64 {
		all, err := w.Days(ctx, w.user.Tenant, w.user.ID, kinds, from, to)
		if err != nil || !slices.IsSortedFunc(all, func(a, b store.DayRevision) int { return cmpDates(a.Day, b.Day) }) {
			t.Fatalf("got %v, %v", all, err)
		}
		m := map[record.Date]int64{}
		for _, d := range all {
			m[d.Day] = d.Revision
		}
		return m
	}
	w.replace(record.KindServing, monday, serving(monday, "Oats", "150"))
	w.replace(record.KindServing, tuesday, serving(tuesday, "Oats", "150"))
	w.replace(record.KindTotal, monday, total(monday, "iron", "8.00"))
	before := list("", "")
	if len(before) != 2 || before[monday] != w.revision(t, w.user.ID) || before[tuesday] >= before[monday] {
		t.Errorf("got %v", before)
	}
	if got := list(tuesday, "", record.KindServing); len(got) != 1 || got[tuesday] != before[tuesday] {
		t.Errorf("from tuesday: got %v", got)
	}
	if got := list("", monday, record.KindServing); len(got) != 1 || got[monday] >= before[monday] {
		t.Errorf("servings to monday: got %v", got)
	}
	w.replace(record.KindServing, tuesday, serving(tuesday, "Oats", "151"))
	after := list("", "")
	if after[monday] != before[monday] || after[tuesday] <= before[monday] || after[tuesday] != w.revision(t, "") {
		t.Errorf("got %v, was %v", after, before)
	}
}

func cmpDates(a, b record.Date) int {
	if a < b {
		return -1
	}
	return 1
}
