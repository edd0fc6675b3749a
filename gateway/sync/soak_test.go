package sync_test

import (
	"flag"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
	"nutrigate/gateway/store"
)

var (
	soakPeople = flag.Int("soak-people", 4, "connections of the soak")
	soakDays   = flag.Int("soak-days", 6, "simulated days of the soak")
)

// The soak: many connections by both routes, days pass, food is logged, edited
// and forgotten about, and now and then anything goes wrong. In the end each
// has exactly what the person logged, no day twice, and nobody asked for more
// exports than there may be. `make conformance` runs a larger one.
func TestSoak(t *testing.T) {
	w := start(t, simulate.Options{Seed: 11, History: 10, People: *soakPeople})
	users := make([]store.User, *soakPeople)
	routes := []string{"partner", "web"}
	for n := range users {
		users[n] = w.connect(n+1, routes[n%2], []time.Duration{6 * time.Hour, 12 * time.Hour}[n%2])
	}
	troubles := simulate.Faults{Slow: 0.02, Error: 0.04, Cut: 0.02, Hash: 0.02, Column: 0.01, HTML: 0.02, Session: 0.02, Delay: time.Millisecond}
	if err := w.sim.SetFaults(troubles); err != nil {
		t.Fatal(err)
	}
	const tick = 3 * time.Hour
	for hour := time.Duration(0); hour < time.Duration(*soakDays)*24*time.Hour; hour += tick {
		w.clock.add(tick)
		n := int(hour/tick) % *soakPeople
		w.sim.AddMeal(t.Context(), n+1)
		w.sim.Account((n+1)%*soakPeople + 1).Diary.Add(w.sim.Today().AddDays(-1)) // somebody edits yesterday
		w.steps()
	}
	failed := 0
	for _, u := range users {
		if w.connection(u).Class != "" {
			failed++
		}
	}
	if err := w.sim.SetFaults(simulate.Faults{}); err != nil {
		t.Fatal(err)
	}
	for range 3 * 24 / 3 { // what had failed is tried again within a day, and history has its turn
		w.clock.add(tick)
		w.steps()
	}
	for n, u := range users {
		c := w.connection(u)
		if c.Class != "" || c.CoveredTo != w.sim.Today() {
			t.Errorf("person %d has not recovered: %s %s, covered to %s", n+1, c.Class, c.Reason, c.CoveredTo)
			continue
		}
		w.same(c.Route, w.contents(w.store, u), w.truth(n+1, c.Route, c.CoveredFrom))
	}
	if w.sim.Overruns() > 0 {
		t.Errorf("%d exports beyond the cap", w.sim.Overruns())
	}
	t.Logf("%d requests, %d failing when the faults ended, %d told", w.requests, failed, len(w.events("connection_error")))
}
