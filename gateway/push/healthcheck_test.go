package push_test

import (
	"encoding/json"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

// healthchecks are those that the receiver got.
func (to *receiver) healthchecks(t *testing.T) (found []healthcheck) {
	t.Helper()
	for _, r := range to.all() {
		if r.envelope(t).Type != "healthcheck" {
			continue
		}
		if err := schemas.Check("event/healthcheck", r.body); err != nil {
			t.Error(err)
		}
		var h healthcheck
		if err := json.Unmarshal(r.body, &h); err != nil {
			t.Fatal(err)
		}
		found = append(found, h)
	}
	return found
}

type healthcheck struct {
	Created time.Time `json:"creation_timestamp"`
	Sent    int       `json:"sent_webhooks_last_hour"`
	Trend   *float64  `json:"trend_percentage"`
}

func TestHealthchecksCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.checks = 30 * time.Minute
	to, other := newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.endpoint(store.Endpoint{URL: other.URL, Types: []string{"nutrition"}})
	w.announce(2)
	stop := w.run(w.Store)
	eventually(t, "what was announced", func() bool { return w.states()[store.Delivered] == 2 })
	w.clock.forward(30 * time.Minute)
	eventually(t, "the first", func() bool { return w.states()[store.Delivered] == 3 })
	stop()
	w.run(w.Store) // knows that it was sent
	w.clock.forward(45 * time.Minute)
	eventually(t, "the second", func() bool { return w.states()[store.Delivered] == 4 })
	quiet()
	got := to.healthchecks(t)
	if len(got) != 2 {
		t.Fatalf("got %d", len(got))
	}
	if got[0].Sent != 2 || got[0].Trend != nil {
		t.Errorf("the first says %+v", got[0])
	}
	if got[1].Sent != 1 || got[1].Trend == nil || *got[1].Trend != -50 || !got[1].Created.Equal(w.clock.now()) {
		t.Errorf("the second says %+v", got[1])
	}
	if other.count() != 0 {
		t.Error("one came that nobody wanted")
	}
}

func TestHealthchecksDoNotPileUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.checks = time.Hour
	to := newReceiver(t, status(500))
	w.endpoint(store.Endpoint{URL: to.URL, Schedule: []time.Duration{0, 100 * time.Hour, 100 * time.Hour}})
	paused, _ := w.endpoint(store.Endpoint{URL: newReceiver(t, nil).URL})
	w.set(paused, store.Paused)
	w.run(w.Store)
	checked := func() time.Time {
		lanes, err := w.Lanes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lanes {
			if l.ID != paused.ID {
				return l.Checked
			}
		}
		return time.Time{}
	}
	for range 5 {
		w.clock.forward(time.Hour)
		eventually(t, "the time of the next", func() bool { return checked().Equal(w.clock.now().UTC()) })
	}
	if got := w.deliveries(); len(got) != 1 || got[0].Endpoint == paused.ID {
		t.Errorf("got %d", len(got))
	}
}
