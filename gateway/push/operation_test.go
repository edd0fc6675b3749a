package push_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

// hosts answers by the host that is called, and keeps what each got.
type hosts struct {
	mu     sync.Mutex
	status map[string]int
	got    map[string][]string // bodies
}

func (h *hosts) Send(_ context.Context, _, url string, _ http.Header, body []byte) push.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.got == nil {
		h.got = map[string][]string{}
	}
	h.got[url] = append(h.got[url], string(body))
	if status, ok := h.status[url]; ok {
		return push.Answer{Status: status}
	}
	return push.Answer{Status: http.StatusOK}
}

// of returns the bodies of the type that a host got.
func (h *hosts) of(url, typ string) (found []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, body := range h.got[url] {
		if strings.Contains(body, `"type":"`+typ+`"`) {
			found = append(found, body)
		}
	}
	return found
}

const (
	failing = "https://failing.example.org/"
	watcher = "https://watcher.example.org/"
	other   = "https://other.example.org/"
)

func TestOthersAreToldWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &hosts{status: map[string]int{failing: http.StatusInternalServerError}}
	bad, _ := w.endpoint(store.Endpoint{URL: failing, Schedule: []time.Duration{0}, Types: []string{"processing", store.DeliveryExhausted}})
	w.endpoint(store.Endpoint{URL: watcher, Types: []string{store.DeliveryExhausted, store.EndpointDisabled}})
	w.endpoint(store.Endpoint{URL: other}) // all of Terra's types, and no other
	w.runWith(w.Store, h)
	w.announce(1)
	eventually(t, "the watcher is told", func() bool { return len(h.of(watcher, store.DeliveryExhausted)) == 1 })
	body := h.of(watcher, store.DeliveryExhausted)[0]
	if err := schemas.Check("event/delivery_exhausted", []byte(body)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{bad.ID, `"class":"status_5xx"`, `"delivery_type":"processing"`, `"attempts":1`, w.user.ID} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	quiet()
	if n := len(h.of(failing, store.DeliveryExhausted)); n != 0 {
		t.Errorf("the one that fails was told %d times", n)
	}
	if n := len(h.of(other, store.DeliveryExhausted)); n != 0 {
		t.Errorf("one that did not ask was told %d times", n)
	}
}

func TestOthersAreToldWhatWasDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &hosts{status: map[string]int{failing: http.StatusGone}}
	gone, _ := w.endpoint(store.Endpoint{URL: failing, Types: []string{"processing"}})
	w.endpoint(store.Endpoint{URL: watcher, Types: []string{store.EndpointDisabled}})
	w.runWith(w.Store, h)
	w.announce(5)
	eventually(t, "the watcher is told", func() bool { return len(h.of(watcher, store.EndpointDisabled)) == 1 })
	body := h.of(watcher, store.EndpointDisabled)[0]
	if err := schemas.Check("event/endpoint_disabled", []byte(body)); err != nil || !strings.Contains(body, gone.ID) || !strings.Contains(body, "410") {
		t.Errorf("got %s, %v", body, err)
	}
	quiet()
	if n := len(h.of(watcher, store.EndpointDisabled)); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// Two that watch each other and both fail would otherwise never end.
func TestWhatTellsOfAFailureTellsOfNoneItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := &hosts{status: map[string]int{failing: http.StatusInternalServerError, watcher: http.StatusInternalServerError}}
	types := []string{"processing", store.DeliveryExhausted}
	for _, url := range []string{failing, watcher} {
		w.endpoint(store.Endpoint{URL: url, Schedule: []time.Duration{0}, Types: types})
	}
	w.runWith(w.Store, h)
	w.announce(1)
	eventually(t, "each is told of the other, and both give that up", func() bool { return w.states()[store.Dead] == 4 })
	quiet()
	if n := w.states(); n[store.Dead] != 4 || len(n) != 1 {
		t.Errorf("it goes on: %v", n)
	}
}

func TestNobodyIsToldWhatAnotherTenantsEndpointDid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("other", "carl")
	h := &hosts{status: map[string]int{failing: http.StatusGone}}
	w.endpoint(store.Endpoint{URL: failing})
	w.endpoint(store.Endpoint{Tenant: "other", URL: watcher, Types: []string{store.EndpointDisabled, store.DeliveryExhausted}})
	w.runWith(w.Store, h)
	w.announce(1)
	eventually(t, "it is held", func() bool { return w.states()[store.Held] == 1 })
	quiet()
	if n := len(h.of(watcher, store.EndpointDisabled)); n != 0 {
		t.Errorf("told %d times", n)
	}
}
