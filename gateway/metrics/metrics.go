// Package metrics counts what the operator watches, for Prometheus. Labels are
// ids of endpoints, routes and classes: no user, no secret, no value.
package metrics

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"

	"nutrigate/gateway/store"
)

// MediaType is that of Text: the text format of Prometheus.
const MediaType = "text/plain; version=0.0.4; charset=utf-8"

// Metrics counts; it is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	backlog  *backlog
	requests *prometheus.HistogramVec
	attempts *prometheus.CounterVec
	imports  *prometheus.CounterVec
	dead     *prometheus.CounterVec
	disabled *prometheus.CounterVec
}

// Backlogs returns what waits for each endpoint.
type Backlogs func(ctx context.Context) ([]store.Backlog, error)

// New returns metrics with a registry of their own. waiting is asked when the
// metrics are read, once in five seconds at most.
func New(waiting Backlogs, now func() time.Time) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		backlog:  newBacklog(waiting, now),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "nutrigate_http_request_duration_seconds", Help: "How long requests took, by route and status.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10, 60},
		}, []string{"method", "route", "status"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutrigate_delivery_attempts_total", Help: "Attempts to deliver, by endpoint and what came of them: success, or the class of the failure.",
		}, []string{"endpoint", "outcome"}),
		imports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutrigate_imports_total", Help: "Imports, by what came of them: ok, refused (the documents were at fault) or failed.",
		}, []string{"outcome"}),
		dead: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutrigate_deliveries_exhausted_total", Help: "Deliveries that were given up after their last attempt.",
		}, []string{"endpoint"}),
		disabled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "nutrigate_endpoints_disabled_total", Help: "How often an endpoint was disabled because of what its receiver did.",
		}, []string{"endpoint"}),
	}
	m.registry.MustRegister(m.requests, m.attempts, m.imports, m.dead, m.disabled, m.backlog,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts one answered request. The route is the template, such as
// "/v2/{type}"; empty where the address is none of ours.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

// knownMethod bounds the values of the label: a caller may send any word.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}

// Attempt counts one attempt to deliver; class is that of the failure, empty
// where there was none.
func (m *Metrics) Attempt(endpoint, class string) {
	if class == "" {
		class = "success"
	}
	m.attempts.WithLabelValues(endpoint, class).Inc()
}

// Exhausted counts a delivery that was given up after its last attempt.
func (m *Metrics) Exhausted(endpoint string) { m.dead.WithLabelValues(endpoint).Inc() }

// Disabled counts that an endpoint was disabled because of what its receiver did.
func (m *Metrics) Disabled(endpoint string) { m.disabled.WithLabelValues(endpoint).Inc() }

// What came of an import.
const (
	ImportOK      = "ok"
	ImportRefused = "refused"
	ImportFailed  = "failed"
)

// Import counts one import.
func (m *Metrics) Import(outcome string) { m.imports.WithLabelValues(outcome).Inc() }

// Text returns everything in the text format of Prometheus.
func (m *Metrics) Text(ctx context.Context) ([]byte, error) {
	if err := m.backlog.refresh(ctx); err != nil {
		return nil, err
	}
	families, err := m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gather metrics: %w", err)
	}
	var b bytes.Buffer
	encoder := expfmt.NewEncoder(&b, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			return nil, fmt.Errorf("encode metrics: %w", err)
		}
	}
	return b.Bytes(), nil
}
