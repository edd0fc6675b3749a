package audit_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nutrigate/gateway/audit"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// kept is a store in memory that can fail.
type kept struct {
	audit.Store
	mu     sync.Mutex
	rows   []store.Access
	calls  int
	pruned []time.Time
	err    error
}

func (k *kept) AddAccesses(_ context.Context, all []store.Access) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	k.calls++
	k.rows = append(k.rows, all...)
	return nil
}

func (k *kept) PruneAccesses(_ context.Context, before time.Time, _ int) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pruned = append(k.pruned, before)
	return 0, nil
}

func (k *kept) Accesses(context.Context, store.AccessQuery) ([]store.Access, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rows, nil
}

func (k *kept) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func newLog(k *kept, log *strings.Builder) *audit.Log {
	return audit.New(k, 48*time.Hour, time.Now, slog.New(slog.NewTextHandler(log, nil)))
}

func note(t *testing.T, l *audit.Log, n int) {
	t.Helper()
	for range n {
		if err := l.Note(t.Context(), store.Access{Tenant: "t", Client: "secret-client"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLog(t *testing.T) {
	t.Run("writes what is noted together, a moment later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			k, ctx := &kept{}, t.Context()
			l := newLog(k, &strings.Builder{})
			running, stop := context.WithCancel(ctx)
			go func() { _ = l.Run(running) }()
			note(t, l, 100)
			time.Sleep(time.Second)
			k.mu.Lock()
			if len(k.rows) != 100 || k.calls != 1 {
				t.Errorf("%d rows in %d transactions", len(k.rows), k.calls)
			}
			ids := map[string]bool{}
			for _, r := range k.rows {
				ids[r.ID] = true
			}
			if len(ids) != 100 {
				t.Errorf("%d ids", len(ids))
			}
			k.mu.Unlock()
			stop()
			synctest.Wait()
		})
	})
	t.Run("goes on after a failure, and loses nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			k, log := &kept{}, &strings.Builder{}
			l := newLog(k, log)
			running, stop := context.WithCancel(t.Context())
			go func() { _ = l.Run(running) }()
			k.fail(errors.New("the disk is full"))
			note(t, l, 3)
			time.Sleep(5 * time.Second)
			k.fail(nil)
			time.Sleep(5 * time.Second)
			k.mu.Lock()
			if len(k.rows) != 3 {
				t.Errorf("%d rows", len(k.rows))
			}
			k.mu.Unlock()
			stop()
			synctest.Wait()
			if !strings.Contains(log.String(), "the disk is full") || strings.Contains(log.String(), "secret-client") {
				t.Errorf("log %s", log)
			}
		})
	})
	t.Run("shows what was noted to who asks", func(t *testing.T) {
		k := &kept{}
		l := newLog(k, &strings.Builder{})
		note(t, l, 2)
		if got, err := l.Accesses(t.Context(), store.AccessQuery{}); err != nil || len(got) != 2 {
			t.Errorf("got %d, %v", len(got), err)
		}
	})
	t.Run("refuses what it cannot note any more", func(t *testing.T) {
		k := &kept{err: errors.New("no")}
		l := newLog(k, &strings.Builder{})
		var err error
		noted := 0
		for ; err == nil && noted < 20_000; noted++ {
			err = l.Note(t.Context(), store.Access{})
		}
		if fault.KindOf(err) != fault.Unavailable || noted != 10_000 {
			t.Errorf("after %d: %v", noted, err)
		}
		k.fail(nil)
		if err := l.Flush(t.Context()); err != nil || len(k.rows) != 10_000 {
			t.Errorf("kept %d, %v", len(k.rows), err)
		}
		note(t, l, 1)
	})
	t.Run("deletes what is old, at once and each hour", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			k, began := &kept{}, time.Now()
			l := newLog(k, &strings.Builder{})
			running, stop := context.WithCancel(t.Context())
			go func() { _ = l.Run(running) }()
			time.Sleep(90 * time.Minute)
			k.mu.Lock()
			if len(k.pruned) != 2 || !k.pruned[0].Equal(began.Add(-48*time.Hour)) {
				t.Errorf("pruned %v", k.pruned)
			}
			k.mu.Unlock()
			stop()
			synctest.Wait()
		})
	})
}
