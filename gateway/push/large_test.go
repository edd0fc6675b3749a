package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// slowReader is a store from which nobody reads days until they are let, or
// only after some failures.
type slowReader struct {
	push.Store
	may      chan struct{}
	failures int // left, if any
}

func (s *slowReader) Days(ctx context.Context, tenant, user string, kinds []record.Kind, from, to record.Date) ([]store.DayRevision, error) {
	select {
	case <-s.may:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.failures > 0 {
		s.failures--
		return nil, errors.New("the disk is slow")
	}
	return s.Store.Days(ctx, tenant, user, kinds, from, to)
}

// ask asks for two months, of which the person has the first n days.
func (w *world) ask(n int, e store.Endpoint) {
	w.Helper()
	for day := record.Date("2026-01-01"); n > 0; day, n = day.AddDays(1), n-1 {
		w.eat(day, "Apple")
	}
	w.endpoint(e)
	err := w.AppendEvent(w.Context(), store.Event{
		Tenant: "clinic", User: w.user.ID, Type: "request", Reference: "asked",
		Detail: json.RawMessage(`{"type":"nutrition","from":"2026-01-01","to":"2026-02-28"}`),
	})
	if err != nil {
		w.Fatal(err)
	}
}

// payloads returns the numbers in the announcements, in the order of their making.
func (w *world) payloads(to *receiver) (all []int) {
	w.Helper()
	byID := map[string]int{}
	for _, r := range to.all() {
		if e := r.envelope(w.TB); e.Type == "large_request_sending" {
			byID[r.header.Get("webhook-id")] = e.ExpectedPayloads
		}
	}
	for _, d := range w.deliveries() {
		if n, ok := byID[d.ID]; ok {
			all = append(all, n)
		}
	}
	return all
}

func TestALargeRequestIsAnnouncedBeforeItsDataIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.ask(12, store.Endpoint{URL: to.URL})
	st := &slowReader{Store: w.Store, may: make(chan struct{})}
	w.run(st)
	eventually(t, "the announcement", func() bool { return to.count() == 1 })
	if e := to.all()[0].envelope(t); e.Type != "large_request_processing" || e.Reference != "asked" {
		t.Errorf("got %s", to.all()[0].body)
	}
	close(st.may)
	eventually(t, "the data", func() bool { return to.count() == 4 })
	if got := w.payloads(to); len(got) != 1 || got[0] != 2 {
		t.Errorf("announced were %v", got)
	}
}

func TestWhatIsTriedAgainIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.ask(1, store.Endpoint{URL: to.URL})
	st := &slowReader{Store: w.Store, may: make(chan struct{}), failures: 3}
	close(st.may)
	w.run(st)
	eventually(t, "the data", func() bool { return to.count() >= 3 && w.states()[store.Waiting] == 0 })
	if to.count() != 3 {
		t.Errorf("%d deliveries", to.count())
	}
}

func TestWhoDoesNotWantTheDataHearsNothingOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.ask(1, store.Endpoint{URL: to.URL, Types: []string{"body", "large_request_processing", "large_request_sending", "processing"}})
	w.run(w.Store)
	w.announce(1)
	eventually(t, "what comes after it", func() bool { return to.count() > 0 })
	if e := to.all()[0].envelope(t); to.count() != 1 || e.Type != "processing" {
		t.Errorf("got %s", to.all()[0].body)
	}
}

func TestWhatIsSplitIsCountedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	to.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if len(to.all()[n-1].envelope(t).Data) > 1 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	w.ask(21, store.Endpoint{URL: to.URL})
	w.run(w.Store)
	// Three chunks, of which two are split into ten each.
	eventually(t, "every day", func() bool { return w.states()[store.Delivered] == 21+4 && w.states()[store.Waiting] == 0 })
	got := w.payloads(to)
	if len(got) != 3 || got[0] != 3 || got[1] != 12 || got[2] != 21 {
		t.Errorf("announced were %v", got)
	}
}
