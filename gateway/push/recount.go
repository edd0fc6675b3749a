package push

import (
	"context"
	"slices"

	"nutrigate/gateway/store"
)

// recount announces once more how many deliveries carry a large request, where
// one of them is being split. Only one goroutine stores outcomes, and an endpoint
// has one process, so that nobody else counts at the same time.
func (p *Push) recount(ctx context.Context, group []settled) {
	more := map[string]int{} // by reference, of the group's splits so far
	for i := range group {
		o := &group[i].outcome
		if len(o.Parts) == 0 {
			continue
		}
		payloads, err := p.Store.Payloads(ctx, o.Delivery)
		if err != nil {
			p.Log.Error("deliveries", "doing", "count those of a request", "tenant", o.Tenant, "endpoint", o.Endpoint, "error", err)
			continue
		}
		if payloads == 0 {
			continue // nobody announced a number
		}
		k := o.Endpoint + " " + o.Reference
		more[k] += len(o.Parts) - 1
		b := batch{p: p, ctx: ctx, endpoint: store.Endpoint{Tenant: o.Tenant, ID: o.Endpoint}}
		if err := b.sending(&store.Logged{User: o.User, Reference: o.Reference}, payloads+more[k]); err != nil {
			p.Log.Error("deliveries", "doing", "announce how many", "tenant", o.Tenant, "endpoint", o.Endpoint, "error", err)
			continue
		}
		o.Parts = slices.Concat(b.made, o.Parts) // the number comes before the parts
	}
}
