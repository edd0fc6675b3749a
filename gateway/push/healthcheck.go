package push

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"nutrigate/gateway/store"
)

// check makes a healthcheck for the endpoint, if it wants any and it is time for
// one; the first comes when the endpoint has been there for as long as lies
// between two. While one waits there is no other: a receiver that comes back
// after a day need not be told of each hour.
func (l *lane) check(ctx, work context.Context) error {
	info, now := l.now(), l.p.Now()
	if info.Subscription != nil {
		return l.heartbeat(ctx, work, info)
	}
	b := batch{p: l.p, ctx: ctx, endpoint: info.Endpoint}
	if l.p.Healthcheck <= 0 || now.Before(later(info.Created, info.Checked).Add(l.p.Healthcheck)) ||
		info.State != store.Enabled || !b.wants("healthcheck") {
		return nil
	}
	traffic, err := l.p.Store.Traffic(ctx, info.Tenant, info.ID)
	if err != nil {
		return err
	}
	if !traffic.Checking {
		if err := b.healthcheck(traffic); err != nil {
			return err
		}
	}
	return l.store(work, store.Emission{
		Tenant: info.Tenant, Endpoint: info.ID, Holder: l.p.holder, From: info.Seq, To: info.Seq, Checked: now, Parcels: b.made,
	})
}

// healthcheck makes the delivery. There is no trend where there was nothing before.
func (b *batch) healthcheck(t store.Traffic) error {
	n := notice{SentLastHour: &t.LastHour}
	if t.HourBefore > 0 {
		trend := json.Number(strconv.FormatFloat(100*float64(t.LastHour-t.HourBefore)/float64(t.HourBefore), 'f', 1, 64))
		n.Trend = &trend
	}
	detail, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return b.event(&store.Logged{Kind: "healthcheck", Detail: detail})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
