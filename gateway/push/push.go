// Package push delivers: it turns the log of events into deliveries for each
// endpoint, and sends them, signed, until the receiver has taken them.
//
// An endpoint is a cursor over the log. Its deliveries are stored in the
// transaction that moves the cursor, with the bytes that are sent at every
// attempt, so that nothing is lost and a repeated one can be told by its id.
// One process at a time works for an endpoint: it holds a lease.
package push

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// A Store is where events and deliveries are; see package store for the contract.
type Store interface {
	represent.Store
	// Changes tells that this process has written what may have to be delivered.
	Changes() <-chan struct{}
	Lanes(ctx context.Context) ([]store.Lane, error)
	// Lease takes the endpoints that nobody works for, and keeps the holder's own.
	Lease(ctx context.Context, holder string, until time.Time) error
	Release(ctx context.Context, holder string) error
	Log(ctx context.Context, tenant string, after int64, limit int) ([]store.Logged, error)
	// Emit is a Conflict where another process has worked for the endpoint since.
	Emit(ctx context.Context, e store.Emission) error
	// Due returns what is to be sent now and is not taken, and when more will be.
	Due(ctx context.Context, tenant, endpoint string, taken func(id string) bool, limit int) ([]store.Parcel, time.Time, error)
	// Settle stores outcomes, and says in that which disables its endpoint that it does.
	Settle(ctx context.Context, outcomes []store.Outcome) error
	// Payloads counts the deliveries that carry what one of them was asked for
	// with, without those that were split; 0 where no number was announced.
	Payloads(ctx context.Context, one store.Delivery) (int, error)
	Traffic(ctx context.Context, tenant, endpoint string) (store.Traffic, error)
	// Prune deletes what was delivered and made before a time, up to limit, and
	// returns how many those were.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
	// Sweep deletes what is held or dead and too old, or too much for its endpoint,
	// up to limit of each, and returns how many those were. What waits stays.
	Sweep(ctx context.Context, before time.Time, bytes int64, limit int) (int, error)
	// Secrets returns those that are valid now, and private keys, the newest first.
	Secrets(ctx context.Context, tenant, endpoint string) ([]string, error)
	// Headers returns the fields that the endpoint wants with each delivery.
	Headers(ctx context.Context, tenant, endpoint string) (map[string]string, error)
}

// A Sender makes one request.
type Sender interface {
	// Send sends the body once, with the headers, within ctx. Whatever comes of
	// it is in the Answer; nothing of it is in an error text.
	Send(ctx context.Context, method, url string, header http.Header, body []byte) Answer
}

// An Answer is what came of a request.
type Answer struct {
	Status int // 0: none came
	// Class says why there is no usable answer: "timeout", "dns", "tls",
	// "connection"; or that the address may not be called, "refused"; empty
	// where the receiver answered.
	Class string
	// RetryAfter is how long the receiver wants to be left alone; 0: it did not say.
	RetryAfter time.Duration
}

// Refused is the class of a request that was not made because its address may
// not be called.
const Refused = "refused"

// Deps is what a Push is made of; all is required.
type Deps struct {
	Store  Store
	Sender Sender
	Log    *slog.Logger
	Now    func() time.Time
	// FHIR is how records are represented for endpoints that want FHIR; nil:
	// fhir.Format{}.
	FHIR mapping.Format
	// Base is the address at which FHIR resources can be read; may be empty.
	Base    string
	Version string // of the program, for User-Agent
	// Poll is how late what other processes wrote is seen; 0: half a second.
	Poll time.Duration
	// Healthcheck is how often endpoints that want it get one; 0: never.
	Healthcheck time.Duration
}

// A Push delivers for as long as Run runs.
type Push struct {
	Deps
	maker  *representer
	holder string
	random func() float64
	lanes  map[laneKey]*lane
	// working counts the lanes that have something under way, those among them
	// that another process has taken over.
	working sync.WaitGroup
	settle  chan settled
	round   chan struct{} // a lane asks for a look at the lanes
}

// New returns a Push that has not begun.
func New(d Deps) (*Push, error) {
	if d.Store == nil || d.Sender == nil || d.Log == nil || d.Now == nil {
		return nil, errors.New("push: Store, Sender, Log and Now are required")
	}
	return &Push{
		Deps: d, maker: newRepresenter(d.Store, d.FHIR, d.Base), holder: uuid.NewString(), random: rand.Float64,
		lanes: map[laneKey]*lane{}, settle: make(chan settled, settleQueue), round: make(chan struct{}, 1),
	}, nil
}

const (
	leaseTime   = 20 * time.Second
	leaseRenew  = 8 * time.Second // before it ends
	settleQueue = 1024
	drain       = 10 * time.Second // for requests under way when told to stop
)

// Run delivers until ctx ends; then it begins no new request, gives those under
// way some seconds, stores what came of them, and lets others take over.
func (p *Push) Run(ctx context.Context) error {
	// Requests under way, and what came of them, outlive ctx for a while.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var settling sync.WaitGroup
	settling.Go(func() { p.settleAll(work) })
	settling.Go(func() { p.prune(ctx) })
	tick := time.NewTicker(cmp.Or(p.Poll, 500*time.Millisecond))
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := p.look(ctx, work); err != nil && ctx.Err() == nil {
			p.Log.Error("deliveries: look for work", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-p.round:
		case <-p.Store.Changes():
		}
	}
	p.stopLanes(stop)
	close(p.settle)
	settling.Wait()
	last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	return p.Store.Release(last, p.holder)
}

// look brings the lanes up to date with the store and wakes them.
func (p *Push) look(ctx, work context.Context) error {
	found, err := p.Store.Lanes(ctx)
	if err != nil {
		return err
	}
	if p.mayLease(found) {
		if err := p.Store.Lease(ctx, p.holder, p.Now().Add(leaseTime)); err != nil {
			return err
		}
		if found, err = p.Store.Lanes(ctx); err != nil {
			return err
		}
	}
	mine := map[laneKey]bool{}
	for _, f := range found {
		if f.Holder != p.holder {
			continue
		}
		k := laneKey{f.Tenant, f.ID}
		mine[k] = true
		if p.lanes[k] == nil {
			p.lanes[k] = startLane(ctx, work, p, f)
		}
		p.lanes[k].update(f)
	}
	for k, l := range p.lanes {
		if !mine[k] {
			l.cancel()
			delete(p.lanes, k)
		}
	}
	return nil
}

// mayLease reports whether there is anything to take, or to keep.
func (p *Push) mayLease(found []store.Lane) bool {
	now := p.Now()
	for _, f := range found {
		mine := f.Holder == p.holder
		if (!mine && !f.Until.After(now)) || (mine && f.Until.Sub(now) < leaseRenew) {
			return true
		}
	}
	return false
}

// stopLanes lets no lane begin anything, and waits for what is under way.
func (p *Push) stopLanes(abandon func()) {
	for _, l := range p.lanes {
		l.cancel()
	}
	late := time.AfterFunc(drain, abandon)
	defer late.Stop()
	p.working.Wait()
}

// settled is an outcome on its way to the store, and whom to tell.
type settled struct {
	outcome store.Outcome
	done    func(store.Outcome, error)
}

// settleAll stores outcomes, all that are there in one transaction: while one
// is written, the next ones gather.
func (p *Push) settleAll(ctx context.Context) {
	for first := range p.settle {
		group := []settled{first}
		for more := true; more && len(group) < settleQueue; {
			select {
			case s, ok := <-p.settle:
				if more = ok; ok {
					group = append(group, s)
				}
			default:
				more = false
			}
		}
		p.settleGroup(context.WithoutCancel(ctx), group)
	}
}

// settleTries is how often a group is offered to a store that cannot write. What
// is lost then is sent again: the store still says that it waits.
const settleTries = 5

func (p *Push) settleGroup(ctx context.Context, group []settled) {
	p.recount(ctx, group)
	outcomes := make([]store.Outcome, len(group))
	for i := range group {
		outcomes[i] = group[i].outcome
	}
	var err error
	for try := range settleTries {
		if err = p.Store.Settle(ctx, outcomes); err == nil {
			break
		}
		p.Log.Error("deliveries: store what came of attempts", "attempts", len(group), "error", err)
		time.Sleep(time.Duration(try+1) * 100 * time.Millisecond)
	}
	for i := range group {
		group[i].done(outcomes[i], err)
	}
}
