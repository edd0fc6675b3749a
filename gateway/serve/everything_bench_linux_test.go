package serve_test

import (
	"encoding/json"
	"net/http/httptest"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// BenchmarkEverything follows the pages of $everything of a person to their end. The
// rate counts what processors did for the server and for reading its pages; the
// peak is the most memory that was in use behind a page, after garbage.
func BenchmarkEverything(b *testing.B) {
	for _, size := range []struct {
		name string
		days int
	}{{"of-10000", 100}, {"of-100000", 1000}} {
		w := newWorld(b)
		user := w.filled(b, 1, size.days)
		server := httptest.NewServer(w.handler)
		defer server.Close()
		first := server.URL + "/fhir/Patient/" + user + "/$everything?_count=1000"
		follow(b, first, nil)
		b.Run(size.name, func(b *testing.B) {
			resources, begun := 0, processorTime(b)
			for range b.N {
				resources += follow(b, first, nil)
			}
			b.ReportMetric(float64(resources)/(processorTime(b)-begun).Seconds(), "resources/cpu-s")
			b.StopTimer()
			var peak uint64
			follow(b, first, func() {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			})
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
		})
	}
}

// follow reads a Bundle and those behind it, and returns how many entries they
// have. behind, if there is one, is called after each.
func follow(b *testing.B, address string, behind func()) (resources int) {
	b.Helper()
	for address != "" {
		var page struct {
			Link  []struct{ Relation, URL string }
			Entry []json.RawMessage
		}
		body := fetched(b, address)
		if err := json.Unmarshal(body, &page); err != nil {
			b.Fatal(err)
		}
		resources, address = resources+len(page.Entry), ""
		for _, l := range page.Link {
			if l.Relation == "next" {
				address = l.URL
			}
		}
		if behind != nil {
			behind()
		}
	}
	return resources
}

// processorTime is what the process has used so far: what others do on the same
// machine does not count.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
