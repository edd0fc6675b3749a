package serve_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
)

// weighing is a client who looks, at every megabyte, how much memory is in use.
type weighing struct {
	discarding
	weighed int64
	peak    uint64
}

func (w *weighing) Write(p []byte) (int, error) {
	if w.bytes-w.weighed > 1<<20 {
		w.weighed = w.bytes
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapAlloc)
	}
	return w.discarding.Write(p)
}

// BenchmarkEverythingMemory streams all of a person, and of one with ten times as
// much. The peak is the most memory that was in use while it went on.
func BenchmarkEverythingMemory(b *testing.B) {
	for _, size := range []struct {
		name string
		days int
	}{{"of-10000", 100}, {"of-100000", 1000}} {
		w := newWorld(b)
		user := w.filled(b, 1, size.days)
		b.Run(size.name, func(b *testing.B) {
			for range b.N {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/fhir/Patient/"+user+"/$everything", http.NoBody)
				r.Header.Set("dev-id", "demo")
				r.Header.Set("x-api-key", "demo-key")
				to := &weighing{discarding: discarding{header: http.Header{}}}
				w.handler.ServeHTTP(to, r)
				if to.entries < size.days*perDay {
					b.Fatalf("%d resources", to.entries)
				}
				b.ReportMetric(float64(to.peak)/(1<<20), "peak-MiB")
			}
		})
	}
}
