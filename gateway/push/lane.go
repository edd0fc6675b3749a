package push

import (
	"context"
	"sync"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

type laneKey struct{ tenant, endpoint string }

// A lane is the work for one endpoint: one goroutine turns the log into
// deliveries, one sends, and each request has its own.
type lane struct {
	p      *Push
	cancel context.CancelFunc
	emit   chan struct{} // there may be something on the log
	send   chan struct{} // there may be something to send, or room to send it

	mu      sync.Mutex
	info    store.Lane
	slow    time.Time
	taken   map[string]bool // read from the store to be sent; the store does not know yet what came of it
	users   map[string]bool // whose delivery is taken
	running int             // requests
	blocked bool            // an outcome on its way to the store disables the endpoint
	stale   bool            // the endpoint was disabled since the sender last looked
	probing bool            // the receiver had too much: one at a time until it takes one
	secrets []string
	extra   map[string]string // header fields of the endpoint's own
	read    time.Time         // when these were
}

// startLane begins to work until ctx ends; what it sends may go on until work ends.
func startLane(ctx, work context.Context, p *Push, info store.Lane) *lane {
	ctx, cancel := context.WithCancel(ctx)
	l := &lane{
		p: p, cancel: cancel, info: info, slow: info.SlowUntil,
		emit: make(chan struct{}, 1), send: make(chan struct{}, 1),
		taken: map[string]bool{}, users: map[string]bool{},
	}
	under := new(sync.WaitGroup)
	under.Go(func() { l.emitAll(ctx, work) })
	under.Go(func() { l.sendAll(ctx, work, under) })
	p.working.Go(under.Wait)
	return l
}

// update takes over what the store says of the endpoint, and wakes the lane.
func (l *lane) update(info store.Lane) {
	l.mu.Lock()
	if info.SlowUntil.After(l.slow) || info.Updated.After(l.info.Updated) {
		l.slow = info.SlowUntil
	}
	info.Seq, info.Announced = max(info.Seq, l.info.Seq), max(info.Announced, l.info.Announced)
	info.Checked = later(info.Checked, l.info.Checked)
	if info.Subscription != nil && l.info.Subscription != nil {
		info.Subscription.Told = max(info.Subscription.Told, l.info.Subscription.Told)
	}
	l.info = info
	l.mu.Unlock()
	wake(l.emit)
	wake(l.send)
}

func (l *lane) now() store.Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info
}

// wake leaves a sign where none is yet.
func wake(sign chan<- struct{}) {
	select {
	case sign <- struct{}{}:
	default:
	}
}

const (
	// emitBatch is how much of the log is looked at once: an import of a year
	// tells of most days several times, and each is sent once.
	emitBatch = 2048
	// emitTries is how often deliveries are made of a stretch of the log before
	// those that cannot be made are given up.
	emitTries = 5
)

// emitAll turns the log into deliveries, as it grows.
func (l *lane) emitAll(ctx, work context.Context) {
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.emit:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			more, err = l.emitSome(ctx, work, failures >= emitTries)
			if err == nil {
				failures = 0
				continue
			}
			failures++
			l.report(ctx, "make deliveries of events", err)
			more = false // until the next look
		}
		if err := l.check(ctx, work); err != nil {
			l.report(ctx, "make a healthcheck", err)
		}
	}
}

// emitSome turns a stretch of the log into deliveries. It reports whether there
// may be more.
func (l *lane) emitSome(ctx, work context.Context, giveUp bool) (more bool, err error) {
	info := l.now()
	if info.Subscription != nil {
		return l.emitSubscription(ctx, work, info)
	}
	if info.Last <= info.Seq {
		return false, nil
	}
	events, err := l.p.Store.Log(ctx, info.Tenant, info.Seq, emitBatch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	b := batch{p: l.p, ctx: ctx, endpoint: info.Endpoint, giveUp: giveUp}
	em := store.Emission{Tenant: info.Tenant, Endpoint: info.ID, Holder: l.p.holder, From: info.Seq, To: info.Seq}
	if n := b.beforeLarge(events, info.Announced); n > 0 {
		em.To = events[n-1].Seq
		em.Parcels, err = b.parcels(events[:n])
	} else {
		em.Announced = events[0].Seq
		em.Parcels, err = b.announce(&events[0])
	}
	if err != nil {
		return false, err
	}
	return true, l.store(work, em)
}

// store stores deliveries, and moves on.
func (l *lane) store(work context.Context, em store.Emission) error {
	if err := l.p.Store.Emit(work, em); err != nil {
		return err
	}
	l.mu.Lock()
	l.info.Seq, l.info.Announced = max(em.To, l.info.Seq), max(em.Announced, l.info.Announced)
	l.info.Checked = later(em.Checked, l.info.Checked)
	l.subscription(em)
	l.mu.Unlock()
	if len(em.Parcels) > 0 {
		wake(l.send)
	}
	return nil
}

// subscription takes over what an emission says of a subscription; the caller
// holds the lock.
func (l *lane) subscription(em store.Emission) {
	if l.info.Subscription == nil {
		return
	}
	s := *l.info.Subscription // others read what was handed out
	s.Stage = max(s.Stage, em.Stage)
	for i := range em.Parcels {
		s.Told = max(s.Told, em.Parcels[i].Last)
	}
	l.info.Subscription = &s
}

// report logs an error of the lane, unless it is about to end anyway.
func (l *lane) report(ctx context.Context, doing string, err error) {
	if ctx.Err() != nil {
		return
	}
	if fault.KindOf(err) == fault.Conflict { // another process took over: the next look ends the lane
		wake(l.p.round)
		return
	}
	info := l.now()
	l.p.Log.Error("deliveries", "doing", doing, "tenant", info.Tenant, "endpoint", info.ID, "error", err)
}
