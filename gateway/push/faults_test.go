package push_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// script answers attempts in its order, and the last for ever.
type script struct {
	mu      sync.Mutex
	answers []push.Answer
	ids     []string
}

func (s *script) Send(_ context.Context, _, _ string, h http.Header, _ []byte) push.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.answers[min(len(s.ids), len(s.answers)-1)]
	s.ids = append(s.ids, h.Get("Webhook-Id"))
	return a
}

// then answers everything from now on.
func (s *script) then(a push.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = []push.Answer{a}
}

func (s *script) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ids)
}

// quickly is an address that a script answers for.
const quickly = "https://example.org/"

// attempted is how many attempts there have been for the first delivery.
func (w *world) attempted() int { return w.deliveries()[0].Attempts }

func TestTheScheduleIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(w.Store, s)
	w.announce(1)
	eventually(t, "the first attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	for n, wait := range store.DefaultSchedule()[1:] {
		d := w.deliveries()[0]
		got := d.NextAt.Sub(w.clock.now())
		if got < wait*8/10-time.Millisecond || got > wait*12/10+time.Millisecond {
			t.Errorf("attempt %d comes after %v, want %v and a fifth more or less", n+2, got, wait)
		}
		w.clock.forward(got - time.Second)
		quiet()
		if w.attempted() != n+1 {
			t.Fatalf("attempt %d came too early", n+2)
		}
		w.clock.forward(2 * time.Second)
		eventually(t, "the next attempt", func() bool { return w.attempted() == n+2 })
	}
	d := w.deliveries()[0]
	if d.State != store.Dead || d.Class != "status_5xx" || d.Attempts != 10 {
		t.Errorf("got %+v", d)
	}
	attempts, err := w.Attempts(t.Context(), "clinic", d.ID)
	if err != nil || len(attempts) != 10 || attempts[9].N != 10 || attempts[9].Status != 500 {
		t.Errorf("got %+v, %v", attempts, err)
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for name, tt := range map[string]struct {
		answer push.Answer
		state  string
		class  string
		wait   time.Duration // at least, until the next attempt
	}{
		"204 is success":                          {push.Answer{Status: 204}, store.Delivered, "", 0},
		"a redirect is a failure":                 {push.Answer{Status: 302}, store.Waiting, "redirect", 4 * time.Second},
		"404 is tried again":                      {push.Answer{Status: 404}, store.Waiting, "status_4xx", 4 * time.Second},
		"500 is tried again":                      {push.Answer{Status: 500}, store.Waiting, "status_5xx", 4 * time.Second},
		"503 throttles":                           {push.Answer{Status: 503}, store.Waiting, "throttled", 4 * time.Second},
		"Retry-After is kept to":                  {push.Answer{Status: 429, RetryAfter: time.Hour}, store.Waiting, "throttled", time.Hour},
		"Retry-After is at most the longest step": {push.Answer{Status: 429, RetryAfter: 1000 * time.Hour}, store.Waiting, "throttled", 24 * time.Hour},
		"a time limit is a failure":               {push.Answer{Class: "timeout"}, store.Waiting, "timeout", 4 * time.Second},
		"an error of DNS is tried again":          {push.Answer{Class: "dns"}, store.Waiting, "dns", 4 * time.Second},
		"410 holds":                               {push.Answer{Status: 410}, store.Held, "gone", 0},
		"413 with one object is tried again":      {push.Answer{Status: 413}, store.Waiting, "too_large", 4 * time.Second},
		"what the guard refuses is held":          {push.Answer{Class: push.Refused}, store.Held, "refused", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := &script{answers: []push.Answer{tt.answer}}
			w.endpoint(store.Endpoint{URL: quickly})
			w.runWith(w.Store, s)
			w.announce(1)
			eventually(t, "an attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
			d := w.deliveries()[0]
			if d.State != tt.state || d.Class != tt.class {
				t.Errorf("got %s, %s", d.State, d.Class)
			}
			if wait := d.NextAt.Sub(w.clock.now()); tt.wait > 0 && (wait < tt.wait || wait > max(2*tt.wait, 24*time.Hour)) {
				t.Errorf("the next attempt is after %v", wait)
			}
		})
	}
}

func aNameThatResolvesOnTheThirdTry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Class: "dns"}, {Class: "dns"}, {Status: 200}}}
	w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(w.Store, s)
	w.announce(1)
	for n := range 3 {
		eventually(t, "an attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == n+1 })
		w.clock.forward(10 * time.Minute)
	}
	if ids := s.sent(); w.states()[store.Delivered] != 1 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("got %v, %v", w.states(), ids)
	}
}

func TestAThrottledEndpointIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 429, RetryAfter: time.Minute}, {Status: 200}}}
	w.endpoint(store.Endpoint{URL: quickly, Concurrency: 1})
	w.runWith(w.Store, s)
	w.announce(5)
	eventually(t, "the first attempt", func() bool { return len(s.sent()) == 1 })
	quiet()
	if n := len(s.sent()); n != 1 {
		t.Errorf("%d requests while it wants to be left alone", n)
	}
	w.clock.forward(2 * time.Minute)
	eventually(t, "all of them", func() bool { return w.states()[store.Delivered] == 5 })
}

func refusedByTheGuardIsOneAttemptAndHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Class: push.Refused}}}
	e, _ := w.endpoint(store.Endpoint{URL: quickly, Concurrency: 1})
	w.runWith(w.Store, s)
	w.announce(3)
	eventually(t, "all to be held", func() bool { return w.states()[store.Held] == 3 })
	w.clock.forward(100 * time.Hour)
	quiet()
	if ids := s.sent(); len(ids) != 3 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 3 {
		t.Errorf("not one attempt each: %v", ids)
	}
	if e, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || e.State != store.Enabled || e.Reason == "" {
		t.Errorf("the endpoint does not say so: %+v, %v", e, err)
	}
	s.then(push.Answer{Status: 200})
	if n := w.replay(store.ReplayQuery{Endpoint: e.ID}); n != 3 {
		t.Errorf("%d were replayed", n)
	}
	eventually(t, "all are delivered", func() bool { return w.states()[store.Delivered] == 3 })
	if e, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || e.Reason != "" {
		t.Errorf("after a success it still says: %q, %v", e.Reason, err)
	}
}

// What made an address unfit later, such as a change of the rules, is no fault
// of a single delivery either.
func TestABadURLIsOneAttemptAndHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, _ := w.endpoint(store.Endpoint{URL: "https://anna:secret@example.org/"})
	w.run(w.Store)
	w.announce(1)
	eventually(t, "it to be held", func() bool { return w.states()[store.Held] == 1 })
	w.clock.forward(100 * time.Hour)
	quiet()
	if d := w.deliveries()[0]; d.Attempts != 1 || d.Class != push.Refused {
		t.Errorf("got %+v", d)
	}
	if e, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || e.Reason == "" {
		t.Errorf("the endpoint does not say so: %+v, %v", e, err)
	}
}

func TestGoneDisablesAndHoldsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, status(http.StatusGone))
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Concurrency: 1})
	w.run(w.Store)
	w.announce(20)
	eventually(t, "all to be held", func() bool { return w.states()[store.Held] == 20 })
	sent := to.count()
	if got, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || got.State != store.Disabled {
		t.Errorf("got %+v, %v", got, err)
	}
	w.announce(3)
	quiet()
	if to.count() != sent || sent != 1 {
		t.Errorf("%d requests, and %d after it was disabled", sent, to.count()-sent)
	}
	if _, err := w.Replay(t.Context(), store.ReplayQuery{Tenant: "clinic", Endpoint: e.ID}); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a replay to a disabled endpoint: %v", err)
	}
}

// outage lets an endpoint fail from the first announcement on, with another
// every six hours.
func (w *world) outage(until time.Duration, done func() int) {
	w.Helper()
	for passed := time.Duration(0); passed < until; passed += 6 * time.Hour {
		before := done()
		w.announce(1)
		eventually(w.TB, "another attempt", func() bool { return done() > before })
		eventually(w.TB, "it to be known", func() bool {
			for _, d := range w.deliveries() {
				if d.State == store.Waiting && d.Attempts == 0 {
					return false
				}
			}
			return true
		})
		w.clock.forward(6 * time.Hour)
	}
}

func afterTheLimitNoRequestLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	e, _ := w.endpoint(store.Endpoint{URL: quickly, Schedule: []time.Duration{0}})
	w.runWith(w.Store, s)
	requests := func() int { return len(s.sent()) }
	state := func() store.Endpoint {
		got, err := w.Endpoint(t.Context(), "clinic", e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	w.outage(5*24*time.Hour, requests)
	if got := state(); got.State != store.Enabled || got.FailingSince.IsZero() {
		t.Fatalf("before the limit: %+v", got)
	}
	w.outage(18*time.Hour, requests) // the clock started twelve hours after the first
	eventually(t, "it is disabled", func() bool { return state().State == store.Disabled })
	if got := state(); !strings.Contains(got.Reason, "5 days") {
		t.Errorf("it says %q", got.Reason)
	}
	quiet()
	sent := requests()
	for range 5 {
		w.announce(3)
		w.clock.forward(24 * time.Hour)
		quiet()
	}
	if n := requests(); n != sent {
		t.Errorf("%d requests after the limit", n-sent)
	}
	if n := w.states()[store.Held]; n != 15 {
		t.Errorf("%d are held, want 15", n)
	}
	t.Run("enabling begins anew", func(t *testing.T) {
		w.set(state(), store.Enabled)
		s.then(push.Answer{Status: 500})
		w.announce(1)
		eventually(t, "a request", func() bool { return requests() > sent })
		quiet()
		if got := state(); got.State != store.Enabled || !got.FailingSince.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
}

func TestASuccessStopsTheClockThatDisables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	e, _ := w.endpoint(store.Endpoint{URL: quickly, Schedule: []time.Duration{0}})
	w.runWith(w.Store, s)
	requests := func() int { return len(s.sent()) }
	w.outage(4*24*time.Hour, requests)
	s.then(push.Answer{Status: 200})
	w.outage(6*time.Hour, requests)
	if got, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || !got.FailingSince.IsZero() {
		t.Errorf("the clock runs on: %+v, %v", got, err)
	}
	s.then(push.Answer{Status: 500})
	w.outage(4*24*time.Hour, requests)
	if got, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || got.State != store.Enabled || got.FailingSince.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
}

func eventsForADisabledEndpointAreNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.set(e, store.Disabled)
	w.announce(100)
	eventually(t, "100 to be held", func() bool { return w.states()[store.Held] == 100 })
	w.set(e, store.Enabled)
	quiet()
	if to.count() != 0 {
		t.Errorf("%d were sent that nobody asked for", to.count())
	}
	if n := w.replay(store.ReplayQuery{Endpoint: e.ID}); n != 100 {
		t.Errorf("%d were replayed", n)
	}
	eventually(t, "100 to arrive", func() bool { return to.count() == 100 && w.states()[store.Delivered] == 100 })
}

func TestWhatAPausedEndpointMissesItGetsOnceItIsEnabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.set(e, store.Paused)
	w.announce(10)
	eventually(t, "10 to be held", func() bool { return w.states()[store.Held] == 10 })
	w.set(e, store.Enabled)
	eventually(t, "10 to arrive", func() bool { return to.count() == 10 })
}

func aReplayTakesThePlaceOfAWaitingRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(w.Store, s)
	w.announce(1)
	eventually(t, "the first attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	w.clock.forward(3 * time.Second)
	if n := w.replay(store.ReplayQuery{ID: w.deliveries()[0].ID}); n != 1 {
		t.Errorf("%d were replayed", n)
	}
	eventually(t, "the second attempt", func() bool { return w.attempted() == 2 })
	d := w.deliveries()[0]
	if wait := d.NextAt.Sub(w.clock.now()); wait < 4*time.Minute {
		t.Errorf("the schedule does not go on: the next attempt is after %v", wait)
	}
	w.clock.forward(5 * time.Second) // when the retry would have been
	quiet()
	if n := len(s.sent()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func twoClicksAreOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 200}}}
	w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(w.Store, s)
	w.announce(1)
	eventually(t, "it is delivered", func() bool { return w.states()[store.Delivered] == 1 })
	w.clock.forward(time.Minute)
	id := w.deliveries()[0].ID
	first := w.replay(store.ReplayQuery{ID: id})
	second := w.replay(store.ReplayQuery{ID: id})
	eventually(t, "it is delivered again", func() bool { return w.attempted() == 2 })
	third := w.replay(store.ReplayQuery{ID: id})
	quiet()
	if n := len(s.sent()); n != 2 || first != 1 || second != 0 || third != 0 {
		t.Errorf("%d requests; replayed %d, %d, %d", n, first, second, third)
	}
}

func TestAReplayWithANewIDIsACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	var mended atomic.Bool
	to.answer = func(n int, rw http.ResponseWriter, _ *http.Request) {
		if !mended.Load() && strings.Contains(string(to.all()[n-1].body), `"2"`) {
			rw.WriteHeader(http.StatusInternalServerError)
		}
	}
	w.endpoint(store.Endpoint{URL: to.URL, Schedule: []time.Duration{0}, Concurrency: 1})
	w.run(w.Store)
	w.announce(2)
	eventually(t, "one is delivered, one dead", func() bool { return w.states()[store.Delivered] == 1 && w.states()[store.Dead] == 1 })
	mended.Store(true)
	w.clock.forward(time.Minute)
	for _, d := range w.deliveries() {
		if first, second := w.replay(store.ReplayQuery{ID: d.ID, NewID: true}), w.replay(store.ReplayQuery{ID: d.ID, NewID: true}); first != 1 || second != 0 {
			t.Errorf("two clicks on what is %s gave %d and %d", d.State, first, second)
		}
	}
	eventually(t, "the copies", func() bool { return w.states()[store.Delivered] == 3 })
	w.clock.forward(time.Minute)
	if n := w.replay(store.ReplayQuery{State: store.Dead}); n != 0 {
		t.Errorf("%d that have copies were replayed", n)
	}
	got := to.all()
	if len(got) != 4 {
		t.Fatalf("%d requests", len(got))
	}
	for i := range 2 {
		first, again := got[i], got[i+2]
		if string(first.body) != string(again.body) || first.header.Get("Webhook-Id") == again.header.Get("Webhook-Id") ||
			again.header.Get("X-Terra-Trace-Id") != again.header.Get("Webhook-Id") ||
			first.header.Get("X-Terra-Ordering-Timestamp") != again.header.Get("X-Terra-Ordering-Timestamp") {
			t.Errorf("%v, and again %v", first.header, again.header)
		}
	}
}

func TestReplayIsByUserTimeAndState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	w.endpoint(store.Endpoint{URL: quickly, Schedule: []time.Duration{0}})
	w.runWith(w.Store, s)
	w.announce(2)
	eventually(t, "two are dead", func() bool { return w.states()[store.Dead] == 2 })
	w.clock.forward(time.Hour)
	later := w.clock.now()
	anna := w.user
	w.user = w.person("clinic", "ben")
	w.announce(1)
	eventually(t, "three are dead", func() bool { return w.states()[store.Dead] == 3 })
	w.clock.forward(time.Hour)
	for name, c := range map[string]struct {
		q    store.ReplayQuery
		want int
	}{
		"another tenant's": {store.ReplayQuery{Tenant: "other"}, 0},
		"what is held":     {store.ReplayQuery{Tenant: "clinic", State: store.Held}, 0},
		"since then":       {store.ReplayQuery{Tenant: "clinic", From: later}, 1},
		"before":           {store.ReplayQuery{Tenant: "clinic", To: later, User: anna.ID}, 2},
	} {
		if n, err := w.Replay(t.Context(), c.q); err != nil || n != c.want {
			t.Errorf("%s: %d were replayed, %v", name, n, err)
		}
		eventually(t, "all are dead again", func() bool { return w.states()[store.Dead] == 3 })
		w.clock.forward(time.Minute)
	}
}

func tooLargeIsSplitOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	to.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if e := to.all()[n-1].envelope(t); len(e.Data) > 1 || len(e.Entry) > 2 { // a Patient, and one more
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	for _, format := range []string{"terra", "fhir"} {
		w.endpoint(store.Endpoint{URL: to.URL, Format: format, Types: []string{"nutrition"}})
	}
	im, err := w.Begin(t.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := eaten(t.Context(), im, record.Date("2026-02-0"+strconv.Itoa(i+1)), []string{"Apple"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	w.run(w.Store)
	eventually(t, "the parts", func() bool { return w.states()[store.Delivered] == 6 && w.states()[store.Dead] == 2 })
	for _, d := range w.deliveries() {
		if d.State == store.Dead && d.Class != "split" {
			t.Errorf("got %+v", d)
		}
	}
	w.clock.forward(time.Hour)
	if n := w.replay(store.ReplayQuery{State: store.Dead}); n != 0 {
		t.Errorf("what was split was replayed: %d", n)
	}
}

func TestTheOrderOfAUsersDeliveriesIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blocked := w.user.ID
	var mu sync.Mutex
	seen := map[string][]string{}
	fails := true
	to := newReceiver(t, nil)
	to.answer = func(n int, rw http.ResponseWriter, _ *http.Request) {
		e := to.all()[n-1].envelope(t)
		mu.Lock()
		defer mu.Unlock()
		if fails && e.User.ID == blocked {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		seen[e.User.ID] = append(seen[e.User.ID], e.Message)
	}
	w.endpoint(store.Endpoint{URL: to.URL, Ordered: true})
	w.run(w.Store)
	w.announce(20)
	anna := w.user
	w.user = w.person("clinic", "ben")
	w.announce(20)
	eventually(t, "the other user's", func() bool { return w.states()[store.Delivered] == 20 })
	mu.Lock()
	if len(seen[anna.ID]) != 0 || to.count() != 21 {
		t.Errorf("%d came past one that had failed; %d requests", len(seen[anna.ID]), to.count())
	}
	fails = false
	mu.Unlock()
	w.clock.forward(time.Minute)
	eventually(t, "all", func() bool { return w.states()[store.Delivered] == 40 })
	for _, user := range []string{anna.ID, w.user.ID} {
		if len(seen[user]) != 20 || !grows(seen[user]) {
			t.Errorf("out of order: %v", seen[user])
		}
	}
}

func TestConcurrencyAndRateAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	running, most := 0, 0
	three := make(chan struct{}) // are under way
	to := newReceiver(t, func(int, http.ResponseWriter, *http.Request) {
		mu.Lock()
		running++
		if most = max(most, running); running == 3 {
			select {
			case <-three:
			default:
				close(three)
			}
		}
		mu.Unlock()
		<-three
		time.Sleep(5 * time.Millisecond) // a fourth would come now
		mu.Lock()
		running--
		mu.Unlock()
	})
	w.endpoint(store.Endpoint{URL: to.URL, Concurrency: 3})
	slow := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: slow.URL, Rate: 1})
	w.run(w.Store)
	w.announce(60)
	eventually(t, "all to one endpoint", func() bool { return to.count() == 60 })
	mu.Lock()
	if most != 3 {
		t.Errorf("%d requests at one time", most)
	}
	mu.Unlock()
	for n := 1; n < 4; n++ { // the test's clock stands still but for these steps
		eventually(t, "another to the slow one", func() bool { return slow.count() == n })
		quiet()
		if slow.count() != n {
			t.Fatalf("%d in %d seconds", slow.count(), n)
		}
		w.clock.forward(time.Second)
	}
}

func TestASlowEndpointDoesNotSlowTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	over := make(chan struct{})
	hangs := newReceiver(t, func(int, http.ResponseWriter, *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	quick := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: hangs.URL, Concurrency: 1})
	w.endpoint(store.Endpoint{URL: quick.URL})
	w.run(w.Store)
	w.announce(50)
	// To the other one they would take its time limit each, one after another.
	eventually(t, "all to the quick one", func() bool { return quick.count() == 50 })
}

func oneTenantsEventsReachNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, theirs := newReceiver(t, nil), newReceiver(t, nil)
	w.person("other", "carl")
	w.endpoint(store.Endpoint{URL: mine.URL})
	w.endpoint(store.Endpoint{Tenant: "other", URL: theirs.URL})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	w.announce(3)
	eventually(t, "all", func() bool { return mine.count() == 4 })
	quiet()
	if theirs.count() != 0 {
		t.Errorf("another tenant got %d", theirs.count())
	}
	d := w.deliveries()[0]
	if _, err := w.Attempts(t.Context(), "other", d.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another tenant sees the attempts: %v", err)
	}
	if _, err := w.Replay(t.Context(), store.ReplayQuery{Tenant: "other", ID: d.ID}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another tenant replays: %v", err)
	}
}

func TestOfTwoProcessesOneSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	stop := w.run(w.Store)
	w.announce(1)
	eventually(t, "the first", func() bool { return to.count() == 1 })
	w.run(w.open())
	w.announce(50)
	eventually(t, "all", func() bool { return w.states()[store.Delivered] == 51 })
	quiet()
	if to.count() != 51 {
		t.Errorf("%d requests for 51 deliveries", to.count())
	}
	stop()
	w.announce(50)
	eventually(t, "the other takes over", func() bool { return w.states()[store.Delivered] == 101 })
	if to.count() != 101 {
		t.Errorf("%d requests for 101 deliveries", to.count())
	}
}

func TestWhatAnotherProcessImportsIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.Store = w.open() // a second view, which wakes nobody
	w.eat("2026-02-01", "Apple")
	eventually(t, "the delivery", func() bool { return to.count() == 1 })
}

func TestWhatWasDeliveredIsKeptForTwoWeeks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 200}, {Status: 410}}}
	w.endpoint(store.Endpoint{URL: quickly, Concurrency: 1})
	stop := w.runWith(w.Store, s)
	w.announce(3)
	eventually(t, "one is delivered, two are held", func() bool { return w.states()[store.Delivered] == 1 && w.states()[store.Held] == 2 })
	stop()
	w.clock.forward(13 * 24 * time.Hour)
	stop = w.runWith(w.Store, s)
	quiet()
	if n := w.states()[store.Delivered]; n != 1 {
		t.Errorf("%d after thirteen days", n)
	}
	stop()
	w.clock.forward(2 * 24 * time.Hour)
	w.runWith(w.Store, s)
	eventually(t, "it is gone after two weeks", func() bool { return w.states()[store.Delivered] == 0 })
	if n := w.states()[store.Held]; n != 2 {
		t.Errorf("%d are held, want 2", n)
	}
}

func TestWhatIsHeldIsKeptForItsTimeAndWhatWaitsForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 500}}}
	dead, _ := w.endpoint(store.Endpoint{URL: quickly, Schedule: []time.Duration{0}})
	paused, _ := w.endpoint(store.Endpoint{URL: quickly})
	off, _ := w.endpoint(store.Endpoint{URL: quickly})
	w.set(paused, store.Paused)
	w.set(off, store.Disabled)
	stop := w.runWith(w.Store, s)
	w.announce(2)
	eventually(t, "each endpoint has two", func() bool { return w.states()[store.Dead] == 2 && w.states()[store.Held] == 4 })
	stop()
	w.clock.forward(store.KeepHeld - time.Minute)
	stop = w.runWith(w.Store, s)
	quiet()
	if n := len(w.deliveries()); n != 6 {
		t.Errorf("%d are left before their time", n)
	}
	stop()
	w.clock.forward(2 * time.Minute)
	w.runWith(w.Store, s)
	eventually(t, "what is held or dead is gone", func() bool { return len(w.deliveries()) == 2 })
	for _, d := range w.deliveries() {
		if d.Endpoint != paused.ID {
			t.Errorf("%s is left of %s; the dead were of %s", d.ID, d.Endpoint, dead.ID)
		}
	}
	s.then(push.Answer{Status: 200})
	w.set(paused, store.Enabled)
	eventually(t, "what waited is delivered after all", func() bool { return w.states()[store.Delivered] == 2 })
}

func TestStoppingWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	began, goOn := make(chan struct{}), make(chan struct{})
	to := newReceiver(t, func(int, http.ResponseWriter, *http.Request) {
		close(began)
		<-goOn
	})
	w.endpoint(store.Endpoint{URL: to.URL})
	stop := w.run(w.Store)
	w.announce(1)
	<-began
	time.AfterFunc(50*time.Millisecond, func() { close(goOn) })
	stop()
	if w.states()[store.Delivered] != 1 {
		t.Errorf("got %v", w.states())
	}
}

// busy is a store that cannot write for a while.
type busy struct {
	push.Store
	mu   sync.Mutex
	fail int
}

func (b *busy) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.fail, 0)
}

func (b *busy) Settle(ctx context.Context, o []store.Outcome) error {
	b.mu.Lock()
	b.fail--
	failing := b.fail >= 0
	b.mu.Unlock()
	if failing {
		return fault.New(fault.Unavailable, "the store cannot write now")
	}
	return b.Store.Settle(ctx, o)
}

func deliveriesResumeWhenTheStoreCanWriteAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(&busy{Store: w.Store, fail: 7})
	w.announce(3)
	eventually(t, "all are known to be delivered", func() bool { return w.states()[store.Delivered] == 3 })
	ids := map[string]bool{}
	for _, r := range to.all() {
		ids[r.header.Get("Webhook-Id")] = true
	}
	if len(ids) != 3 {
		t.Errorf("%d ids for 3 deliveries", len(ids))
	}
}

func TestEnablingSendsTheNewestOfEachDay(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"terra", "fhir"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			to := newReceiver(t, nil)
			e, _ := w.endpoint(store.Endpoint{URL: to.URL, Format: format, Types: []string{"nutrition", "processing"}})
			w.run(w.Store)
			w.set(e, store.Disabled)
			w.eat("2026-02-02", "Bread")
			w.announce(1)
			eventually(t, "two to be held", func() bool { return w.states()[store.Held] == 2 })
			for i, foods := range [][]string{{"Apple"}, {"Apple", "Bread"}, {"Apple", "Bread", "Cheese"}} {
				w.eat("2026-02-01", foods...)
				eventually(t, "another to be held", func() bool { return w.states()[store.Held] == 3+i })
			}
			w.set(e, store.Enabled)
			if n, err := w.Supersede(t.Context(), "clinic", e.ID); err != nil || n != 2 {
				t.Fatalf("%d were given up, %v", n, err)
			}
			if n := w.replay(store.ReplayQuery{Endpoint: e.ID}); n != 3 {
				t.Errorf("%d were sent", n)
			}
			eventually(t, "all three", func() bool { return w.states()[store.Delivered] == 3 })
			all := ""
			for _, r := range to.all() {
				all += string(r.body)
			}
			if !strings.Contains(all, "Cheese") || strings.Count(all, "Apple") != strings.Count(all, "Cheese") {
				t.Error("an older state of the day was sent")
			}
		})
	}
}
