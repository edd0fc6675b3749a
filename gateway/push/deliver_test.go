package push_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

func TestADayThatChangesIsSentWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	eventually(t, "the first delivery", func() bool { return to.count() == 1 })
	w.eat("2026-02-01", "Apple", "Bread")
	eventually(t, "the second delivery", func() bool { return to.count() == 2 })
	w.eat("2026-02-01", "Apple", "Bread")
	quiet()
	if to.count() != 2 {
		t.Errorf("a day that did not change was sent: %d requests", to.count())
	}
	got := to.all()[1]
	e := got.envelope(t)
	if e.Type != "nutrition" || e.User.ID != w.user.ID || len(e.Data) != 1 || len(e.Data[0]["meals"].([]any)) == 0 {
		t.Errorf("got %s", got.body)
	}
	if err := schemas.Check("event/nutrition", got.body); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(got.body), "Apple") || !strings.Contains(string(got.body), "Bread") {
		t.Error("it does not have the whole day")
	}
	eventually(t, "both are known to be delivered", func() bool { return w.states()[store.Delivered] == 2 })
}

func TestWhatAnEndpointGets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain, fhir, thin, bodies := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: plain.URL})
	w.endpoint(store.Endpoint{URL: fhir.URL, Format: "fhir", Types: []string{"nutrition"}})
	w.endpoint(store.Endpoint{URL: thin.URL, Payload: "thin", Types: []string{"nutrition"}})
	w.endpoint(store.Endpoint{URL: bodies.URL, Types: []string{"body"}})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	w.announce(1)
	eventually(t, "all deliveries", func() bool { return plain.count() == 2 && fhir.count() == 1 && thin.count() == 1 })
	quiet()
	t.Run("a FHIR endpoint gets a Bundle", func(t *testing.T) {
		got := fhir.all()[0]
		e := got.envelope(t)
		if got.header.Get("Content-Type") != "application/fhir+json" || len(e.Entry) != 2 {
			t.Errorf("got %s %s", got.header.Get("Content-Type"), got.body)
		}
	})
	t.Run("a thin one gets ids and days alone", func(t *testing.T) {
		got := thin.all()[0]
		if err := schemas.Check("event/thin", got.body); err != nil || strings.Contains(string(got.body), "Apple") {
			t.Errorf("got %s, %v", got.body, err)
		}
	})
	t.Run("one for other types gets nothing", func(t *testing.T) {
		if bodies.count() != 0 {
			t.Errorf("got %s", bodies.all()[0].body)
		}
	})
}

func TestWhoIsNotActiveIsNotToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	off, on := false, true
	if _, err := w.ChangeUser(t.Context(), "clinic", w.user.ID, store.UserChange{Active: &off}); err != nil {
		t.Fatal(err)
	}
	w.eat("2026-02-01", "Apple")
	quiet()
	if to.count() != 0 {
		t.Errorf("%d deliveries about somebody who is not active", to.count())
	}
	if _, err := w.ChangeUser(t.Context(), "clinic", w.user.ID, store.UserChange{Active: &on}); err != nil {
		t.Fatal(err)
	}
	w.eat("2026-02-02", "Apple")
	eventually(t, "a delivery about somebody who is active again", func() bool { return to.count() == 1 })
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	_, secret := w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	w.eat("2026-02-01", "Apple")
	eventually(t, "the first attempt to be known", func() bool {
		d := w.deliveries()
		return len(d) == 1 && d[0].Attempts == 1
	})
	w.clock.forward(10 * time.Second)
	eventually(t, "the second", func() bool { return to.count() == 2 })
	first, second := to.all()[0], to.all()[1]
	t.Run("who it is stays the same over attempts", func(t *testing.T) {
		for _, name := range []string{"Webhook-Id", "X-Terra-Trace-Id", "X-Terra-Ordering-Timestamp", "Terra-Reference", "Content-Type", "User-Agent"} {
			if a, b := first.header.Get(name), second.header.Get(name); a == "" || a != b {
				t.Errorf("%s: %q, then %q", name, a, b)
			}
		}
		if id := first.header.Get("Webhook-Id"); strings.Contains(id, ".") || id != first.header.Get("X-Terra-Trace-Id") {
			t.Errorf("id %q", id)
		}
	})
	t.Run("the bytes are the same", func(t *testing.T) {
		if string(first.body) != string(second.body) {
			t.Error("they are not")
		}
	})
	t.Run("the time and the signatures are new", func(t *testing.T) {
		for _, name := range []string{"Webhook-Timestamp", "Webhook-Signature", "Terra-Signature"} {
			if first.header.Get(name) == second.header.Get(name) {
				t.Errorf("%s is the same", name)
			}
		}
	})
	t.Run("Standard Webhooks and Terra verify both", func(t *testing.T) {
		hook, err := webhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []received{first, second} {
			if err := hook.Verify(r.body, r.header); err != nil {
				t.Error(err)
			}
			for _, name := range []string{"terra-signature", "X-Terra-Signature"} {
				if err := verifyTerra(r.header.Get(name), secret, r.body, time.Now()); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
	t.Run("a signature that is 301 seconds old does not verify", func(t *testing.T) {
		at := w.clock.now()
		if err := verifyTerra(second.header.Get("terra-signature"), secret, second.body, at.Add(300*time.Second)); err != nil {
			t.Errorf("after 300 seconds: %v", err)
		}
		if verifyTerra(second.header.Get("terra-signature"), secret, second.body, at.Add(301*time.Second)) == nil {
			t.Error("it verifies after 301 seconds")
		}
	})
	t.Run("a body with one other byte does not verify", func(t *testing.T) {
		if verifyTerra(second.header.Get("terra-signature"), secret, append(second.body, ' '), w.clock.now()) == nil {
			t.Error("it verifies")
		}
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, old := w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	secret, err := w.RotateSecret(t.Context(), "clinic", e.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(r received, secret string) error {
		hook, err := webhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.VerifyIgnoringTimestamp(r.body, r.header); err != nil {
			return err
		}
		return verifyTerra(r.header.Get("terra-signature"), secret, r.body, w.clock.now())
	}
	w.announce(1)
	eventually(t, "a delivery", func() bool { return to.count() == 1 })
	for name, s := range map[string]string{"the old": old, "the new": secret} {
		if err := verify(to.all()[0], s); err != nil {
			t.Errorf("while both are valid, with %s secret: %v", name, err)
		}
	}
	w.clock.forward(time.Hour)
	time.Sleep(1100 * time.Millisecond) // for which secrets are kept at hand
	w.announce(1)
	eventually(t, "another delivery", func() bool { return to.count() == 2 })
	if err := verify(to.all()[1], secret); err != nil {
		t.Errorf("an hour later, with the new secret: %v", err)
	}
	if verify(to.all()[1], old) == nil {
		t.Error("an hour later the old secret still verifies")
	}
}

func TestAYearInOneImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	im, err := w.Begin(t.Context(), w.user.Tenant, w.user.ID)
	if err != nil {
		t.Fatal(err)
	}
	for day := record.Date("2025-01-01"); day < "2026-01-01"; day = day.AddDays(1) {
		if err := eaten(t.Context(), im, day, []string{"Apple"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	w.run(w.Store)
	eventually(t, "37 deliveries of ten days", func() bool { return w.states()[store.Delivered] == 37 })
	days := map[any]int{}
	for _, r := range to.all() {
		for _, d := range r.envelope(t).Data {
			days[d["metadata"].(map[string]any)["start_time"]]++
		}
	}
	if len(days) != 365 {
		t.Errorf("got %d days", len(days))
	}
}

func TestDataThatWasAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	for day := record.Date("2026-01-01"); day < "2026-03-01"; day = day.AddDays(1) {
		w.eat(day, "Apple")
	}
	w.endpoint(store.Endpoint{URL: to.URL, Ordered: true}) // after the data, so that it gets what is asked for alone
	w.run(w.Store)
	ask := func(n int, reference, typ, from, until string) []received {
		before := to.count()
		detail := fmt.Sprintf(`{"type":%q,"from":%q,"to":%q}`, typ, from, until)
		err := w.AppendEvent(t.Context(), store.Event{
			Tenant: "clinic", User: w.user.ID, Type: "request", Detail: json.RawMessage(detail), Reference: reference,
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "everything is delivered", func() bool { return to.count() >= before+n && w.states()[store.Waiting] == 0 })
		return to.all()[before:]
	}
	t.Run("a month comes in one piece", func(t *testing.T) {
		got := ask(1, "r-1", "nutrition", "2026-01-01", "2026-01-31")
		if len(got) != 1 || len(got[0].envelope(t).Data) != 31 || got[0].header.Get("terra-reference") != "r-1" {
			t.Errorf("got %d deliveries", len(got))
		}
	})
	t.Run("more than a month is announced and comes in chunks", func(t *testing.T) {
		got := ask(8, "r-2", "nutrition", "2026-01-01", "2026-02-28")
		if len(got) != 8 {
			t.Fatalf("got %d deliveries, want two announcements and six chunks", len(got))
		}
		traces := map[string]bool{}
		for i, r := range got {
			e := r.envelope(t)
			if r.header.Get("terra-reference") != "r-2" {
				t.Errorf("delivery %d: reference %q", i, r.header.Get("terra-reference"))
			}
			traces[r.header.Get("X-Terra-Trace-Id")] = true
			switch i {
			case 0:
				if e.Type != "large_request_processing" || e.Reference != "r-2" {
					t.Errorf("first: %s", r.body)
				}
			case 1:
				if e.Type != "large_request_sending" || e.ExpectedPayloads != 6 {
					t.Errorf("second: %s", r.body)
				}
			default:
				if len(e.Data) > 10 || r.header.Get("X-Terra-Trace-Id") != fmt.Sprintf("r-2:chunk:%d", i-1) {
					t.Errorf("chunk %d: %d objects, trace %s", i-1, len(e.Data), r.header.Get("X-Terra-Trace-Id"))
				}
			}
		}
		if len(traces) != 8 {
			t.Errorf("%d trace ids", len(traces))
		}
	})
	t.Run("where there is nothing, an empty list says so", func(t *testing.T) {
		got := ask(1, "r-3", "body", "2026-01-01", "2026-01-02")
		if len(got) != 1 || !strings.HasSuffix(string(got[0].body), `"data":[]}`) {
			t.Errorf("got %d", len(got))
		}
	})
	t.Run("an athlete comes as one", func(t *testing.T) {
		got := ask(1, "r-4", "athlete", "2026-01-01", "2026-01-01")
		if err := schemas.Check("event/athlete", got[0].body); err != nil {
			t.Error(err)
		}
	})
}

func TestEventsThatAreNotData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL, Ordered: true})
	w.run(w.Store)
	events := []struct{ typ, detail string }{
		{"auth", ``},
		{"auth", `{"status":"success","widget_session_id":"s-1"}`},
		{"auth", `{"status":"error","reason":"cancelled","message":"no"}`},
		{"auth_cancelled", `{"reason":"cancelled"}`},
		{"deauth", `{"status":"success","message":"bye"}`},
		{"user_reauth", `{"old_user":{"user_id":"before","provider":"CRONOMETER","active":false}}`},
		{"access_revoked", ``},
		{"connection_error", ``},
		{"permission_change", `{"scopes_added":"A,B"}`},
		{"processing", `{"retry_after_seconds":30}`},
		{"healthcheck", `{"sent_webhooks_last_hour":3}`},
	}
	for _, e := range events {
		event := store.Event{Tenant: "clinic", User: w.user.ID, Type: e.typ, Detail: json.RawMessage(e.detail)}
		if e.typ == "healthcheck" || e.typ == "auth_cancelled" {
			event.User = ""
		}
		if err := w.AppendEvent(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all events", func() bool { return to.count() == len(events) })
	seen := map[string]int{}
	for _, r := range to.all() {
		e := r.envelope(t)
		seen[e.Type]++
		if err := schemas.Check("event/"+e.Type, r.body); err != nil {
			t.Error(err)
		}
	}
	for _, e := range events {
		if seen[e.typ] == 0 {
			t.Errorf("no %s came", e.typ)
		}
	}
}

func TestAnEventThatCannotBeRepresentedIsSeenAndStopsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	err := w.AppendEvent(t.Context(), store.Event{Tenant: "clinic", User: w.user.ID, Type: "user_reauth", Detail: json.RawMessage(`{"old_user":"an id"}`)})
	if err != nil {
		t.Fatal(err)
	}
	w.announce(1)
	eventually(t, "what comes after it", func() bool { return to.count() == 1 })
	if d := w.deliveries(); len(d) != 2 || d[0].State != store.Dead || d[0].Class != "unrepresentable" {
		t.Errorf("got %+v", d)
	}
	if n := w.replay(store.ReplayQuery{}); n != 0 {
		t.Errorf("what has no bytes was replayed: %d", n)
	}
}
