package gateway

import (
	"context"
	"fmt"
)

// noted writes who has read what, once nobody reads any more.
func (g *Gateway) noted(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := g.audit.Flush(ctx); err != nil {
		return fmt.Errorf("keep the last accesses: %w", err)
	}
	return nil
}
