package push

import (
	"context"
	"time"
)

const (
	// kept is how long what was delivered can be seen and sent again, about as
	// long as at Terra. What is held or dead is kept until it is replayed.
	kept       = 14 * 24 * time.Hour
	pruneEvery = time.Hour
	pruneBatch = 500 // deliveries in one transaction: others write between
)

// prune deletes what was delivered long ago, now and every hour.
func (p *Push) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		n, err := p.Store.Prune(ctx, p.Now().Add(-kept), pruneBatch)
		if err != nil && ctx.Err() == nil {
			p.Log.Error("deliveries", "doing", "delete old ones", "error", err)
		}
		if n == pruneBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
