package push

import (
	"context"
	"time"

	"nutrigate/gateway/store"
)

const (
	// kept is how long what was delivered can be seen and sent again, about as
	// long as at Terra. What is held or dead is kept for longer (store.KeepHeld).
	kept       = 14 * 24 * time.Hour
	pruneEvery = time.Hour
	pruneBatch = 500 // deliveries in one transaction: others write between
)

// prune deletes what was delivered long ago, and what nobody replayed for so
// long, now and every hour.
func (p *Push) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		n, err := p.Store.Prune(ctx, p.Now().Add(-kept), pruneBatch)
		if err != nil && ctx.Err() == nil {
			p.Log.Error("deliveries", "doing", "delete old ones", "error", err)
		}
		m, err := p.Store.Sweep(ctx, p.Now().Add(-store.KeepHeld), store.KeepHeldBytes, pruneBatch)
		if err != nil && ctx.Err() == nil {
			p.Log.Error("deliveries", "doing", "delete what was held", "error", err)
		}
		if m > 0 {
			p.Log.Warn("deliveries: held or dead for too long, or too much of it: deleted", "deliveries", m)
		}
		if n == pruneBatch || m >= pruneBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
