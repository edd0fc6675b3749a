package metrics

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"nutrigate/gateway/store"
)

// fresh is how long an answer of the store is good for: whoever reads the
// metrics often does not keep the store busy.
const fresh = 5 * time.Second

// backlog is a prometheus.Collector of what the store says waits, or is kept.
type backlog struct {
	ask        Backlogs
	now        func() time.Time
	depth, age *prometheus.Desc
	held       *prometheus.Desc
	heldBytes  *prometheus.Desc
	expiry     *prometheus.Desc
	mu         sync.Mutex // guards what follows
	read       time.Time
	last       []store.Backlog
}

func newBacklog(ask Backlogs, now func() time.Time) *backlog {
	labels := []string{"endpoint"}
	return &backlog{
		ask: ask, now: now,
		depth:     prometheus.NewDesc("nutrigate_deliveries_waiting", "Deliveries that wait, for the first time or again.", labels, nil),
		age:       prometheus.NewDesc("nutrigate_deliveries_oldest_seconds", "Age of the oldest delivery that waits; 0 if none does.", labels, nil),
		held:      prometheus.NewDesc("nutrigate_deliveries_held", "Deliveries that are held or dead.", labels, nil),
		heldBytes: prometheus.NewDesc("nutrigate_deliveries_held_bytes", "Bytes of what is held or dead.", labels, nil),
		expiry:    prometheus.NewDesc("nutrigate_deliveries_held_expiry_seconds", "Until the oldest that is held or dead is deleted; absent if none is.", labels, nil),
	}
}

func (b *backlog) refresh(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if since := b.now().Sub(b.read); since >= 0 && since < fresh {
		return nil
	}
	all, err := b.ask(ctx)
	if err != nil {
		return fmt.Errorf("ask what waits: %w", err)
	}
	b.last, b.read = all, b.now()
	return nil
}

// Describe says which metrics there are.
func (b *backlog) Describe(into chan<- *prometheus.Desc) {
	into <- b.depth
	into <- b.age
	into <- b.held
	into <- b.heldBytes
	into <- b.expiry
}

// Collect gives what was read last.
func (b *backlog) Collect(into chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.last {
		age := time.Duration(0)
		if !one.Oldest.IsZero() {
			age = max(0, b.now().Sub(one.Oldest))
		}
		into <- prometheus.MustNewConstMetric(b.depth, prometheus.GaugeValue, float64(one.Waiting), one.Endpoint)
		into <- prometheus.MustNewConstMetric(b.age, prometheus.GaugeValue, age.Seconds(), one.Endpoint)
		into <- prometheus.MustNewConstMetric(b.held, prometheus.GaugeValue, float64(one.Kept.Deliveries), one.Endpoint)
		into <- prometheus.MustNewConstMetric(b.heldBytes, prometheus.GaugeValue, float64(one.Kept.Bytes), one.Endpoint)
		if ends := one.Kept.Expires(); !ends.IsZero() {
			into <- prometheus.MustNewConstMetric(b.expiry, prometheus.GaugeValue, ends.Sub(b.now()).Seconds(), one.Endpoint)
		}
	}
}
