package store

import (
	"fmt"
	"slices"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// diary stores two days of several kinds.
func diary(w *world) {
	for _, day := range []record.Date{monday, tuesday} {
		w.replace(record.KindServing, day, meals(day, 12)...)
		w.replace(record.KindTotal, day, total(day, "sodium", "1500"), total(day, "iron", "8"))
		w.replace(record.KindBiometric, day, biometric(day, "weight", "", "70"), biometric(day, "weight", "Garmin", "71"),
			biometric(day, "muscle_mass", "", "30"), biometric(day, "weight", "", "70.5"))
	}
	w.replace(record.KindTarget, "", target(tuesday, "protein", "60"))
}

// place names a record by what answers are sorted by.
func place(r store.Stored) string {
	return fmt.Sprintf("%s %s %s %s", r.Day, r.Kind, r.Metric(), r.Slot)
}

func places(records []store.Stored) []string {
	var all []string
	for _, r := range records {
		all = append(all, place(r))
	}
	return all
}

func searching(t *testing.T, w *world) {
	diary(w)
	for name, c := range map[string]struct {
		q    store.Query
		want []string
	}{
		"one metric": {
			store.Query{Select: []store.Selector{{Kind: record.KindBiometric, Metric: "weight"}}, From: tuesday},
			[]string{
				"2026-01-06 biometric weight weight|Garmin|0",
				"2026-01-06 biometric weight weight||0", "2026-01-06 biometric weight weight||1",
			},
		},
		"metrics of two kinds, sorted by day and then by kind": {
			store.Query{Select: []store.Selector{{Kind: record.KindTotal, Metric: "iron"}, {Kind: record.KindBiometric, Metric: "muscle_mass"}}},
			[]string{
				"2026-01-05 biometric muscle_mass muscle_mass||0", "2026-01-05 total iron iron",
				"2026-01-06 biometric muscle_mass muscle_mass||0", "2026-01-06 total iron iron",
			},
		},
		"a record that meets two selectors is found once": {
			store.Query{Select: []store.Selector{{Kind: record.KindTotal}, {Kind: record.KindTotal, Metric: "iron"}, {Kind: record.KindTotal}}, To: monday},
			[]string{"2026-01-05 total iron iron", "2026-01-05 total sodium sodium"},
		},
		"bounds do not apply to targets": {
			store.Query{From: "2026-01-01", To: "2026-01-02"},
			[]string{"2026-01-06 target protein protein"},
		},
		"an id, and what else is asked": {
			store.Query{
				IDs:    []string{record.NewID(w.user.ID, "total", monday, "iron"), record.NewID(w.user.ID, "total", tuesday, "iron"), "none"},
				Select: []store.Selector{{Kind: record.KindTotal}}, From: tuesday,
			},
			[]string{"2026-01-06 total iron iron"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := places(w.all(c.q)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("numbered slots sort as numbers", func(t *testing.T) {
		for i, r := range w.all(store.Query{Select: []store.Selector{{Kind: record.KindServing}}, To: monday}) {
			if r.Slot != fmt.Sprint(i) {
				t.Errorf("place %d has slot %s", i, r.Slot)
			}
		}
	})
}

// paging walks searches page by page and compares with the whole answer.
func paging(t *testing.T, w *world) {
	diary(w)
	anna := w.user
	w.user = w.person(anna.Tenant, "ben")
	diary(w)
	var ids []string
	for _, r := range w.all(store.Query{}) {
		ids = append(ids, r.ID)
	}
	for name, q := range map[string]store.Query{
		"everything of everyone": {},
		"one person":             {User: anna.ID},
		"by id":                  {IDs: ids},
		"some kinds and metrics": {Select: []store.Selector{
			{Kind: record.KindTotal, Metric: "sodium"},
			{Kind: record.KindServing},
			{Kind: record.KindBiometric, Metric: "weight"},
			{Kind: record.KindTarget},
		}},
		"one metric of everyone in a range": {Select: []store.Selector{{Kind: record.KindBiometric, Metric: "weight"}}, From: tuesday},
	} {
		t.Run(name, func(t *testing.T) {
			q.Tenant = anna.Tenant
			whole, err := w.Records(t.Context(), q)
			if err != nil || whole.Next != "" || len(whole.Records) == 0 {
				t.Fatalf("%d records, next %q, %v", len(whole.Records), whole.Next, err)
			}
			for _, limit := range []int{1, 2, 3, 7, len(whole.Records), 1000} {
				var got []string
				for q.Limit, q.After = limit, ""; ; {
					page, err := w.Records(t.Context(), q)
					if err != nil || len(page.Records) > limit || len(page.Records) == 0 {
						t.Fatalf("limit %d: %d records, %v", limit, len(page.Records), err)
					}
					got = append(got, places(page.Records)...)
					if q.After = page.Next; q.After == "" {
						break
					}
				}
				if !slices.Equal(got, places(whole.Records)) {
					t.Errorf("limit %d: got %q", limit, got)
				}
			}
		})
	}
	_, err := w.Records(t.Context(), store.Query{Tenant: anna.Tenant, After: "no cursor"})
	is(t, "a cursor that is none", err, fault.Invalid)
}
