package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

func tenants(t *testing.T, w *world) {
	ctx := t.Context()
	for range 2 {
		if err := w.AddKey(ctx, "clinic", "clinic-app", "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	if tenant, err := w.Authenticate(ctx, "clinic-app", "key-1"); tenant != "clinic" || err != nil {
		t.Errorf("got %q, %v", tenant, err)
	}
	_, err := w.Authenticate(ctx, "clinic-app", "key-2")
	is(t, "a wrong key", err, fault.Unauthorized)
	_, err = w.Authenticate(ctx, "another-app", "key-1")
	is(t, "a wrong dev-id", err, fault.Unauthorized)
	is(t, "a key of a tenant that is none", w.AddKey(ctx, "nobody", "x", "y"), fault.NotFound)
	if err := w.PutTenant(ctx, "other"); err != nil {
		t.Fatal(err)
	}
	is(t, "another tenant's key", w.AddKey(ctx, "other", "clinic-app", "key-1"), fault.Conflict)
	if err := w.PutTenant(ctx, "clinic"); err != nil {
		t.Errorf("a tenant twice: %v", err)
	}
}

func users(t *testing.T, w *world) {
	ctx := t.Context()
	u := w.user
	if u.ID == "" || u.Version != 1 || !u.Created.Equal(u.Updated) || u.Created.IsZero() {
		t.Errorf("new user: got %+v", u)
	}
	if got, err := w.User(ctx, "clinic", u.ID); err != nil || cmp.Diff(u, got) != "" {
		t.Errorf("by id: %v %s", err, cmp.Diff(u, got))
	}
	if got, err := w.UserByReference(ctx, "clinic", "anna"); err != nil || cmp.Diff(u, got) != "" {
		t.Errorf("by reference: %v %s", err, cmp.Diff(u, got))
	}
	_, err := w.PutUser(ctx, store.User{Tenant: "clinic", Reference: "anna"})
	is(t, "a reference twice", err, fault.Conflict)
	_, err = w.PutUser(ctx, store.User{Tenant: "nobody", Reference: "anna"})
	is(t, "a user of no tenant", err, fault.NotFound)
	_, err = w.PutUser(ctx, store.User{Tenant: "clinic", ID: "0b4f3c5e-7a61-4d0c-9d33-6a1f2b3c4d5e"})
	is(t, "an id that is none", err, fault.NotFound)

	t.Run("the same again changes nothing, another zone makes a version", func(t *testing.T) {
		before := w.revision(t, u.ID)
		if same, err := w.PutUser(ctx, u); err != nil || same.Version != 1 || w.revision(t, u.ID) != before {
			t.Errorf("got %+v, %v", same, err)
		}
		*w.clock = w.clock.AddDate(0, 0, 1)
		u.Zone = "America/New_York"
		moved, err := w.PutUser(ctx, u)
		if err != nil || moved.Version != 2 || !moved.Updated.After(moved.Created) || moved.Reference != "anna" {
			t.Errorf("got %+v, %v", moved, err)
		}
		if w.revision(t, u.ID) <= before {
			t.Error("the change was not announced")
		}
	})
	t.Run("pages cover every user once", func(t *testing.T) {
		for _, name := range []string{"ben", "cleo", "dora", "emil"} {
			w.person("clinic", name)
		}
		seen := map[string]bool{}
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			list, next, err := w.Users(ctx, "clinic", after, 2)
			if err != nil || len(list) > 2 || pages > 3 {
				t.Fatalf("page %d: %d users, %v", pages, len(list), err)
			}
			for _, u := range list {
				seen[u.Reference] = true
			}
			after = next
		}
		if len(seen) != 5 {
			t.Errorf("saw %v", seen)
		}
	})
}

func (w *world) revision(t *testing.T, user string) int64 {
	t.Helper()
	r, err := w.Revision(t.Context(), w.user.Tenant, user)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// isolation asks for everything of one tenant in the name of another.
func isolation(t *testing.T, w *world) {
	ctx := t.Context()
	w.replace(serving(monday, "Oats", "150").Kind, monday, serving(monday, "Oats", "150"))
	id := w.all(store.Query{})[0].ID
	im := w.begin()
	if err := im.AddDocument(ctx, store.RawDocument{ID: "document-1", Name: "servings.csv"}, textOf("Day\n")); err != nil {
		t.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	stranger := w.person("other", "anna")

	for what, try := range map[string]func() error{
		"User":            func() error { _, err := w.User(ctx, "other", w.user.ID); return err },
		"UserByReference": func() error { _, err := w.UserByReference(ctx, "other", "ben"); return err },
		"PutUser": func() error {
			_, err := w.PutUser(ctx, store.User{Tenant: "other", ID: w.user.ID, Zone: "Asia/Tokyo"})
			return err
		},
		"Records":   func() error { _, err := w.Records(ctx, store.Query{Tenant: "other", User: w.user.ID}); return err },
		"Record":    func() error { _, err := w.Record(ctx, "other", id); return err },
		"Versions":  func() error { _, err := w.Versions(ctx, "other", id); return err },
		"Documents": func() error { _, err := w.Documents(ctx, "other", w.user.ID); return err },
		"Document":  func() error { _, err := w.Document(ctx, "other", w.user.ID, "document-1"); return err },
		"Begin":     func() error { _, err := w.Begin(ctx, "other", w.user.ID); return err },
	} {
		is(t, what, try(), fault.NotFound)
	}
	if list, _, err := w.Users(ctx, "other", "", 0); err != nil || len(list) != 1 || list[0].ID != stranger.ID {
		t.Errorf("Users: got %v, %v", list, err)
	}
	for _, q := range []store.Query{{}, {IDs: []string{id}}, {Deleted: true, Select: []store.Selector{{Kind: "serving"}}}} {
		q.Tenant = "other"
		if page, err := w.Records(ctx, q); err != nil || len(page.Records) != 0 {
			t.Errorf("Records %+v: got %v, %v", q, page, err)
		}
	}
	if days, err := w.Days(ctx, "other", w.user.ID, nil, "", ""); err != nil || len(days) != 0 {
		t.Errorf("Days: got %v, %v", days, err)
	}
	if r, err := w.Revision(ctx, "other", w.user.ID); err != nil || r != 0 {
		t.Errorf("Revision: got %d, %v", r, err)
	}
	if w.revision(t, "") == 0 || w.revision(t, w.user.ID) == 0 {
		t.Error("the tenant itself sees no revision")
	}
}
