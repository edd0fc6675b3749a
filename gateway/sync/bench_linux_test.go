package sync_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
)

// processorTime is what this process has used of all processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSync keeps connections of the partner's route up to date, to which
// nothing new is logged, as is so nearly every quarter of an hour. syncs/cpu-s is
// what one processor does in a second, whoever else is busy, the simulator's work
// included.
func BenchmarkSync(b *testing.B) {
	for _, people := range []int{100, 1000} {
		b.Run(fmt.Sprintf("connections=%d", people), func(b *testing.B) {
			w := start(b, simulate.Options{Seed: 9, History: 4, People: people})
			for n := range people {
				w.connect(n+1, "partner", 15*time.Minute)
			}
			w.steps()
			before, rounds := processorTime(b), 0
			for b.Loop() {
				w.clock.add(17 * time.Minute)
				w.steps()
				rounds++
			}
			b.ReportMetric(float64(rounds*people)/(processorTime(b)-before).Seconds(), "syncs/cpu-s")
		})
	}
}
