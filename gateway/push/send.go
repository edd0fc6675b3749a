package push

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"nutrigate/gateway/store"
)

const (
	ahead      = 4           // parcels read at once for each request that may run
	underWay   = 512         // parcels of a lane in memory: more only wait for a slow store
	idle       = time.Hour   // a wait for a sign; a look at the lanes gives one long before
	secretsAge = time.Second // how late a rotation is noticed
)

// sender is the goroutine of a lane that sends.
type sender struct {
	*lane
	work    context.Context //nolint:containedctx // that of requests, which outlive the lane
	under   *sync.WaitGroup // requests
	waiting []store.Parcel  // read, and taken
	last    time.Time       // when a request began, for the endpoint's rate
}

// sendAll sends what is due, as much at one time as the endpoint allows.
func (l *lane) sendAll(ctx, work context.Context, under *sync.WaitGroup) {
	s := sender{lane: l, work: work, under: under}
	for ctx.Err() == nil {
		timer := time.NewTimer(s.sendSome(ctx))
		select {
		case <-ctx.Done():
		case <-l.send:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// sendSome begins as many requests as may run now, and returns when to look again.
func (s *sender) sendSome(ctx context.Context) time.Duration {
	for ctx.Err() == nil {
		free, stale, wait := s.free()
		if stale {
			s.untake(s.waiting)
			s.waiting = nil
		}
		if wait > 0 {
			return wait
		}
		if free == 0 {
			return idle
		}
		if len(s.waiting) == 0 {
			if wait := s.fill(ctx); wait > 0 {
				return wait
			}
			continue // it may be stale already
		}
		if wait := s.pace(); wait > 0 {
			return wait
		}
		parcel := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.begin(&parcel)
	}
	return idle
}

// free returns how many requests may begin, or how long none may; and whether
// what was read before may not be what is due now.
func (l *lane) free() (n int, stale bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	stale, l.stale = l.stale, false
	if l.blocked || l.info.State != store.Enabled {
		return 0, true, idle
	}
	if wait := l.slow.Sub(l.p.Now()); wait > 0 {
		return 0, true, wait
	}
	if l.probing {
		return max(0, 1-l.running), stale, 0
	}
	return max(0, l.info.Concurrency-l.running), stale, 0
}

// fill reads what is due. It returns how long nothing will be.
func (s *sender) fill(ctx context.Context) time.Duration {
	info := s.now()
	// As it is before the store is read: what is settled meanwhile still waits
	// in what is read.
	s.mu.Lock()
	taken := maps.Clone(s.taken)
	s.mu.Unlock()
	limit := ahead * info.Concurrency
	if info.Rate > 0 { // what is read waits for its turn, and what is new cannot overtake it
		limit = max(1, min(limit, int(info.Rate)))
	}
	if len(taken)+limit > underWay {
		return idle // until outcomes are stored
	}
	found, next, err := s.p.Store.Due(ctx, info.Tenant, info.ID, func(id string) bool { return taken[id] }, limit)
	if err != nil {
		s.report(ctx, "find what is due", err)
		return time.Second
	}
	s.waiting = s.take(found, info.Ordered)
	if len(s.waiting) > 0 {
		return 0
	}
	if next.IsZero() {
		return idle
	}
	return max(next.Sub(s.p.Now()), time.Millisecond)
}

// take marks parcels as taken, and returns them; where the order of a user's
// is kept, only one of a user at a time.
func (l *lane) take(found []store.Parcel, ordered bool) []store.Parcel {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []store.Parcel
	for i := range found {
		if ordered && l.users[found[i].User] {
			continue
		}
		l.taken[found[i].ID], l.users[found[i].User] = true, true
		kept = append(kept, found[i])
	}
	return kept
}

func (l *lane) untake(parcels []store.Parcel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range parcels {
		delete(l.taken, parcels[i].ID)
		delete(l.users, parcels[i].User)
	}
}

// pace returns how long to wait before the next request, for the endpoint's rate.
func (s *sender) pace() time.Duration {
	rate, now := s.now().Rate, s.p.Now()
	if rate <= 0 {
		return 0
	}
	if wait := s.last.Add(time.Duration(float64(time.Second) / rate)).Sub(now); wait > 0 {
		return wait
	}
	s.last = now
	return 0
}

// begin sends one parcel in a goroutine of its own.
func (s *sender) begin(parcel *store.Parcel) {
	s.mu.Lock()
	s.running++
	s.mu.Unlock()
	s.under.Go(func() {
		o, ok := s.attempt(s.work, parcel)
		s.mu.Lock()
		s.running--
		s.probing = ok && (!o.SlowUntil.IsZero() || (s.probing && o.State != store.Delivered))
		s.blocked = s.blocked || o.Disable != ""
		if o.SlowUntil.After(s.slow) {
			s.slow = o.SlowUntil
		}
		s.mu.Unlock()
		if !ok { // no attempt was made
			s.untake([]store.Parcel{*parcel})
			return
		}
		stored := make(chan struct{})
		s.p.settle <- settled{o, func(told store.Outcome, err error) {
			s.settled(parcel, o.Disable != "" || told.Disable != "", err)
			if err == nil {
				s.tell(&told)
			}
			close(stored)
		}}
		wake(s.send)
		<-stored
	})
}

// settled is called when the store knows the outcome, or could not be told.
func (l *lane) settled(parcel *store.Parcel, disabled bool, err error) {
	l.untake([]store.Parcel{*parcel})
	if disabled {
		l.mu.Lock()
		l.blocked, l.stale = false, true
		if err != nil { // the store does not know: the receiver is asked once more, but not at once
			l.slow = later(l.slow, l.p.Now().Add(throttle))
		}
		l.mu.Unlock()
		wake(l.p.round)
	}
	wake(l.send)
}

// tell logs what somebody has to look at.
func (l *lane) tell(o *store.Outcome) {
	log := l.p.Log.With("tenant", o.Tenant, "endpoint", o.Endpoint)
	if exhausted := o.State == store.Dead && len(o.Parts) == 0; exhausted {
		log.Warn("deliveries: one is given up", "delivery", o.ID, "type", o.Type, "class", o.Class, "attempts", o.Attempts)
	}
	if o.Flag != "" {
		log.Warn("deliveries: one is held", "delivery", o.ID, "reason", o.Flag)
	}
	if o.Disable != "" {
		log.Error("deliveries: an endpoint is disabled", "reason", o.Disable)
	}
}

// attempt makes one request. It is false where work ended before there was an
// answer: then the delivery waits as it did, and is sent by whoever comes next.
func (l *lane) attempt(work context.Context, parcel *store.Parcel) (store.Outcome, bool) {
	info := l.now()
	secrets, extra, err := l.signers(work, info.Endpoint)
	if err != nil {
		l.report(work, "read the secrets", err)
		return l.p.judge(info.Endpoint, parcel, Answer{Class: "unsigned"}, l.p.Now(), 0), work.Err() == nil
	}
	began := l.p.Now()
	header, err := headers(parcel, secrets, extra, began, "nutrigate/"+l.p.Version, info.Subscription == nil)
	if err != nil {
		l.report(work, "sign", err)
		return l.p.judge(info.Endpoint, parcel, Answer{Class: "unsigned"}, began, 0), true
	}
	ctx, cancel := context.WithTimeout(work, info.Timeout)
	defer cancel()
	start := time.Now()
	answer := l.p.Sender.Send(ctx, cmp.Or(parcel.Method, http.MethodPost), addressOf(info.URL, parcel.Path), header, parcel.Body)
	if work.Err() != nil && answer.Status == 0 {
		return store.Outcome{}, false
	}
	return l.p.judge(info.Endpoint, parcel, answer, began, time.Since(start)), true
}

// addressOf is where a delivery is sent: the endpoint's address, and what follows
// its path.
func addressOf(endpoint, path string) string {
	u, err := url.Parse(endpoint)
	if path == "" || err != nil {
		return endpoint
	}
	return u.JoinPath(path).String()
}

// signers returns the secrets that are valid now, or were a moment ago, and the
// endpoint's own header fields.
func (l *lane) signers(ctx context.Context, e store.Endpoint) (secrets []string, extra map[string]string, err error) {
	l.mu.Lock()
	secrets, extra = l.secrets, l.extra
	age := time.Since(l.read)
	l.mu.Unlock()
	if len(secrets) > 0 && age < secretsAge {
		return secrets, extra, nil
	}
	if secrets, err = l.p.Store.Secrets(ctx, e.Tenant, e.ID); err != nil {
		return nil, nil, err
	}
	if extra, err = l.p.Store.Headers(ctx, e.Tenant, e.ID); err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	l.secrets, l.extra, l.read = secrets, extra, time.Now()
	l.mu.Unlock()
	return secrets, extra, nil
}
