package store

import (
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

func changing(t *testing.T, w *world) {
	ctx := t.Context()
	name, off := "annika", false
	before := w.revision(t, w.user.ID)
	u, err := w.ChangeUser(ctx, "clinic", w.user.ID, store.UserChange{Reference: &name, Active: &off})
	if err != nil || u.Reference != "annika" || u.Active || u.Version != 2 || u.Zone != w.user.Zone || w.revision(t, u.ID) <= before {
		t.Fatalf("got %+v, %v", u, err)
	}
	if got, err := w.UserByReference(ctx, "clinic", "annika"); err != nil || got != u {
		t.Errorf("by the new reference: %+v, %v", got, err)
	}
	_, err = w.UserByReference(ctx, "clinic", "anna")
	is(t, "the old reference", err, fault.NotFound)
	if same, err := w.ChangeUser(ctx, "clinic", u.ID, store.UserChange{Active: &off}); err != nil || same != u {
		t.Errorf("the same again: %+v, %v", same, err)
	}
	w.person("clinic", "ben")
	taken := "ben"
	_, err = w.ChangeUser(ctx, "clinic", u.ID, store.UserChange{Reference: &taken})
	is(t, "a reference that another has", err, fault.Conflict)
	_, err = w.ChangeUser(ctx, "other", u.ID, store.UserChange{Active: &off})
	is(t, "another tenant's user", err, fault.NotFound)
	t.Run("users without a reference are not in each other's way", func(t *testing.T) {
		a, errA := w.PutUser(ctx, store.User{Tenant: "clinic"})
		b, errB := w.PutUser(ctx, store.User{Tenant: "clinic"})
		if errA != nil || errB != nil || a.ID == b.ID {
			t.Errorf("got %+v and %+v (%v, %v)", a, b, errA, errB)
		}
		_, err := w.UserByReference(ctx, "clinic", "")
		is(t, "nobody's reference", err, fault.NotFound)
	})
}

func connecting(t *testing.T, w *world) {
	ctx := t.Context()
	s := store.Session{
		Tenant: "clinic", ID: "secret", Reference: "anna", Success: "https://app.example/done", Failure: "https://app.example/failed",
		Expires: w.clock.Add(time.Minute).Truncate(time.Millisecond).UTC(),
	}
	if err := w.AddSession(ctx, s); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Session(ctx, "secret"); err != nil || got != s {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := w.Session(ctx, "another")
	is(t, "a session that is none", err, fault.NotFound)
	is(t, "a session of no tenant", w.AddSession(ctx, store.Session{Tenant: "nobody", ID: "x"}), fault.NotFound)

	t.Run("an import that is undone connects nobody", func(t *testing.T) {
		im := w.begin()
		if err := im.Connect(ctx, "secret", []store.Event{{Type: "auth"}}); err != nil {
			t.Fatal(err)
		}
		im.Rollback()
		if got, err := w.Session(ctx, "secret"); err != nil || got.Used {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("who connects is active, and the session used", func(t *testing.T) {
		off := false
		if _, err := w.ChangeUser(ctx, "clinic", w.user.ID, store.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		before := w.revision(t, w.user.ID)
		im := w.begin()
		if err := im.Connect(ctx, "secret", []store.Event{{Type: "auth", Detail: []byte(`{}`)}}); err != nil {
			t.Fatal(err)
		}
		if err := im.Commit(); err != nil {
			t.Fatal(err)
		}
		u, err := w.User(ctx, "clinic", w.user.ID)
		if err != nil || !u.Active || u.Connected.IsZero() || w.revision(t, u.ID) <= before {
			t.Errorf("got %+v, %v", u, err)
		}
		if got, err := w.Session(ctx, "secret"); err != nil || !got.Used {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a session is used once", func(t *testing.T) {
		im := w.begin()
		is(t, "connecting", im.Connect(ctx, "secret", nil), fault.Gone)
		im.Rollback()
		is(t, "ending", w.EndSession(ctx, "secret", store.Event{Tenant: "clinic", Type: "auth_cancelled"}), fault.Gone)
	})
	t.Run("a session can end with nobody connected, by its own tenant", func(t *testing.T) {
		s.ID = "declined"
		if err := w.AddSession(ctx, s); err != nil {
			t.Fatal(err)
		}
		is(t, "another tenant", w.EndSession(ctx, "declined", store.Event{Tenant: "other", Type: "auth_cancelled"}), fault.Gone)
		if err := w.EndSession(ctx, "declined", store.Event{Tenant: "clinic", Type: "auth_cancelled"}); err != nil {
			t.Error(err)
		}
	})
	t.Run("another tenant's session connects nobody", func(t *testing.T) {
		w.person("other", "anna")
		s.Tenant, s.ID = "other", "theirs"
		if err := w.AddSession(ctx, s); err != nil {
			t.Fatal(err)
		}
		im := w.begin()
		defer im.Rollback()
		is(t, "connecting", im.Connect(ctx, "theirs", nil), fault.Gone)
	})
	t.Run("sessions that ended long ago are forgotten", func(t *testing.T) {
		*w.clock = w.clock.AddDate(0, 0, 2)
		s.Tenant, s.ID, s.Expires = "clinic", "later", w.clock.Add(time.Minute)
		if err := w.AddSession(ctx, s); err != nil {
			t.Fatal(err)
		}
		_, err := w.Session(ctx, "secret")
		is(t, "the old one", err, fault.NotFound)
	})
}

func leaving(t *testing.T, w *world) {
	ctx := t.Context()
	w.replace(record.KindServing, monday, serving(monday, "Oats", "150"))
	w.replace(record.KindServing, monday, serving(monday, "Oats", "151"))
	id := w.all(store.Query{})[0].ID
	im := w.begin()
	if err := im.AddDocument(ctx, store.RawDocument{ID: "document-1", Name: "servings.csv"}, textOf("Day\n")); err != nil {
		t.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	before := w.revision(t, w.user.ID)
	e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth", Detail: []byte(`{}`)}
	is(t, "another tenant's user", w.Deauthenticate(ctx, store.Event{Tenant: "other", User: w.user.ID, Type: "deauth"}), fault.NotFound)
	if err := w.Deauthenticate(ctx, e); err != nil {
		t.Fatal(err)
	}
	u, err := w.User(ctx, "clinic", w.user.ID)
	if err != nil || !u.Left || u.Active || u.Zone != "" || u.Reference != "anna" {
		t.Errorf("whoever tells of it knows whom it was about: got %+v, %v", u, err)
	}
	if w.revision(t, u.ID) <= before {
		t.Error("it was not announced")
	}
	_, err = w.Record(ctx, "clinic", id)
	is(t, "a record", err, fault.NotFound)
	_, err = w.Versions(ctx, "clinic", id)
	is(t, "its versions", err, fault.NotFound)
	_, err = w.Document(ctx, "clinic", u.ID, "document-1")
	is(t, "a document", err, fault.NotFound)
	_, err = w.UserByReference(ctx, "clinic", "anna")
	is(t, "the reference", err, fault.NotFound)
	_, err = w.Begin(ctx, "clinic", u.ID)
	is(t, "an import", err, fault.NotFound)
	_, err = w.PutUser(ctx, store.User{Tenant: "clinic", ID: u.ID, Active: true})
	is(t, "a change", err, fault.NotFound)
	is(t, "leaving again", w.Deauthenticate(ctx, e), fault.NotFound)
	if list, _, err := w.Users(ctx, "clinic", "", 0); err != nil || len(list) != 0 {
		t.Errorf("listed are %v, %v", list, err)
	}
	if days, err := w.Days(ctx, "clinic", u.ID, nil, "", ""); err != nil || len(days) != 0 {
		t.Errorf("days: %v, %v", days, err)
	}
	if again := w.person("clinic", "anna"); again.ID == u.ID {
		t.Error("the reference is still taken")
	}
}

func settings(t *testing.T, w *world) {
	ctx := t.Context()
	for _, direct := range []bool{false, true, false} {
		if err := w.SetDirect(ctx, "clinic", direct); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Webhooks(ctx, "clinic"); err != nil || got != (store.Webhooks{Direct: direct}) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	is(t, "no tenant", w.SetDirect(ctx, "nobody", true), fault.NotFound)
	_, err := w.Webhooks(ctx, "nobody")
	is(t, "no tenant's", err, fault.NotFound)
}
