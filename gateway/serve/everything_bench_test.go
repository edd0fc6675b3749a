package serve_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// discarding is a client who counts the bytes and keeps none.
type discarding struct {
	header  http.Header
	bytes   int64
	entries int
}

func (d *discarding) Header() http.Header { return d.header }
func (d *discarding) WriteHeader(int)     {}
func (d *discarding) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	d.entries += strings.Count(string(p), `"fullUrl":`)
	return len(p), nil
}

// BenchmarkEverything streams all of one person whose resources are in memory.
// resources/cpu-s is what one processor writes in a second, whoever else is busy.
func BenchmarkEverything(b *testing.B) {
	w := newWorld(b)
	request := func() *discarding {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, w.url("/fhir/Patient/{ann}/$everything"), http.NoBody)
		r.Header.Set("dev-id", "demo")
		r.Header.Set("x-api-key", "demo-key")
		d := &discarding{header: http.Header{}}
		w.handler.ServeHTTP(d, r)
		return d
	}
	n := request().entries
	if n < 1000 {
		b.Fatalf("%d resources", n)
	}
	b.ReportAllocs()
	before, runs := processorTime(b), 0
	for b.Loop() {
		request()
		runs++
	}
	b.ReportMetric(float64(n*runs)/(processorTime(b)-before).Seconds(), "resources/cpu-s")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
