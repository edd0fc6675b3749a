package sync_test

import (
	"testing"
	"time"

	"nutrigate/gateway/simulate"
)

// BenchmarkSync keeps connections of the partner's route up to date, to which
// nothing new is logged, as is so nearly every quarter of an hour. The simulator
// works on the same processors.
func BenchmarkSync(b *testing.B) {
	const people = 200
	w := start(b, simulate.Options{Seed: 9, History: 10, People: people})
	for n := range people {
		w.connect(n+1, "partner", 15*time.Minute)
	}
	w.steps()
	begun, loops := time.Now(), 0
	for b.Loop() {
		w.clock.add(17 * time.Minute)
		w.steps()
		loops++
	}
	b.ReportMetric(float64(loops*people)/time.Since(begun).Seconds(), "syncs/s")
}
