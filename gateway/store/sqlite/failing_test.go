package sqlite_test

import (
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

func TestASourceThatFailsIsToldOfOnceUntilAnImport(t *testing.T) {
	s, _, _ := desk(t)
	ctx := t.Context()
	u, err := s.PutUser(ctx, store.User{Tenant: "clinic", Reference: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	e := store.Event{Tenant: "clinic", User: u.ID, Type: "connection_error", Detail: []byte(`{}`)}
	told := func(want int) {
		t.Helper()
		log, err := s.Log(ctx, "clinic", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, l := range log {
			if l.Kind == "connection_error" {
				got++
			}
		}
		if got != want {
			t.Errorf("told %d times, want %d", got, want)
		}
	}
	fail := func() {
		t.Helper()
		if err := s.Fail(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	begin := func() store.Import {
		t.Helper()
		im, err := s.Begin(ctx, "clinic", u.ID)
		if err != nil {
			t.Fatal(err)
		}
		return im
	}
	fail()
	fail()
	told(1)
	begin().Rollback()
	fail()
	told(1)
	if err := begin().Commit(); err != nil {
		t.Fatal(err)
	}
	fail()
	told(2)
	e.User = "nobody"
	if err := s.Fail(ctx, e); fault.KindOf(err) != fault.NotFound {
		t.Errorf("nobody's: %v", err)
	}
}
