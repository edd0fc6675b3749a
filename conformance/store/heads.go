package store

import (
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// heads are what Records finds, in the same order and by the same pages.
func heads(t *testing.T, w *world) {
	w.replace(record.KindServing, monday, meals(monday, 5)...)
	w.replace(record.KindServing, tuesday, meals(tuesday, 3)...)
	w.replace(record.KindTarget, "", target(monday, "iron", "18"))
	e := w.export("app") // whose moment lies here
	w.replace(record.KindServing, monday, meals(monday, 4)...)
	for name, q := range map[string]store.Query{
		"all there is":     {},
		"a page of it":     {Limit: 2},
		"one kind":         {Select: []store.Selector{{Kind: record.KindServing}}},
		"as it was":        {AsOf: e.AsOf, Limit: 3},
		"since then":       {Since: e.AsOf, Deleted: true},
		"tombstones too":   {Deleted: true, Limit: 1},
		"nothing of a day": {From: "2020-01-01", To: "2020-01-02", Select: []store.Selector{{Kind: record.KindServing}}},
	} {
		t.Run(name, func(t *testing.T) {
			q.Tenant, q.User = w.user.Tenant, w.user.ID
			for pages := 0; ; pages++ {
				want, err := w.Records(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				got, err := w.Heads(t.Context(), q)
				if err != nil || len(got.Heads) != len(want.Records) || (got.Next == "") != (want.Next == "") {
					t.Fatalf("got %d heads and %q, want %d and %q (%v)", len(got.Heads), got.Next, len(want.Records), want.Next, err)
				}
				for i, h := range got.Heads {
					if r := want.Records[i]; h != (store.Head{ID: r.ID, Version: r.Version, Updated: r.Updated}) {
						t.Errorf("head %d is %+v, the record %s of version %d", i, h, r.ID, r.Version)
					}
				}
				if q.After = got.Next; got.Next == "" {
					return
				}
				if pages > 20 {
					t.Fatal("there is no end")
				}
			}
		})
	}
	_, err := w.Heads(t.Context(), store.Query{Tenant: w.user.Tenant})
	is(t, "heads of everybody", err, fault.Invalid)
}
