package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// snapshots changes a diary again and again and asks later for what there was.
func snapshots(t *testing.T, w *world) {
	many := []store.Selector{{Kind: record.KindTotal, Metric: "iron"}}
	for i := range 600 {
		many = append(many, store.Selector{Kind: record.KindTotal, Metric: fmt.Sprint("other ", i)})
	}
	questions := map[string]store.Query{
		"more metrics than there are": {Select: many},
		"everything":                  {},
		"with tombstones":             {Deleted: true},
		"one metric backward":         {Select: []store.Selector{{Kind: record.KindTotal, Metric: "iron"}}, Backward: true},
		"some kinds in a week":        {Select: []store.Selector{{Kind: record.KindServing}, {Kind: record.KindTarget}}, From: tuesday},
		"by id":                       {IDs: []string{record.NewID(w.user.ID, record.KindTotal, monday, "iron"), record.NewID(w.user.ID, record.KindServing, tuesday, "1")}},
	}
	type shot struct {
		at   time.Time
		said map[string][]store.Stored
	}
	var shots []shot
	take := func() {
		t.Helper()
		at, err := w.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(shots) > 0 && !at.After(shots[len(shots)-1].at) {
			t.Errorf("the commit at %v is not after the one before", at)
		}
		said := map[string][]store.Stored{}
		for name, q := range questions {
			said[name] = w.all(q)
		}
		shots = append(shots, shot{at, said})
	}
	for i := range 6 { // the clock stands still, and goes back once
		if i == 3 {
			*w.clock = w.clock.Add(-time.Hour)
		}
		w.replace(record.KindTotal, monday, total(monday, "iron", fmt.Sprint(8+i)), total(monday, "sodium", "1500"))
		take()
		w.replace(record.KindServing, tuesday, meals(tuesday, i%4)...)
		take()
		w.replace(record.KindTarget, "", target(tuesday, "protein", fmt.Sprint(60+i/2)))
	}
	for i, s := range shots {
		for name, q := range questions {
			q.AsOf = s.at
			if diff := cmp.Diff(s.said[name], w.all(q)); diff != "" {
				t.Errorf("snapshot %d, %s: %s", i, name, diff)
			}
			q.Tenant, q.User = w.user.Tenant, w.user.ID
			if n, err := w.CountRecords(t.Context(), q); err != nil || n != len(s.said[name]) {
				t.Errorf("snapshot %d, %s: counted %d of %d, %v", i, name, n, len(s.said[name]), err)
			}
			if diff := cmp.Diff(places(s.said[name]), w.paged(q, 2)); diff != "" {
				t.Errorf("snapshot %d, %s, by pages: %s", i, name, diff)
			}
		}
	}
	t.Run("what has changed since", func(t *testing.T) {
		since := shots[len(shots)-1].at
		for _, r := range w.all(store.Query{Since: since, Deleted: true}) {
			if r.Updated.Before(since) {
				t.Errorf("%s was last changed at %v", place(r), r.Updated)
			}
		}
		if got, all := len(w.all(store.Query{Since: since})), len(w.all(store.Query{})); got == 0 || got == all {
			t.Errorf("%d of %d", got, all)
		}
	})
}

// paged reads an answer page by page, each from the place of the last record.
func (w *world) paged(q store.Query, limit int) []string {
	w.Helper()
	var got []string
	for q.Limit = limit; ; {
		found := w.all(q)
		if len(found) == 0 {
			return got
		}
		got = append(got, places(found)...)
		q.After = found[len(found)-1].Place()
	}
}

// backward turns answers around.
func backward(t *testing.T, w *world) {
	diary(w)
	for name, q := range map[string]store.Query{
		"everything": {},
		"two kinds":  {Select: []store.Selector{{Kind: record.KindServing}, {Kind: record.KindBiometric, Metric: "weight"}}, To: monday},
	} {
		want := places(w.all(q))
		slices.Reverse(want)
		q.Backward = true
		if diff := cmp.Diff(want, places(w.all(q))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, limit := range []int{1, 3, 100} {
			if diff := cmp.Diff(want, w.paged(q, limit)); diff != "" {
				t.Errorf("%s by %d: %s", name, limit, diff)
			}
		}
	}
}

// several asks for some of the people of a tenant.
func several(t *testing.T, w *world) {
	anna := w.user
	var ids []string
	for _, name := range []string{"ben", "cleo"} {
		w.user = w.person(anna.Tenant, name)
		w.replace(record.KindTotal, monday, total(monday, "iron", "8"))
		ids = append(ids, w.user.ID)
	}
	w.user = anna
	w.replace(record.KindTotal, monday, total(monday, "iron", "9"))
	for n, want := range map[string][]string{"two": ids, "none": {}, "one who is not there": {"nobody"}} {
		page, err := w.Records(t.Context(), store.Query{Tenant: anna.Tenant, Users: want})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, r := range page.Records {
			got = append(got, r.User)
		}
		slices.Sort(want)
		if n == "one who is not there" {
			want = []string{}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", n, got, want)
		}
	}
}
