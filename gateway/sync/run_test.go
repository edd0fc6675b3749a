package sync_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/gateway/sync"
)

// stalling is a source that answers nobody for one account.
type stalling struct {
	stuck string
	asked chan string
}

func (s stalling) Fetch(ctx context.Context, q source.Ask) (source.Fetched, error) {
	s.asked <- string(q.Secret)
	if string(q.Secret) == s.stuck {
		<-ctx.Done()
		return source.Fetched{}, context.Cause(ctx)
	}
	return source.Fetched{}, nil
}

// One connection whose source does not answer keeps its worker, and no other. When
// it is told to stop, the lease goes back, and nothing is wrong with the connection.
func TestRunGoesOnBesideWhoIsSlow(t *testing.T) {
	w := start(t, simulate.Options{Seed: 9, People: 3})
	from := stalling{stuck: "1", asked: make(chan string, 100)}
	engine, err := sync.New(sync.Deps{
		Store: w.store, Read: read, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now, Random: func() float64 { return 0.5 }, Holder: "one", Reread: 3,
		Routes: map[string]sync.Route{"stalling": {Fetcher: from, Slice: 400}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	var stuck store.User
	for n, secret := range []string{"1", "2", "3"} {
		u := w.person(n + 1)
		if secret == from.stuck {
			stuck = u
		}
		_, err := w.store.PutConnection(t.Context(), store.Connection{Tenant: "clinic", User: u.ID, Route: "stalling", Every: time.Hour, Since: "2026-03-01"}, []byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		if got := <-from.asked; got != secret { // each is asked while the first still waits
			t.Errorf("asked for %s, want %s", got, secret)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if c := w.connection(stuck); c.Class != "" || c.Failures != 0 {
		t.Errorf("got %+v", c)
	}
	due, err := w.store.LeaseConnections(t.Context(), "two", w.clock.Now().Add(time.Minute), 10)
	if err != nil || !slices.ContainsFunc(due, func(c store.Connection) bool { return c.User == stuck.ID }) {
		t.Errorf("due afterwards: %+v, %v", due, err)
	}
}
