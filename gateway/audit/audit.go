// Package audit keeps who has asked for whose data. A request waits for
// nothing: what is noted is written in batches, by whoever has time.
package audit

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// A Store keeps accesses; see package store for the contract.
type Store interface {
	AddAccesses(ctx context.Context, all []store.Access) error
	PruneAccesses(ctx context.Context, before time.Time, limit int) (int, error)
	Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error)
	Access(ctx context.Context, tenant, id string) (store.Access, error)
}

const (
	// gather is how long a row waits for others before they are written together.
	gather = 50 * time.Millisecond
	// batch is how many rows one transaction has.
	batch = 500
	// most is how many rows may wait. Beyond that a request waits until they are
	// written, and is refused if they cannot be: what cannot be noted is not told.
	most = 10_000
	// wait is how long such a request waits.
	wait = 10 * time.Second
	// again is how long after a failure it is tried again.
	again = time.Second
	// pruneEvery is how often old rows are looked for, and pruneAtOnce how many are
	// deleted in one transaction.
	pruneEvery  = time.Hour
	pruneAtOnce = 5000
)

// A Log keeps accesses. It is safe for concurrent use.
type Log struct {
	store Store
	keep  time.Duration
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	pending []store.Access
	writing sync.Mutex    // held by whoever writes
	noted   chan struct{} // tells Run that something is pending
}

// New returns a Log that keeps accesses for a time; 0 is for ever.
func New(st Store, keep time.Duration, now func() time.Time, log *slog.Logger) *Log {
	return &Log{store: st, keep: keep, now: now, log: log, noted: make(chan struct{}, 1)}
}

// Note keeps an access, to which it gives an ID and a time. It is Unavailable
// where so many wait that it cannot be.
func (l *Log) Note(ctx context.Context, a store.Access) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("note an access: %w", err)
	}
	a.At = l.now().UTC().Truncate(time.Millisecond)
	a.ID = stamped(id, a.At)
	l.mu.Lock()
	l.pending = append(l.pending, a)
	waiting := len(l.pending)
	l.mu.Unlock()
	select {
	case l.noted <- struct{}{}:
	default: // Run knows
	}
	if waiting < most {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := l.Flush(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "it cannot be noted now who reads what, try again later")
	}
	return nil
}

// stamped puts the time of our clock into the id.
func stamped(id uuid.UUID, at time.Time) string {
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id.String()
}

// Flush writes what is pending, and returns once it is in the store.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	for {
		l.mu.Lock()
		some := l.pending[:min(len(l.pending), batch)]
		l.mu.Unlock()
		if len(some) == 0 {
			return nil
		}
		if err := l.store.AddAccesses(ctx, some); err != nil {
			return err
		}
		l.mu.Lock()
		// What is left moves into an array of its own, so that what was written is
		// not kept behind it.
		l.pending = append([]store.Access(nil), l.pending[len(some):]...)
		l.mu.Unlock()
	}
}

// Run writes what is noted, and deletes what is old, until ctx ends. What is
// noted after that is for Flush.
func (l *Log) Run(ctx context.Context) error {
	prune := time.NewTicker(pruneEvery)
	defer prune.Stop()
	l.prune(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-prune.C:
			l.prune(ctx)
		case <-l.noted:
			pause(ctx, gather)
			for err := l.Flush(ctx); err != nil && ctx.Err() == nil; err = l.Flush(ctx) {
				l.log.ErrorContext(ctx, "accesses cannot be kept", "error", err.Error())
				pause(ctx, again)
			}
		}
	}
}

// prune deletes what is old, in steps between which others write.
func (l *Log) prune(ctx context.Context) {
	for l.keep > 0 && ctx.Err() == nil {
		n, err := l.store.PruneAccesses(ctx, l.now().Add(-l.keep), pruneAtOnce)
		if err != nil && ctx.Err() == nil {
			l.log.ErrorContext(ctx, "old accesses cannot be deleted", "error", err.Error())
		}
		if err != nil || n < pruneAtOnce {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Accesses returns what was asked for, with what was noted until now.
func (l *Log) Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error) {
	if err := l.Flush(ctx); err != nil {
		return nil, err
	}
	return l.store.Accesses(ctx, q)
}

// Access returns one access; NotFound if the tenant has none with the id.
func (l *Log) Access(ctx context.Context, tenant, id string) (store.Access, error) {
	if err := l.Flush(ctx); err != nil {
		return store.Access{}, err
	}
	return l.store.Access(ctx, tenant, id)
}
