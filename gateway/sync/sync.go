// Package sync fetches for connections: the newest days again and again, and
// what lies before them once, through the same ingest as files.
//
// What is known of a connection is in its row, also the lease of who works for
// it, so that any number of processes may run this and a restart forgets nothing.
package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// A Store is what syncing reads and writes; see package store for the contract.
type Store interface {
	ingest.Store
	User(ctx context.Context, tenant, id string) (store.User, error)
	Connection(ctx context.Context, tenant, user string) (store.Connection, error)
	ConnectionSecret(ctx context.Context, tenant, user string) ([]byte, error)
	LeaseConnections(ctx context.Context, holder string, until time.Time, limit int) ([]store.Connection, error)
	SpendExport(ctx context.Context, tenant, user, holder string) error
	SettleConnection(ctx context.Context, n store.Settlement) error
}

// A Fetcher fetches from one source by one route.
type Fetcher interface {
	// Fetch returns what the account has of the days that are asked for: all of
	// it, or an error. The error is a *source.Failure, or that of q.Spend or ctx.
	// What Fetched has in Secret is to be kept also then.
	Fetch(ctx context.Context, q source.Ask) (source.Fetched, error)
}

// A Route is a way to fetch.
type Route struct {
	Fetcher
	// Slice is how many days are fetched at once at most.
	Slice int
	// Exports is how many exports one slice takes; 0 where the source counts none.
	Exports int
	// Since returns the day on which the account began; nil where the source
	// does not say.
	Since func(ctx context.Context, secret []byte, today record.Date) (record.Date, error)
}

// Deps is what an Engine works with; all of it is required.
type Deps struct {
	Store  Store
	Read   source.Reader
	Routes map[string]Route
	Log    *slog.Logger
	Now    func() time.Time
	// Random returns numbers from 0 to 1, so that not all fetch at one time.
	Random func() float64
	// Holder names this process, and no other.
	Holder string
	// Reread is how many days before the last are fetched again, as people edit
	// what they logged yesterday; at least one.
	Reread int
}

// An Engine is safe for concurrent use.
type Engine struct{ Deps }

// New returns an Engine.
func New(d Deps) (*Engine, error) {
	if d.Store == nil || d.Read == nil || d.Log == nil || d.Now == nil || d.Random == nil || d.Holder == "" || d.Reread < 1 {
		return nil, errors.New("sync: Store, Read, Log, Now, Random, Holder and Reread are required")
	}
	return &Engine{d}, nil
}

const (
	// wanted is how many days of history are fetched where the source does not
	// say when the account began, and nobody else does.
	wanted = 365
	// leased is how long nobody else works for a connection; each slice begins it anew.
	leased = 10 * time.Minute
	// workers is how many connections are worked for at one time.
	workers = 8
	// look is how often what is due is looked for.
	look = 500 * time.Millisecond
)

// Run fetches what is due until ctx ends, and then waits for what is under way. A
// source that is slow for one connection holds up no other.
func (e *Engine) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	free := make(chan struct{}, workers) // has one for each worker without work
	for range workers {
		free <- struct{}{}
	}
	var group errgroup.Group
	for ctx.Err() == nil {
		n := len(free)
		due, err := e.due(ctx, n)
		if err != nil && ctx.Err() == nil {
			e.Log.Error("sync: cannot find what is due", "error", err)
		}
		for _, c := range due {
			<-free
			group.Go(func() error {
				e.work(ctx, c)
				free <- struct{}{}
				return nil
			})
		}
		if n > 0 && len(due) == n { // there may be more
			continue
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return group.Wait()
}

// Step fetches for some of the connections that are due, and returns for how
// many. What goes wrong with one is in its row.
func (e *Engine) Step(ctx context.Context) (int, error) {
	due, err := e.due(ctx, workers)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	for _, c := range due {
		group.Go(func() error {
			e.work(ctx, c)
			return nil
		})
	}
	return len(due), group.Wait()
}

// due takes the lease of so many connections that are due, at most.
func (e *Engine) due(ctx context.Context, n int) ([]store.Connection, error) {
	if n == 0 {
		return nil, nil
	}
	return e.Store.LeaseConnections(ctx, e.Holder, e.Now().Add(leased), n)
}

// A job is the work for one connection.
type job struct {
	*Engine
	store.Connection
	route  Route
	user   store.User
	today  record.Date
	secret []byte
	now    time.Time
	came   []store.Synced // of all slices
}

// work fetches for one connection and stores what came of it.
func (e *Engine) work(ctx context.Context, c store.Connection) {
	j := &job{Engine: e, Connection: c, now: e.Now().UTC()}
	j.Tried = j.now
	end, err := j.end(j.run(ctx), ctx)
	if err == nil {
		// The lease has to go back also when the process is told to stop.
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = e.Store.SettleConnection(within, end)
	}
	if err != nil {
		e.Log.Error("sync: what came of it cannot be stored", "user", c.User, "error", err)
	}
}

// run fetches what is wanted now.
func (j *job) run(ctx context.Context) error {
	if err := j.prepare(ctx); err != nil {
		return err
	}
	if j.counted() && j.Behind() && j.CoveredTo >= j.today && j.History != store.HistoryPaused {
		// Each fetch costs as much as there is, so days before take their turn
		// with the newest, which were here today.
		return j.before(ctx)
	}
	if err := j.newest(ctx); err != nil || j.counted() {
		return err
	}
	for n := 0; n < atOnce && j.Behind() && j.goesOn(ctx); n++ {
		if err := j.before(ctx); err != nil {
			return err
		}
	}
	return nil
}

// atOnce is how many slices of history are fetched before others have their turn.
const atOnce = 30

// errNotNow says that nothing is to be fetched, and nothing is wrong.
var errNotNow = errors.New("not now")

// prepare finds out for whom, with what and on which day.
func (j *job) prepare(ctx context.Context) error {
	var known bool
	if j.route, known = j.Routes[j.Route]; !known {
		return &source.Failure{Class: source.FormatChanged, Message: "this gateway has no such route"}
	}
	var err error
	if j.user, err = j.Store.User(ctx, j.Tenant, j.User); err != nil {
		return err
	}
	if j.secret, err = j.Store.ConnectionSecret(ctx, j.Tenant, j.User); err != nil {
		return err
	}
	j.today = today(j.now, j.user.Zone)
	if !j.user.Active || (j.counted() && j.Free(j.route.Exports, j.now).After(j.now)) {
		return errNotNow
	}
	return nil
}

// counted reports whether there is a budget.
func (j *job) counted() bool { return j.route.Exports > 0 && j.Cap > 0 }

// today is the day in the diary's zone. Where nobody said which, it is the last
// that has begun anywhere, so that nothing of a day is missed.
func today(now time.Time, zone string) record.Date {
	if at, err := record.Location(zone); err == nil {
		return record.DateOf(now.In(at))
	}
	return record.DateOf(now.UTC().Add(14 * time.Hour))
}

// goesOn reports whether nobody has paused the connection or its history.
func (j *job) goesOn(ctx context.Context) bool {
	c, err := j.Store.Connection(ctx, j.Tenant, j.User)
	return err == nil && c.State == store.Live && c.History != store.HistoryPaused
}

// newest fetches the days since the last fetch and some before them. After a
// long pause that takes several slices.
func (j *job) newest(ctx context.Context) error {
	from := j.today.AddDays(1 - j.route.Slice)
	if j.CoveredTo != "" {
		from = min(j.CoveredTo, j.today).AddDays(-j.Reread)
	}
	for {
		span := source.Span{From: from, To: min(from.AddDays(j.route.Slice-1), j.today)}
		if err := j.slice(ctx, span, span.To == j.today); err != nil {
			return err
		}
		if from = span.To.AddDays(1); from > j.today || j.counted() {
			return j.begin(ctx)
		}
	}
}

// begin settles since when days are wanted, once.
func (j *job) begin(ctx context.Context) error {
	if j.Connection.Since != "" {
		return nil
	}
	since := j.today.AddDays(1 - wanted)
	if j.route.Since != nil {
		began, err := j.route.Since(ctx, j.secret, j.today)
		if err != nil {
			return err
		}
		since = cmp.Or(began, since)
	}
	j.Connection.Since = since
	return nil
}

// before fetches one slice of what lies before the days that are here.
func (j *job) before(ctx context.Context) error {
	from := max(j.Connection.Since, j.CoveredFrom.AddDays(-j.route.Slice))
	return j.slice(ctx, source.Span{From: from, To: j.CoveredFrom.AddDays(-1)}, false)
}

// slice fetches some days, stores what they say, and how far that is.
func (j *job) slice(ctx context.Context, span source.Span, latest bool) error {
	fetched, err := j.route.Fetch(ctx, source.Ask{Secret: j.secret, Span: span, Latest: latest, Spend: func(ctx context.Context) error {
		return j.Store.SpendExport(ctx, j.Tenant, j.User, j.Holder)
	}})
	n := store.Settlement{Holder: j.Holder, Until: j.Now().Add(leased), Secret: fetched.Secret}
	if fetched.Secret != nil {
		j.secret = fetched.Secret
	}
	if err != nil {
		n.Connection = j.Connection
		if fetched.Secret == nil {
			return err
		}
		return errors.Join(err, j.Store.SettleConnection(ctx, n))
	}
	digest := j.Digest
	if latest {
		if digest, err = digestOf(fetched.Documents, j.today, j.user.Zone); err != nil {
			return err
		}
	}
	if n.Same = latest && digest == j.Digest; !n.Same {
		report, err := ingest.Run(ctx, j.Store, j.Read, j.user, fetched.Documents, ingest.Options{AsOf: j.today})
		if err != nil {
			return fmt.Errorf("take in %s to %s: %w", span.From, span.To, err)
		}
		j.came = add(j.came, report, j.now)
		n.Came = j.came
	}
	j.Digest, j.Synced = digest, j.now
	j.CoveredFrom, j.CoveredTo = min(cmp.Or(j.CoveredFrom, span.From), span.From), max(j.CoveredTo, span.To)
	n.Connection = j.Connection
	return j.Store.SettleConnection(ctx, n)
}
