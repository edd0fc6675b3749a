package push_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
)

func TestWhatIsSplitKeepsItsPlaceAmongAUsersDeliveries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	to.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if len(to.all()[n-1].envelope(t).Data) > 1 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	w.endpoint(store.Endpoint{URL: to.URL, Ordered: true})
	for _, foods := range [][]string{{"Apple"}, {"Apple", "Bread"}} { // two changes, with another event between
		w.eat("2026-01-01", foods...)
		w.eat("2026-01-02", foods...)
		w.announce(1)
	}
	w.run(w.Store)
	eventually(t, "all is delivered", func() bool { return w.states()[store.Delivered] == 6 && w.states()[store.Waiting] == 0 })
	var got []string
	for _, r := range to.all() {
		_, chunk, _ := strings.Cut(r.header.Get("X-Terra-Trace-Id"), ":chunk:")
		got = append(got, r.envelope(t).Type+chunk)
	}
	want := []string{"nutrition", "nutrition1", "nutrition2", "processing", "nutrition", "nutrition1", "nutrition2", "processing"}
	if !slices.Equal(got, want) {
		t.Errorf("came in the order %v, want %v", got, want)
	}
}

func TestAReceiverThatIsGoneIsDisabledOnceTheStoreCanWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, status(http.StatusGone))
	e, _ := w.endpoint(store.Endpoint{URL: to.URL})
	const tries = 5 // after which an outcome is given up
	st := &busy{Store: w.Store, fail: tries}
	w.run(st)
	w.announce(1)
	eventually(t, "it is asked again", func() bool {
		if st.left() > 0 {
			return false
		}
		w.clock.forward(time.Second) // time passes only here
		return to.count() == 2
	})
	eventually(t, "it is disabled", func() bool {
		got, err := w.Endpoint(t.Context(), "clinic", e.ID)
		return err == nil && got.State == store.Disabled && w.states()[store.Held] == 1
	})
	if to.count() != 2 {
		t.Errorf("%d requests", to.count())
	}
}

// stuck is a store that takes no outcome until it is let.
type stuck struct {
	push.Store
	may chan struct{}
}

func (s *stuck) Settle(ctx context.Context, o []store.Outcome) error {
	<-s.may
	return s.Store.Settle(ctx, o)
}

func TestOutcomesThatCannotBeStoredDoNotPileUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	st := &stuck{Store: w.Store, may: make(chan struct{})}
	const most, all = 512, 600
	w.announce(all)
	release := func() { close(st.may) }
	w.run(st)
	eventually(t, "as many as may be under way", func() bool { return to.count() >= most })
	quiet()
	if to.count() != most {
		t.Errorf("%d requests whose outcome is in memory alone", to.count())
	}
	release()
	eventually(t, "all is delivered", func() bool { return w.states()[store.Delivered] == all })
	if to.count() != all {
		t.Errorf("%d requests for %d deliveries", to.count(), all)
	}
}

func TestARateThatIsChangedHoldsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Rate: 0.0001})
	w.run(w.Store)
	w.announce(2)
	eventually(t, "the first", func() bool { return w.states()[store.Delivered] == 1 })
	e.Rate = 1
	w.set(e, "")
	w.clock.forward(time.Second)
	eventually(t, "the second", func() bool { return to.count() == 2 })
}
