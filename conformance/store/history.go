package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

func history(t *testing.T, w *world) {
	ctx := t.Context()
	minute := func() time.Time {
		*w.clock = w.clock.Add(time.Minute)
		return w.clock.Truncate(time.Millisecond)
	}
	minute()
	w.replace(record.KindServing, monday, meals(monday, 3)...)
	second := minute()
	w.replace(record.KindNote, monday, record.Record{Kind: record.KindNote, Day: monday, Note: &record.Note{Text: "a"}})
	third := minute()
	w.replace(record.KindServing, monday, serving(monday, "Food 0", "100"), serving(monday, "Food 1", "999")) // one changed, one gone
	anna := w.user
	fourth := minute()
	w.user = w.person("clinic", "berta")
	w.replace(record.KindServing, tuesday, meals(tuesday, 2)...)
	berta := w.user
	other := w.person("practice", "carl")

	// told says of each version what it is: user, kind, version, and x for a tombstone.
	names := map[string]string{anna.ID: "anna", berta.ID: "berta", other.ID: "carl"}
	told := func(records []store.Stored) (all []string) {
		for _, r := range records {
			text := fmt.Sprintf("%s %s %d", names[r.User], r.Kind, r.Version)
			if r.Deleted {
				text += "x"
			}
			all = append(all, text)
		}
		return all
	}
	changes := func(q store.HistoryQuery) []store.Stored {
		t.Helper()
		q.Tenant = "clinic"
		if q.Limit == 0 {
			q.Limit = 2
		}
		var all []store.Stored
		for range 100 {
			page, err := w.History(ctx, q)
			if err != nil || len(page.Records) > q.Limit {
				t.Fatalf("%d records (%v)", len(page.Records), err)
			}
			all = append(all, page.Records...)
			if q.After = page.Next; q.After == "" {
				return all
			}
		}
		t.Fatal("no end")
		return nil
	}
	berlin := []string{"berta serving 1", "berta serving 1"}
	edits := []string{"anna serving 2x", "anna serving 2"}
	notes := []string{"anna note 1"}
	meals := []string{"anna serving 1", "anna serving 1", "anna serving 1"}
	for _, tt := range []struct {
		name string
		q    store.HistoryQuery
		want [][]string
	}{
		{"has every version of everybody, newest first", store.HistoryQuery{}, [][]string{berlin, edits, notes, meals}},
		{"is the same in one page", store.HistoryQuery{Limit: 100}, [][]string{berlin, edits, notes, meals}},
		{"of one user", store.HistoryQuery{Users: []string{anna.ID}}, [][]string{edits, notes, meals}},
		{"of nobody", store.HistoryQuery{Users: []string{}}, nil},
		{"of a kind", store.HistoryQuery{Kinds: []record.Kind{record.KindNote}}, [][]string{notes}},
		{"of no kind", store.HistoryQuery{Kinds: []record.Kind{}}, nil},
		{"since an instant, which is included", store.HistoryQuery{Since: third}, [][]string{berlin, edits}},
		{"until an instant, which is included", store.HistoryQuery{Until: third}, [][]string{edits, notes, meals}},
		{"between two", store.HistoryQuery{Since: second, Until: second}, [][]string{notes}},
		{"without what was over by an instant", store.HistoryQuery{At: fourth, Users: []string{anna.ID}}, [][]string{{"anna serving 2"}, notes, {"anna serving 1"}}},
		{"with what was replaced only later", store.HistoryQuery{At: second, Until: second}, [][]string{notes, meals}},
		{"of another tenant's user", store.HistoryQuery{Users: []string{other.ID}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := told(changes(tt.q))
			var want []string
			for _, commit := range tt.want { // within a commit any order will do
				n := min(len(got), len(commit))
				slices.Sort(got[:n])
				slices.Sort(commit)
				if !slices.Equal(got[:n], commit) {
					t.Fatalf("got %q, want %q", got, tt.want)
				}
				got, want = got[n:], append(want, commit...)
			}
			if len(got) > 0 {
				t.Errorf("%q beside %q", got, want)
			}
		})
	}
	t.Run("has the content that there was", func(t *testing.T) {
		all := changes(store.HistoryQuery{Users: []string{anna.ID}, Kinds: []record.Kind{record.KindServing}})
		for _, r := range all {
			versions, err := w.Versions(ctx, "clinic", r.ID)
			if err != nil || !slices.ContainsFunc(versions, func(v store.Stored) bool {
				return v.Version == r.Version && v.Serving.Nutrients[0].Value == r.Serving.Nutrients[0].Value && v.Updated.Equal(r.Updated)
			}) {
				t.Errorf("%s version %d is not among its versions (%v)", r.ID, r.Version, err)
			}
		}
	})
	t.Run("a place that is none is refused", func(t *testing.T) {
		_, err := w.History(ctx, store.HistoryQuery{Tenant: "clinic", After: "***", Limit: 1})
		is(t, "history", err, fault.Invalid)
		_, err = w.UserHistory(ctx, store.HistoryQuery{Tenant: "clinic", After: "***", Limit: 1})
		is(t, "history", err, fault.Invalid)
	})
	t.Run("of users", func(t *testing.T) { usersHistory(t, w, anna, berta) })
}

func usersHistory(t *testing.T, w *world, anna, berta store.User) {
	ctx := t.Context()
	*w.clock = w.clock.Add(time.Minute)
	off, on := false, true
	if _, err := w.ChangeUser(ctx, "clinic", anna.ID, store.UserChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	*w.clock = w.clock.Add(time.Minute)
	again, err := w.ChangeUser(ctx, "clinic", anna.ID, store.UserChange{Active: &on})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{anna.ID: "anna", berta.ID: "berta"}
	changes := func(q store.HistoryQuery) (all []string) {
		t.Helper()
		q.Tenant, q.Limit = "clinic", 1
		for range 100 {
			page, err := w.UserHistory(ctx, q)
			if err != nil || len(page.Users) > 1 {
				t.Fatalf("%d users (%v)", len(page.Users), err)
			}
			for _, u := range page.Users {
				all = append(all, fmt.Sprint(names[u.ID], " ", u.Version, " ", u.Active))
			}
			if q.After = page.Next; q.After == "" {
				return all
			}
		}
		return append(all, "no end")
	}
	for _, tt := range []struct {
		name string
		q    store.HistoryQuery
		want []string
	}{
		{"every version of everybody, newest first", store.HistoryQuery{}, []string{"anna 3 true", "anna 2 false", "berta 1 true", "anna 1 true"}},
		{"of one", store.HistoryQuery{Users: []string{berta.ID}}, []string{"berta 1 true"}},
		{"since an instant", store.HistoryQuery{Since: again.Updated}, []string{"anna 3 true"}},
		{"until an instant", store.HistoryQuery{Until: berta.Updated}, []string{"berta 1 true", "anna 1 true"}},
		{"without what was over by an instant", store.HistoryQuery{At: again.Updated}, []string{"anna 3 true", "berta 1 true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := changes(tt.q); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("versions of one", func(t *testing.T) {
		all, err := w.UserVersions(ctx, "clinic", anna.ID)
		if err != nil || len(all) != 3 || all[0] != again || all[1].Version != 2 || all[1].Active || all[2].Version != 1 || !all[2].Updated.Equal(anna.Updated) {
			t.Errorf("got %+v (%v)", all, err)
		}
		_, err = w.UserVersions(ctx, "practice", anna.ID)
		is(t, "history", err, fault.NotFound)
	})
	t.Run("nothing is left of who has left", func(t *testing.T) {
		if err := w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: anna.ID, Type: "deauth"}); err != nil {
			t.Fatal(err)
		}
		if got := changes(store.HistoryQuery{}); !slices.Equal(got, []string{"berta 1 true"}) {
			t.Errorf("got %q", got)
		}
		page, err := w.History(ctx, store.HistoryQuery{Tenant: "clinic", Users: []string{anna.ID}, Limit: 10})
		if err != nil || len(page.Records) != 0 {
			t.Errorf("%d records (%v)", len(page.Records), err)
		}
	})
}
