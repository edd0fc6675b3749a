package sync_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

func TestEveryChangeArrives(t *testing.T) {
	for _, route := range []string{"partner", "web"} {
		t.Run(route, func(t *testing.T) {
			w := start(t, simulate.Options{Seed: 9, History: 20})
			u := w.connect(1, route, 12*time.Hour)
			w.steps()
			first := w.connection(u)
			if first.CoveredTo != w.sim.Today() || first.Class != "" || !first.Synced.Equal(w.clock.Now()) || len(first.Types) < 4 {
				t.Fatalf("got %+v", first)
			}
			for range 6 { // two days are edited, and days begin and end
				w.clock.add(12*time.Hour + time.Minute)
				w.sim.AddMeal(t.Context(), 1)
				w.sim.Account(1).Diary.Add(w.sim.Today().AddDays(-2))
				w.steps()
			}
			w.clock.add(13 * time.Hour) // the last turn of the web was that of its history
			w.steps()
			c := w.connection(u)
			w.same(route, w.contents(w.store, u), w.truth(1, route, c.CoveredFrom))
			for _, s := range c.Types {
				if !s.At.Equal(c.Synced) {
					t.Errorf("%s came at %v", s.Type, s.At)
				}
			}
		})
	}
}

// A notice asks for a fetch at once, which reads as many days again as are set.
func TestANoticeReadsSomeDaysAgain(t *testing.T) {
	for _, c := range []struct {
		reread, ago int
		arrives     bool
	}{{3, 3, true}, {3, 4, false}, {5, 4, true}, {20, 17, true}} {
		t.Run(fmt.Sprintf("of %d, and one was edited %d days ago", c.reread, c.ago), func(t *testing.T) {
			w := start(t, simulate.Options{Seed: 9, History: 30})
			w.reread = c.reread
			w.engine = w.process("one", w.store)
			u := w.connect(1, "partner", 15*time.Minute)
			w.steps()
			before := w.contents(w.store, u)
			w.sim.Account(1).Diary.Add(w.sim.Today().AddDays(-c.ago))
			if _, err := w.store.ChangeConnection(t.Context(), "clinic", u.ID, store.ConnectionChange{Now: true}); err != nil {
				t.Fatal(err)
			}
			w.steps()
			if arrived := !maps.Equal(before, w.contents(w.store, u)); arrived != c.arrives {
				t.Errorf("arrived: %t, want %t", arrived, c.arrives)
			}
		})
	}
}

func TestNothingNewIsNotStoredAgain(t *testing.T) {
	w := start(t, simulate.Options{Seed: 9, History: 30})
	u := w.connect(1, "partner", 15*time.Minute)
	w.steps()
	before, err := w.store.Revision(t.Context(), "clinic", u.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(17 * time.Minute)
	w.steps()
	after, err := w.store.Revision(t.Context(), "clinic", u.ID)
	if c := w.connection(u); err != nil || before != after || !c.Synced.Equal(w.clock.Now()) || c.Types[0].Added != 0 || !c.Types[0].At.Equal(w.clock.Now()) {
		t.Errorf("revision %d, then %d; %+v", before, after, c)
	}
}

// History is fetched newest first, and goes on where it was.
func TestHistory(t *testing.T) {
	t.Run("all of it at once where nothing is counted", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 50})
		u := w.connect(1, "partner", time.Hour)
		w.steps()
		c := w.connection(u)
		if c.CoveredFrom != w.sim.Account(1).Diary.First() || c.Behind() {
			t.Fatalf("covered from %s, since %s", c.CoveredFrom, c.Since)
		}
		w.same("history", w.contents(w.store, u), w.truth(1, "partner", c.CoveredFrom))
	})
	t.Run("slice by slice within the budget", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 400})
		u := w.connect(1, "web", 12*time.Hour)
		since := w.sim.Today().AddDays(-109)
		if _, err := w.store.ChangeConnection(t.Context(), "clinic", u.ID, store.ConnectionChange{Since: &since}); err != nil {
			t.Fatal(err)
		}
		var from []record.Date
		for range 4 {
			w.steps()
			if c := w.connection(u); len(from) == 0 || c.CoveredFrom != from[len(from)-1] {
				from = append(from, c.CoveredFrom)
			}
			w.clock.add(12*time.Hour + time.Minute)
		}
		c := w.connection(u)
		if len(from) != 2 || c.Behind() || c.CoveredFrom != since || w.sim.Overruns() > 0 {
			t.Errorf("from %v, %d overruns, %+v", from, w.sim.Overruns(), c)
		}
		w.same("history", w.contents(w.store, u), w.truth(1, "web", c.CoveredFrom))
	})
	t.Run("paused and resumed", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 40})
		u := w.connect(1, "partner", time.Hour)
		paused, on := store.HistoryPaused, ""
		change := func(h *string) {
			if _, err := w.store.ChangeConnection(t.Context(), "clinic", u.ID, store.ConnectionChange{History: h, Now: true}); err != nil {
				t.Fatal(err)
			}
			w.steps()
		}
		change(&paused)
		if c := w.connection(u); !c.Behind() || c.CoveredTo != w.sim.Today() {
			t.Fatalf("paused: %+v", c)
		}
		if change(&on); w.connection(u).CoveredFrom != w.sim.Account(1).Diary.First() {
			t.Errorf("resumed: %+v", w.connection(u))
		}
	})
	t.Run("after a long pause the gap is fetched, and nothing else", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 20})
		u := w.connect(1, "partner", time.Hour)
		w.steps()
		halted, live := store.Halted, store.Live
		if _, err := w.store.ChangeConnection(t.Context(), "clinic", u.ID, store.ConnectionChange{State: &halted}); err != nil {
			t.Fatal(err)
		}
		w.clock.add(20 * 24 * time.Hour)
		w.steps()
		if c := w.connection(u); c.CoveredTo == w.sim.Today() {
			t.Fatal("it was fetched although it was paused")
		}
		before := w.requests
		if _, err := w.store.ChangeConnection(t.Context(), "clinic", u.ID, store.ConnectionChange{State: &live}); err != nil {
			t.Fatal(err)
		}
		w.steps()
		if n := w.requests - before; n != 2*3+1 { // 24 days are two slices of three calls; the targets come once
			t.Errorf("%d requests", n)
		}
		w.same("gap", w.contents(w.store, u), w.truth(1, "partner", w.connection(u).CoveredFrom))
	})
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		route  string
		faults simulate.Faults
		class  source.Class
		told   int // after how many failures
	}{
		"an error upstream passes by itself, and is told later": {"partner", simulate.Faults{Error: 1}, source.Down, 3},
		"a page in place of data":                               {"web", simulate.Faults{HTML: 1}, source.FormatChanged, 1},
		"a column with another name":                            {"web", simulate.Faults{Column: 1}, source.FormatChanged, 1},
		"a member with another name":                            {"partner", simulate.Faults{Column: 1}, source.FormatChanged, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, simulate.Options{Seed: 9, History: 20, Cap: -1})
			u := w.connect(1, c.route, time.Hour)
			w.steps()
			before := w.contents(w.store, u)
			if err := w.sim.SetFaults(c.faults); err != nil {
				t.Fatal(err)
			}
			w.sim.AddMeal(t.Context(), 1)
			var waits []time.Duration
			for n := 1; n <= 4; n++ {
				w.clock.add(w.connection(u).NextAt.Sub(w.clock.Now()))
				w.steps()
				got := w.connection(u)
				if got.Failures != n || got.Class != string(c.class) || got.Reason == "" || got.State != store.Live {
					t.Fatalf("failure %d: %+v", n, got)
				}
				if told := len(w.events("connection_error")); (told == 1) != (n >= c.told) || told > 1 {
					t.Errorf("after %d failures it was told %d times", n, told)
				}
				waits = append(waits, got.NextAt.Sub(got.Tried))
			}
			if c.route == "partner" && (waits[1] != 2*waits[0] || waits[2] != 2*waits[1]) {
				t.Errorf("it waits %v", waits)
			}
			w.same("nothing is stored in part", w.contents(w.store, u), before)
			if err := w.sim.SetFaults(simulate.Faults{}); err != nil {
				t.Fatal(err)
			}
			w.clock.add(25 * time.Hour)
			w.steps()
			if got := w.connection(u); got.Class != "" || got.Failures != 0 || got.CoveredTo != w.sim.Today() {
				t.Errorf("it did not recover: %+v", got)
			}
		})
	}
	t.Run("an access that was taken back ends it, told once", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 20})
		u := w.connect(1, "partner", time.Hour)
		w.steps()
		w.sim.Revoke(1)
		for range 3 {
			w.clock.add(2 * time.Hour)
			w.steps()
		}
		if c := w.connection(u); c.State != store.Ended || !c.NextAt.IsZero() || len(w.events("access_revoked")) != 1 || len(w.events("connection_error")) != 0 {
			t.Errorf("got %+v, %d events", c, len(w.events("access_revoked")))
		}
		w.again(u, 1, "partner", time.Hour)
		w.steps()
		if c := w.connection(u); c.State != store.Live || c.CoveredTo != w.sim.Today() || c.Class != "" {
			t.Errorf("connected again: %+v", c)
		}
	})
	t.Run("the log has classes and no secrets", func(t *testing.T) {
		w := start(t, simulate.Options{Seed: 9, History: 20, Faults: simulate.Faults{Error: 1}})
		w.connect(1, "web", time.Hour)
		w.steps()
		log, a := w.log.String(), w.sim.Account(1)
		if !strings.Contains(log, "class=upstream_down") || strings.Contains(log, a.Password) || strings.Contains(log, a.Username) {
			t.Errorf("the log: %s", log)
		}
	})
}

// Two processes over one store: whoever has the lease works, and nobody else.
func TestOneProcessWorksForAConnection(t *testing.T) {
	w := start(t, simulate.Options{Seed: 9, History: 20, People: 6})
	var users []store.User
	for n := range 6 {
		users = append(users, w.connect(n+1, "partner", time.Hour))
	}
	other := w.process("two", w.open(w.path))
	before := w.requests
	ended := make(chan error, 1)
	go func() {
		_, err := other.Step(t.Context())
		ended <- err
	}()
	w.steps()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	w.steps()
	// Each asks for two slices, the targets and since when there is something.
	if n := w.requests - before; n != 6*(3+1+1+3) {
		t.Errorf("%d requests", n)
	}
	for n, u := range users {
		c := w.connection(u)
		w.same(u.Reference, w.contents(w.store, u), w.truth(n+1, "partner", c.CoveredFrom))
	}
}
