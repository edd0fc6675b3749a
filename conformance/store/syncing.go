package store

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Connections is what an engine has for those who fetch.
type Connections interface {
	PutConnection(ctx context.Context, c store.Connection, secret []byte) (store.Connection, error)
	Connection(ctx context.Context, tenant, user string) (store.Connection, error)
	Connections(ctx context.Context, tenant, after string, limit int) ([]store.Connection, string, error)
	ConnectionsOf(ctx context.Context, route, account string) ([]store.Connection, error)
	ConnectionSecret(ctx context.Context, tenant, user string) ([]byte, error)
	ChangeConnection(ctx context.Context, tenant, user string, change store.ConnectionChange) (store.Connection, error)
	DeleteConnection(ctx context.Context, tenant, user string) error
	LeaseConnections(ctx context.Context, holder string, until time.Time, limit int) ([]store.Connection, error)
	SpendExport(ctx context.Context, tenant, user, holder string) error
	SettleConnection(ctx context.Context, n store.Settlement) error
}

// connect gives the world's user a connection.
func (w *world) connect(account, secret string) store.Connection {
	w.Helper()
	c, err := w.PutConnection(w.Context(), store.Connection{
		Tenant: w.user.Tenant, User: w.user.ID, Route: "web", Account: account, Every: time.Hour, Cap: 3,
	}, []byte(secret))
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// connection returns it as it is stored.
func (w *world) connection() store.Connection {
	w.Helper()
	c, err := w.Connection(w.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// leased returns how many connections the holder gets.
func (w *world) leased(holder string) []store.Connection {
	w.Helper()
	all, err := w.LeaseConnections(w.Context(), holder, w.clock.Add(time.Minute), 10)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

func synchronising(t *testing.T, w *world) {
	ctx := t.Context()
	made := w.connect("77", "hush")
	t.Run("it is due at once, live, and has its secret", func(t *testing.T) {
		if made.State != store.Live || !made.NextAt.Equal(w.clock.Truncate(time.Millisecond)) || made.CoveredFrom != "" {
			t.Errorf("got %+v", made)
		}
		if secret, err := w.ConnectionSecret(ctx, "clinic", w.user.ID); err != nil || string(secret) != "hush" {
			t.Errorf("got %q, %v", secret, err)
		}
		if got := w.connection(); cmp.Diff(made, got) != "" {
			t.Error(cmp.Diff(made, got))
		}
	})
	t.Run("one process at a time gets it", func(t *testing.T) {
		if got := w.leased("one"); len(got) != 1 || got[0].User != w.user.ID {
			t.Fatalf("got %+v", got)
		}
		if got := w.leased("two"); len(got) != 0 {
			t.Errorf("a second process got %+v", got)
		}
		*w.clock = w.clock.Add(2 * time.Minute)
		if got := w.leased("two"); len(got) != 1 {
			t.Errorf("after the lease a second process got %+v", got)
		}
		is(t, "what the first then stores", w.SettleConnection(ctx, store.Settlement{Connection: made, Holder: "one"}), fault.Conflict)
		is(t, "what the first then spends", w.SpendExport(ctx, "clinic", w.user.ID, "one"), fault.Conflict)
	})
	t.Run("progress is stored, with what came, and the lease ends", func(t *testing.T) {
		c := made
		c.CoveredFrom, c.CoveredTo, c.Since, c.Digest = monday, tuesday, "2025-01-01", "d"
		c.Tried, c.Synced, c.NextAt = *w.clock, *w.clock, w.clock.Add(time.Hour)
		came := []store.Synced{{Type: "servings", At: *w.clock, Changed: *w.clock, Rows: 4, Tally: store.Tally{Added: 2, Kept: 2}}}
		if err := w.SettleConnection(ctx, store.Settlement{Connection: c, Holder: "two", Secret: []byte("newer"), Came: came}); err != nil {
			t.Fatal(err)
		}
		got := w.connection()
		if got.CoveredFrom != monday || got.Since != "2025-01-01" || len(got.Types) != 1 || got.Types[0].Rows != 4 || got.Types[0].Added != 2 || !got.Behind() {
			t.Errorf("got %+v", got)
		}
		if secret, _ := w.ConnectionSecret(ctx, "clinic", w.user.ID); string(secret) != "newer" {
			t.Errorf("the secret is %q", secret)
		}
		if again := w.leased("one"); len(again) != 0 {
			t.Errorf("it is not due and was given out: %+v", again)
		}
		*w.clock = w.clock.Add(time.Hour)
		if again := w.leased("one"); len(again) != 1 {
			t.Error("it is due and was not given out")
		}
	})
	t.Run("who asks while it is fetched gets another fetch", func(t *testing.T) {
		c := w.connection()
		if _, err := w.ChangeConnection(ctx, "clinic", w.user.ID, store.ConnectionChange{Now: true}); err != nil {
			t.Fatal(err)
		}
		c.NextAt = w.clock.Add(time.Hour)
		if err := w.SettleConnection(ctx, store.Settlement{Connection: c, Holder: "one"}); err != nil {
			t.Fatal(err)
		}
		if got := w.leased("one"); len(got) != 1 {
			t.Error("it is not due")
		}
	})
	t.Run("who pauses it while it is fetched has it paused", func(t *testing.T) {
		c, halted, live := w.connection(), store.Halted, store.Live
		if _, err := w.ChangeConnection(ctx, "clinic", w.user.ID, store.ConnectionChange{State: &halted}); err != nil {
			t.Fatal(err)
		}
		c.NextAt = w.clock.Add(time.Minute)
		if err := w.SettleConnection(ctx, store.Settlement{Connection: c, Holder: "one"}); err != nil {
			t.Fatal(err)
		}
		*w.clock = w.clock.Add(time.Hour)
		if got := w.leased("one"); len(got) != 0 || !w.connection().NextAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		if c, err := w.ChangeConnection(ctx, "clinic", w.user.ID, store.ConnectionChange{State: &live}); err != nil || c.NextAt.IsZero() {
			t.Errorf("resumed: %+v, %v", c, err)
		}
	})
	t.Run("a connection whose access was taken back needs the person", func(t *testing.T) {
		c := w.leased("one")[0]
		event := store.Event{Type: "access_revoked", Detail: []byte(`{"message":"x"}`)}
		if err := w.SettleConnection(ctx, store.Settlement{Connection: c, Holder: "one", End: true, Events: []store.Event{event}}); err != nil {
			t.Fatal(err)
		}
		_, err := w.ChangeConnection(ctx, "clinic", w.user.ID, store.ConnectionChange{Now: true})
		is(t, "asking for a fetch", err, fault.Conflict)
		log, err := w.Log(ctx, "clinic", 0, 1000)
		if err != nil || log[len(log)-1].Kind != "access_revoked" || log[len(log)-1].User != w.user.ID {
			t.Errorf("the log ends with %+v, %v", log[len(log)-1], err)
		}
	})
	t.Run("who connects again goes on, and with another account begins anew", func(t *testing.T) {
		if c := w.connect("77", "again"); c.State != store.Live || c.CoveredFrom != monday || c.NextAt.IsZero() {
			t.Errorf("the same account: %+v", c)
		}
		if c := w.connect("78", "other"); c.CoveredFrom != "" || len(w.connection().Types) != 0 {
			t.Errorf("another account: %+v", c)
		}
	})
}

// The budget is in the row, so that neither a restart nor another process makes it new.
func budgets(t *testing.T, w *world) {
	ctx := t.Context()
	w.connect("77", "hush")
	spend := func(on Store) error { return on.SpendExport(ctx, "clinic", w.user.ID, "one") }
	w.leased("one")
	for n, on := range []Store{w.Store, w.view(), w.Store} {
		if err := spend(on); err != nil {
			t.Fatalf("export %d: %v", n+1, err)
		}
		*w.clock = w.clock.Add(time.Second)
	}
	is(t, "a fourth", spend(w.view()), fault.RateLimited)
	c := w.connection()
	if got := c.Free(2, *w.clock); !got.Equal(c.Spent[1].Add(24 * time.Hour)) {
		t.Errorf("two more are free at %v, spent %v", got, c.Spent)
	}
	*w.clock = c.Spent[0].Add(24 * time.Hour)
	if err := spend(w.Store); err != nil {
		t.Errorf("a day after the first: %v", err)
	}
	is(t, "and one more", spend(w.Store), fault.RateLimited)
}

// Nothing of a connection is for another tenant, and nothing of it stays.
func connected(t *testing.T, w *world) {
	ctx := t.Context()
	w.connect("77", "hush")
	w.person("other", "anna")
	for what, try := range map[string]func() error{
		"Connection":       func() error { _, err := w.Connection(ctx, "other", w.user.ID); return err },
		"ConnectionSecret": func() error { _, err := w.ConnectionSecret(ctx, "other", w.user.ID); return err },
		"ChangeConnection": func() error {
			_, err := w.ChangeConnection(ctx, "other", w.user.ID, store.ConnectionChange{Now: true})
			return err
		},
		"DeleteConnection": func() error { return w.DeleteConnection(ctx, "other", w.user.ID) },
		"PutConnection": func() error {
			_, err := w.PutConnection(ctx, store.Connection{Tenant: "other", User: w.user.ID, Route: "web"}, nil)
			return err
		},
	} {
		is(t, what, try(), fault.NotFound)
	}
	if all, _, err := w.Connections(ctx, "other", "", 0); err != nil || len(all) != 0 {
		t.Errorf("Connections: got %v, %v", all, err)
	}
	if all, err := w.ConnectionsOf(ctx, "web", "77"); err != nil || len(all) != 1 || all[0].Tenant != "clinic" {
		t.Errorf("ConnectionsOf: got %v, %v", all, err)
	}
	if err := w.Deauthenticate(ctx, store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth"}); err != nil {
		t.Fatal(err)
	}
	_, err := w.Connection(ctx, "clinic", w.user.ID)
	is(t, "after the user left", err, fault.NotFound)
}
