package push_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// call is what a subscriber got.
type call struct {
	method, path string
	header       http.Header
	body         []byte
}

// told is a notification, as far as tests look.
type told struct {
	Entry []struct {
		Resource json.RawMessage
		Request  struct{ Method, URL string }
	}
}

// param returns the value of a parameter of the status, and the numbers of the
// events.
func (n told) param(t testing.TB, name string) (value string, numbers []string) {
	t.Helper()
	var status struct {
		Parameter []struct {
			Name, ValueString, ValueCode string
			Part                         []struct{ Name, ValueString string }
		}
	}
	if err := json.Unmarshal(n.Entry[0].Resource, &status); err != nil {
		t.Fatal(err)
	}
	for _, p := range status.Parameter {
		if p.Name == name {
			value = p.ValueString + p.ValueCode
		}
		for _, part := range p.Part {
			if part.Name == "event-number" {
				numbers = append(numbers, part.ValueString)
			}
		}
	}
	return value, numbers
}

// subscriber keeps what it is sent, and answers as it is told.
type subscriber struct {
	*receiver
	lines [][2]string // method and path of each request
}

func newSubscriber(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *subscriber {
	t.Helper()
	s := &subscriber{}
	s.receiver = newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.lines = append(s.lines, [2]string{r.Method, r.URL.RequestURI()})
		s.mu.Unlock()
		if answer != nil {
			answer(n, w, r)
		}
	})
	return s
}

func (s *subscriber) calls() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []call
	for i, line := range s.lines {
		all = append(all, call{line[0], line[1], s.got[i].header, s.got[i].body})
	}
	return all
}

// notifications are those of a type.
func (s *subscriber) notifications(t testing.TB, typ string) []told {
	t.Helper()
	var all []told
	for _, c := range s.calls() {
		var n told
		if json.Unmarshal(c.body, &n) != nil || len(n.Entry) == 0 {
			continue
		}
		if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: c.body}); err != nil {
			t.Error(err)
		}
		if is, _ := n.param(t, "type"); is == typ {
			all = append(all, n)
		}
	}
	return all
}

const observations = "https://nutrigate.dev/fhir/SubscriptionTopic/observation-changed"

// subscribe makes a subscription; ask is completed.
func (w *world) subscribe(to *subscriber, ask push.Subscription) store.Endpoint {
	w.Helper()
	if ask.Grant.Tenant == "" {
		ask.Grant = grant.Grant{Tenant: "clinic", All: true}
	}
	ask.Base = "https://example.org/fhir"
	if ask.Criteria == nil {
		ask.Criteria = []push.Criterion{{Type: "Observation"}}
	}
	doc, err := json.Marshal(ask)
	if err != nil {
		w.Fatal(err)
	}
	e, _ := w.endpoint(store.Endpoint{
		URL: to.URL + "/hook?a=b", Format: "fhir", Ordered: true, Schedule: []time.Duration{0, time.Second},
		Subscription: &store.Subscription{Client: "app", Resource: json.RawMessage(`{"criteria":"x"}`), Ask: doc},
	})
	return e
}

func (w *world) stage(e store.Endpoint) store.Stage {
	w.Helper()
	now, err := w.Endpoint(w.Context(), e.Tenant, e.ID)
	if err != nil {
		w.Fatal(err)
	}
	return now.Subscription.Stage
}

func TestTopics(t *testing.T) {
	w := newWorld(t)
	to := newSubscriber(t, nil)
	e := w.subscribe(to, push.Subscription{Topic: observations, Content: "full-resource", Payload: fhir.MediaType, MaxCount: 2})
	w.eat("2026-02-01", "Apple") // before the handshake is answered
	w.run(w.Store)
	eventually(t, "active", func() bool { return w.stage(e) == store.Active })
	eventually(t, "one event", func() bool { return len(to.notifications(t, "event-notification")) == 1 })
	t.Run("greet first", func(t *testing.T) {
		first := to.notifications(t, "handshake")
		if len(first) == 0 || to.calls()[0].method != http.MethodPost || to.calls()[0].path != "/hook?a=b" {
			t.Fatalf("%d handshakes", len(first))
		}
		for _, c := range to.calls()[:len(first)] { // on a busy machine an answer may be missed, and it is sent again
			if id := c.header.Get("webhook-id"); id != to.calls()[0].header.Get("webhook-id") {
				t.Errorf("another handshake: %s", id)
			}
		}
		if status, _ := first[0].param(t, "status"); status != "requested" {
			t.Errorf("the handshake says %s", status)
		}
	})
	t.Run("tell what changed, with numbers", func(t *testing.T) {
		w.eat("2026-02-01", "Apple", "Bread", "Cheese", "Dates")
		eventually(t, "two more", func() bool { return len(to.notifications(t, "event-notification")) == 3 })
		var numbers []string
		for _, n := range to.notifications(t, "event-notification") {
			_, some := n.param(t, "")
			numbers = append(numbers, some...)
			if len(n.Entry) != len(some)+1 || len(some) > 2 {
				t.Errorf("%d entries for %d events", len(n.Entry), len(some))
			}
		}
		if !slices.Equal(numbers, []string{"1", "2", "3", "4"}) {
			t.Errorf("the numbers are %v", numbers)
		}
	})
	t.Run("tell of deletions", func(t *testing.T) {
		w.eat("2026-02-01", "Apple", "Bread", "Cheese")
		eventually(t, "one more", func() bool { return len(to.notifications(t, "event-notification")) == 4 })
		last := to.notifications(t, "event-notification")[3]
		if r := last.Entry[1]; r.Request.Method != http.MethodDelete || len(r.Resource) > 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("repeat what was told", func(t *testing.T) {
		parcels, err := w.Notified(t.Context(), "clinic", e.ID, 2, 3, 10)
		if err != nil || len(parcels) != 1 {
			t.Fatalf("%d parcels, %v", len(parcels), err)
		}
		events, err := fhir.ToldIn(parcels[0].Body, "https://example.org/fhir")
		if err != nil || len(events) != 2 || events[0].Number != 2 || !strings.HasPrefix(events[0].Focus, "Observation/") || len(events[0].Resource) == 0 || !events[0].Created {
			t.Errorf("got %+v, %v", events, err)
		}
	})
	t.Run("forget an erased person", func(t *testing.T) {
		if err := w.Deauthenticate(t.Context(), store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth"}); err != nil {
			t.Fatal(err)
		}
		if parcels, err := w.Notified(t.Context(), "clinic", e.ID, 0, 99, 10); err != nil || len(parcels) != 0 {
			t.Errorf("%d parcels are left, %v", len(parcels), err)
		}
	})
}

func TestContentOfNotifications(t *testing.T) {
	for content, want := range map[string]struct{ entries, resources int }{
		"empty": {1, 1}, "id-only": {2, 1}, "full-resource": {2, 2}, // the status is one of each
	} {
		t.Run(content, func(t *testing.T) {
			w := newWorld(t)
			to := newSubscriber(t, nil)
			w.subscribe(to, push.Subscription{Topic: observations, Content: content, Payload: fhir.MediaType})
			w.eat("2026-02-01", "Apple")
			w.run(w.Store)
			eventually(t, "an event", func() bool { return len(to.notifications(t, "event-notification")) == 1 })
			n := to.notifications(t, "event-notification")[0]
			resources := 0
			for _, entry := range n.Entry {
				if len(entry.Resource) > 0 {
					resources++
				}
			}
			if len(n.Entry) != want.entries || resources != want.resources {
				t.Errorf("%d entries with %d resources", len(n.Entry), resources)
			}
			if body := string(to.calls()[1].body); content != "full-resource" && strings.Contains(body, "Apple") {
				t.Errorf("it says what was eaten: %s", body)
			}
		})
	}
}

// R4's own form: the resource by PUT below the address, or nothing but the fact.
func TestRestHooks(t *testing.T) {
	t.Run("with a payload, each resource is put", func(t *testing.T) {
		w := newWorld(t)
		to := newSubscriber(t, nil)
		w.subscribe(to, push.Subscription{Payload: fhir.MediaType})
		w.eat("2026-02-01", "Apple", "Bread")
		w.run(w.Store)
		eventually(t, "two", func() bool { return len(to.calls()) == 2 })
		for _, c := range to.calls() {
			var o struct{ ResourceType, ID string }
			if err := json.Unmarshal(c.body, &o); err != nil || c.method != http.MethodPut || c.path != "/hook/Observation/"+o.ID+"?a=b" {
				t.Errorf("%s %s of %+v (%v)", c.method, c.path, o, err)
			}
			if c.header.Get("Content-Type") != fhir.MediaType || c.header.Get("Webhook-Id") == "" || c.header.Get("Terra-Signature") != "" {
				t.Errorf("the header is %v", c.header)
			}
		}
	})
	t.Run("without one, the body is empty", func(t *testing.T) {
		w := newWorld(t)
		to := newSubscriber(t, nil)
		w.subscribe(to, push.Subscription{})
		w.eat("2026-02-01", "Apple", "Bread")
		w.run(w.Store)
		eventually(t, "a ping", func() bool { return len(to.calls()) == 1 })
		quiet()
		if c := to.calls(); len(c) != 1 || c[0].method != http.MethodPost || len(c[0].body) != 0 || c[0].path != "/hook?a=b" {
			t.Errorf("got %+v", c)
		}
	})
}

func TestWhoIsToldOfWhat(t *testing.T) {
	foods := push.Criterion{Type: "Observation", Query: url.Values{"code": {fhir.SystemRecord + "|food"}}}
	search := []grant.Action{grant.Search}
	for name, tt := range map[string]struct {
		ask  func(ben string) push.Subscription
		want int // of Anna's food and Ben's
	}{
		"everybody's": {func(string) push.Subscription { return push.Subscription{} }, 2},
		"one person's": {func(ben string) push.Subscription {
			return push.Subscription{Criteria: []push.Criterion{foods.And(push.Criterion{Query: url.Values{"patient": {ben}}})}}
		}, 1},
		"what meets no search": {func(string) push.Subscription {
			return push.Subscription{Criteria: []push.Criterion{{Type: "Observation", Query: url.Values{"category": {"vital-signs"}}}}}
		}, 0},
		"another type": {func(string) push.Subscription { return push.Subscription{Criteria: []push.Criterion{{Type: "Goal"}}} }, 0},
		"the token's person's": {func(ben string) push.Subscription {
			return push.Subscription{Grant: grant.Grant{Tenant: "clinic", All: true, Patient: ben}}
		}, 1},
		"what no scope reaches": {func(string) push.Subscription {
			return push.Subscription{Grant: grant.Grant{Tenant: "clinic", Scopes: []grant.Scope{{Type: "Goal", Actions: search}}}}
		}, 0},
		"what the scope's search has": {func(string) push.Subscription {
			return push.Subscription{Grant: grant.Grant{Tenant: "clinic", Scopes: []grant.Scope{{Type: "Observation", Actions: search, Query: url.Values{"category": {"survey"}}}}}}
		}, 2},
		"what the scope's search lacks": {func(string) push.Subscription {
			return push.Subscription{Grant: grant.Grant{Tenant: "clinic", Scopes: []grant.Scope{{Type: "Observation", Actions: search, Query: url.Values{"category": {"exam"}}}}}}
		}, 0},
		"nothing after its end": {func(string) push.Subscription { return push.Subscription{End: time.Unix(1, 0)} }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ben := w.person("clinic", "ben")
			to, last := newSubscriber(t, nil), newSubscriber(t, nil) // the latter gets everything
			ask := tt.ask(ben.ID)
			ask.Payload = fhir.MediaType
			if ask.Criteria == nil {
				ask.Criteria = []push.Criterion{foods}
			}
			w.subscribe(to, ask)
			w.subscribe(last, push.Subscription{Payload: fhir.MediaType})
			w.eats(w.user, "2026-03-01", "Apple")
			w.eats(ben, "2026-03-01", "Pear")
			stop := w.run(w.Store)
			eventually(t, "the others, and these", func() bool { return len(last.calls()) == 2 && len(to.calls()) >= tt.want })
			quiet()
			stop()
			if got := len(to.calls()); got != tt.want {
				t.Errorf("told of %d, want %d", got, tt.want)
			}
		})
	}
}

func TestNumbersStayOverRetries(t *testing.T) {
	w := newWorld(t)
	to := newSubscriber(t, func(n int, rw http.ResponseWriter, _ *http.Request) {
		if n == 2 { // the first event
			rw.WriteHeader(http.StatusInternalServerError)
		}
	})
	e := w.subscribe(to, push.Subscription{Topic: observations, Content: "id-only", Payload: fhir.MediaType})
	stop := w.run(w.Store)
	eventually(t, "active", func() bool { return w.stage(e) == store.Active })
	w.eat("2026-02-01", "Apple")
	eventually(t, "a failure", func() bool { return to.count() == 2 })
	stop()
	w.clock.forward(time.Minute)
	w.run(w.Store) // as another process would
	eventually(t, "another attempt", func() bool { return to.count() == 3 })
	if c := to.calls(); string(c[1].body) != string(c[2].body) || c[1].header.Get("Webhook-Id") != c[2].header.Get("Webhook-Id") {
		t.Error("the second attempt is another")
	}
	w.eat("2026-02-02", "Bread")
	eventually(t, "the next", func() bool { return len(to.notifications(t, "event-notification")) == 3 })
	if _, numbers := to.notifications(t, "event-notification")[2].param(t, ""); !slices.Equal(numbers, []string{"2"}) {
		t.Errorf("the next event has the number %v", numbers)
	}
}

func TestHandshakesThatFail(t *testing.T) {
	w := newWorld(t)
	to := newSubscriber(t, status500)
	e := w.subscribe(to, push.Subscription{Topic: observations, Content: "empty", Payload: fhir.MediaType})
	w.eat("2026-02-01", "Apple")
	w.run(w.Store)
	eventually(t, "an attempt", func() bool { return to.count() == 1 })
	w.clock.forward(time.Minute)
	eventually(t, "an error", func() bool {
		now, err := w.Endpoint(t.Context(), "clinic", e.ID)
		if err != nil {
			t.Fatal(err)
		}
		ask, err := push.SubscriptionOf(&now)
		if err != nil {
			t.Fatal(err)
		}
		status, wrong := push.StatusOf(&now, ask, w.clock.now())
		return status == "error" && wrong != ""
	})
	if n := len(to.notifications(t, "event-notification")); n != 0 {
		t.Errorf("%d events were told to who did not answer", n)
	}
}

func status500(n int, w http.ResponseWriter, r *http.Request) {
	status(http.StatusInternalServerError)(n, w, r)
}

func TestHeartbeats(t *testing.T) {
	w := newWorld(t)
	to := newSubscriber(t, nil)
	e := w.subscribe(to, push.Subscription{Topic: observations, Content: "empty", Payload: fhir.MediaType, Heartbeat: time.Minute})
	w.run(w.Store)
	eventually(t, "active", func() bool { return w.stage(e) == store.Active })
	quiet()
	if n := len(to.notifications(t, "heartbeat")); n != 0 {
		t.Fatalf("%d heartbeats at once", n)
	}
	for beat := range 2 {
		w.clock.forward(61 * time.Second)
		eventually(t, "a heartbeat", func() bool { return len(to.notifications(t, "heartbeat")) == beat+1 })
	}
	if count, _ := to.notifications(t, "heartbeat")[1].param(t, "events-since-subscription-start"); count != "0" {
		t.Errorf("a heartbeat counts: %s", count)
	}
}
