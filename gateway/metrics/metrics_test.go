package metrics_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/metrics"
	"nutrigate/gateway/store"
)

func TestMetrics(t *testing.T) {
	now := time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)
	asked := 0
	m := metrics.New(func(context.Context) ([]store.Backlog, error) {
		asked++
		return []store.Backlog{{Endpoint: "e-1", Waiting: 7, Oldest: now.Add(-90 * time.Second), Kept: store.Kept{Deliveries: 3, Bytes: 400, Oldest: now.Add(time.Minute - store.KeepHeld)}}, {Endpoint: "e-2"}}, nil
	}, func() time.Time { return now })
	m.Request("GET", "/v2/{type}", 200, 30*time.Millisecond)
	m.Request("BREW", "", 405, time.Millisecond)
	m.Attempt("e-1", "")
	m.Attempt("e-1", "timeout")
	m.Attempt("e-1", "timeout")
	m.Import(metrics.ImportRefused)
	m.Exhausted("e-1")
	m.Disabled("e-2")
	text := read(t, m)
	for _, want := range []string{
		`nutrigate_deliveries_waiting{endpoint="e-1"} 7`,
		`nutrigate_deliveries_waiting{endpoint="e-2"} 0`,
		`nutrigate_deliveries_oldest_seconds{endpoint="e-1"} 90`,
		`nutrigate_deliveries_oldest_seconds{endpoint="e-2"} 0`,
		`nutrigate_deliveries_held{endpoint="e-1"} 3`,
		`nutrigate_deliveries_held{endpoint="e-2"} 0`,
		`nutrigate_deliveries_held_bytes{endpoint="e-1"} 400`,
		`nutrigate_deliveries_held_expiry_seconds{endpoint="e-1"} 60`,
		`nutrigate_delivery_attempts_total{endpoint="e-1",outcome="success"} 1`,
		`nutrigate_delivery_attempts_total{endpoint="e-1",outcome="timeout"} 2`,
		`nutrigate_imports_total{outcome="refused"} 1`,
		`nutrigate_deliveries_exhausted_total{endpoint="e-1"} 1`,
		`nutrigate_endpoints_disabled_total{endpoint="e-2"} 1`,
		`nutrigate_http_request_duration_seconds_count{method="GET",route="/v2/{type}",status="200"} 1`,
		`nutrigate_http_request_duration_seconds_bucket{method="GET",route="/v2/{type}",status="200",le="0.1"} 1`,
		`nutrigate_http_request_duration_seconds_count{method="other",route="",status="405"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("has no %s", want)
		}
	}
	t.Run("the store is asked once in five seconds", func(t *testing.T) {
		read(t, m)
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		now = now.Add(5 * time.Second)
		if text := read(t, m); asked != 2 || !strings.Contains(text, `oldest_seconds{endpoint="e-1"} 90`) {
			t.Errorf("asked %d times", asked)
		}
	})
	t.Run("a store that cannot answer is an error", func(t *testing.T) {
		broken := metrics.New(func(context.Context) ([]store.Backlog, error) { return nil, errors.New("away") }, time.Now)
		if _, err := broken.Text(t.Context()); err == nil {
			t.Error("no error")
		}
	})
}

func read(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	text, err := m.Text(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
