package push_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// TestStories has what went wrong elsewhere, each under the name of what must
// come true here. Those about the one request are in the package webhook, the
// one about connecting again in serve, the one about receivers in conformance.
func TestStories(t *testing.T) {
	for name, story := range map[string]func(*testing.T){
		"the database is locked: deliveries resume without a restart":                        aLockedDatabase,
		"the store cannot write for a while: deliveries resume, and no id is new":            deliveriesResumeWhenTheStoreCanWriteAgain,
		"kill -9 between record and delivery: none is lost, each has one id":                 killedDuringDeliveryNothingIsLost,
		"two tenants, one event: exactly one receives it":                                    oneTenantsEventsReachNobodyElse,
		"disable, emit 100, enable, replay: 100 arrive":                                      eventsForADisabledEndpointAreNotLost,
		"auto-disable that does not disable: after the limit no request leaves":              afterTheLimitNoRequestLeaves,
		"the name resolves on the third try: delivered":                                      aNameThatResolvesOnTheThirdTry,
		"the first attempt fails at once: the retry arrives":                                 theFirstAttemptFailsAtOnce,
		"replay during a pending retry: one request, the schedule goes on":                   aReplayTakesThePlaceOfAWaitingRetry,
		"two clicks: one request":                                                            twoClicksAreOneRequest,
		"an endless answer: delivered":                                                       anEndlessAnswer,
		"key order: the bytes are equal at emission, retry and replay":                       theBytesAreEqual,
		"an error while building the request: the attempt is logged and retried":             anErrorWhileBuildingTheRequest,
		"refused by the guard: one attempt, state held":                                      refusedByTheGuardIsOneAttemptAndHeld,
		"a retry comes after newer data: the receiver's rule keeps the newer":                aRetryAfterNewerData,
		"a retry comes after newer data: with strict order it never does":                    aRetryNeverAfterNewerData,
		"links that expire before the worker reads them: our messages have no links to data": noLinks,
		"413: smaller parts arrive":                                                          tooLargeIsSplitOnce,
		"a year's backfill keeps the endpoint's rate, and live events overtake history":      liveOvertakesHistory,
	} {
		t.Run(name, story)
	}
}

func aLockedDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	locked := make(chan struct{})
	to := newReceiver(t, func(int, http.ResponseWriter, *http.Request) { <-locked })
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.announce(3)
	eventually(t, "three requests", func() bool { return to.count() == 3 })
	im, err := w.open().Begin(t.Context(), w.user.Tenant, w.user.ID) // another process writes
	if err != nil {
		t.Fatal(err)
	}
	close(locked)
	quiet()
	if n := w.states()[store.Delivered]; n != 0 {
		t.Errorf("%d are known to be delivered although nobody can write", n)
	}
	im.Rollback()
	eventually(t, "all are known to be delivered", func() bool { return w.states()[store.Delivered] == 3 })
	w.announce(1)
	eventually(t, "what comes later", func() bool { return w.states()[store.Delivered] == 4 })
}

func theFirstAttemptFailsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Class: "connection"}, {Status: 200}}}
	w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(w.Store, s)
	w.announce(1)
	eventually(t, "the first attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	w.clock.forward(10 * time.Second)
	eventually(t, "the retry", func() bool { return w.states()[store.Delivered] == 1 })
	if ids := s.sent(); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("got %v", ids)
	}
}

func anEndlessAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<16)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.announce(1)
	eventually(t, "it is delivered", func() bool { return w.states()[store.Delivered] == 1 })
}

func theBytesAreEqual(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	w.endpoint(store.Endpoint{URL: to.URL, Types: []string{"nutrition"}})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple", "Bread")
	eventually(t, "the first attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	w.clock.forward(10 * time.Second)
	eventually(t, "the retry", func() bool { return w.states()[store.Delivered] == 1 })
	w.clock.forward(time.Minute)
	w.replay(store.ReplayQuery{ID: w.deliveries()[0].ID})
	eventually(t, "the replay", func() bool { return to.count() == 3 })
	all := to.all()
	if !bytes.Equal(all[0].body, all[1].body) || !bytes.Equal(all[0].body, all[2].body) {
		t.Error("they are not")
	}
	if size := w.deliveries()[0].Size; size != len(all[0].body) {
		t.Errorf("%d bytes were stored, %d came", size, len(all[0].body))
	}
}

// keyless is a store that cannot open secrets for a while.
type keyless struct {
	push.Store
	mu   sync.Mutex
	fail int
}

func (k *keyless) Secrets(ctx context.Context, tenant, endpoint string) ([]string, error) {
	k.mu.Lock()
	k.fail--
	failing := k.fail >= 0
	k.mu.Unlock()
	if failing {
		return nil, errors.New("the key file cannot be read")
	}
	return k.Store.Secrets(ctx, tenant, endpoint)
}

func anErrorWhileBuildingTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &script{answers: []push.Answer{{Status: 200}}}
	e, _ := w.endpoint(store.Endpoint{URL: quickly})
	w.runWith(&keyless{Store: w.Store, fail: 1}, s)
	w.announce(1)
	eventually(t, "an attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	d := w.deliveries()[0]
	attempts, err := w.Attempts(t.Context(), "clinic", d.ID)
	if err != nil || len(attempts) != 1 || attempts[0].Class != "unsigned" || d.State != store.Waiting || len(s.sent()) != 0 {
		t.Errorf("%+v, %+v, %d requests, %v", d, attempts, len(s.sent()), err)
	}
	w.clock.forward(10 * time.Second)
	eventually(t, "it is delivered", func() bool { return w.states()[store.Delivered] == 1 })
	if got, err := w.Endpoint(t.Context(), "clinic", e.ID); err != nil || !got.FailingSince.IsZero() {
		t.Errorf("the receiver is blamed: %+v, %v", got, err)
	}
}

// latest keeps a day as a receiver should: nothing older overwrites what is newer.
func latest(all []received) (kept string, order []string) {
	var newest string
	for _, r := range all {
		food := "Apple"
		if bytes.Contains(r.body, []byte("Bread")) {
			food = "Bread"
		}
		order = append(order, food)
		if at := r.header.Get("X-Terra-Ordering-Timestamp"); at >= newest {
			newest, kept = at, food
		}
	}
	return kept, order
}

// corrected is a day that is sent, refused, and corrected before it is sent again.
func corrected(t *testing.T, ordered bool, want []string) string {
	w := newWorld(t)
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	w.endpoint(store.Endpoint{URL: to.URL, Types: []string{"nutrition"}, Ordered: ordered})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	eventually(t, "the first attempt", func() bool { return len(w.deliveries()) == 1 && w.attempted() == 1 })
	w.clock.forward(time.Second)
	w.eat("2026-02-01", "Bread")
	eventually(t, "the second version is there", func() bool { return len(w.deliveries()) == 2 })
	if !ordered {
		eventually(t, "and sent", func() bool { return w.states()[store.Delivered] == 1 })
	}
	w.clock.forward(10 * time.Second)
	eventually(t, "both are delivered", func() bool { return w.states()[store.Delivered] == 2 })
	kept, order := latest(to.all())
	if !slices.Equal(order, want) {
		t.Errorf("they came as %v, want %v", order, want)
	}
	return kept
}

func aRetryAfterNewerData(t *testing.T) {
	t.Parallel()
	if kept := corrected(t, false, []string{"Apple", "Bread", "Apple"}); kept != "Bread" {
		t.Errorf("the receiver has %s", kept)
	}
}

func aRetryNeverAfterNewerData(t *testing.T) {
	t.Parallel()
	if kept := corrected(t, true, []string{"Apple", "Apple", "Bread"}); kept != "Bread" {
		t.Errorf("the receiver has %s", kept)
	}
}

func noLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.endpoint(store.Endpoint{URL: to.URL, Payload: "thin"})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	w.announce(1)
	eventually(t, "all deliveries", func() bool { return to.count() == 4 })
	for _, r := range to.all() {
		if bytes.Contains(r.body, []byte("://")) {
			t.Errorf("a link in %s", r.body)
		}
	}
}

// A rate of one a second makes the order visible.
func liveOvertakesHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Rate: 1})
	w.run(w.Store)
	im, err := w.Begin(t.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		t.Fatal(err)
	}
	for day := record.Date("2020-01-01"); day < "2021-01-01"; day = day.AddDays(1) {
		if err := eaten(t.Context(), im, day, []string{"Apple"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a year waits", func() bool { return len(w.deliveries()) == 37 })
	w.set(e, store.Paused)
	eventually(t, "one request in the first second", func() bool { return w.states()[store.Delivered] == 1 })
	w.eat(record.DateOf(w.clock.now()), "Bread")
	w.announce(1)
	eventually(t, "what is new waits too", func() bool { return len(w.deliveries()) == 39 })
	w.set(e, store.Enabled)
	for n := 1; n < 5; n++ {
		quiet()
		if to.count() != n {
			t.Fatalf("%d requests in %d seconds", to.count(), n)
		}
		w.clock.forward(time.Second)
		eventually(t, "another request", func() bool { return to.count() == n+1 })
	}
	var came []string
	for _, r := range to.all()[1:] {
		what := r.envelope(t).Type
		if strings.Contains(string(r.body), "Bread") {
			what = "today"
		}
		came = append(came, what)
	}
	slices.Sort(came[:2]) // which of the two is first does not matter
	if want := []string{"processing", "today", "nutrition", "nutrition"}; !slices.Equal(came, want) {
		t.Errorf("they came as %v, want %v", came, want)
	}
}
