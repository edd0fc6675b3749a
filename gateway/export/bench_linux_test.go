package export_test

import (
	"syscall"
	"testing"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/store"
)

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

// BenchmarkExport writes four months of a person: where everything has to be made and
// checked, and where it is in memory.
func BenchmarkExport(b *testing.B) {
	w := newWorld(b, "anna")
	anna, err := w.UserByReference(b.Context(), "clinic", "anna")
	if err != nil {
		b.Fatal(err)
	}
	w.diary(anna, 120)
	kept := w.shelves(1 << 30)
	if _, err := kept.Resources(b.Context(), export.Want{Ask: ask(), Type: export.Type{Name: "Observation"}, User: anna, AsOf: w.now()}, func([]byte) error { return nil }); err != nil {
		b.Fatal(err)
	}
	for _, way := range []string{"cold", "warm"} {
		b.Run(way, func(b *testing.B) {
			var resources int64
			begun := processorTime(b)
			for range b.N {
				src := kept
				if way == "cold" {
					src = w.shelves(1 << 20)
				}
				e := w.engine(w.Store, src)
				job := w.start(e, ask())
				w.run(e, "done", w.state(job.ID, store.ExportDone))
				done, err := w.Export(b.Context(), "clinic", job.ID)
				if err != nil {
					b.Fatal(err)
				}
				p, err := export.ProgressOf(&done)
				if err != nil {
					b.Fatal(err)
				}
				resources += p.Resources
				if err := w.DeleteExport(b.Context(), "clinic", job.ID); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(resources)/b.Elapsed().Seconds(), "resources/s")
			b.ReportMetric(float64(resources)/(processorTime(b)-begun).Seconds(), "resources/cpu-s")
		})
	}
}
