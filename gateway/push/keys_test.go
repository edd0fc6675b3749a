package push_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

// verifyKey is a receiver's side of a v1a signature.
func verifyKey(t *testing.T, public string, h http.Header, body []byte) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whpk_"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		t.Fatalf("the public key %q cannot be read: %v", public, err)
	}
	signed := append([]byte(h.Get("webhook-id")+"."+h.Get("webhook-timestamp")+"."), body...)
	for part := range strings.FieldsSeq(h.Get("webhook-signature")) {
		text, ok := strings.CutPrefix(part, "v1a,")
		if signature, err := base64.StdEncoding.DecodeString(text); ok && err == nil && ed25519.Verify(key, signed, signature) {
			return true
		}
	}
	return false
}

func TestAKeyPairSignsBesideTheSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	e, secret := w.endpoint(store.Endpoint{URL: to.URL, Ed25519: true})
	w.run(w.Store)
	w.announce(1)
	eventually(t, "a delivery", func() bool { return to.count() == 1 })
	got := to.all()[0]
	if !verifyKey(t, e.PublicKey, got.header, got.body) {
		t.Error("v1a does not verify")
	}
	if verifyKey(t, e.PublicKey, got.header, append(got.body, ' ')) {
		t.Error("it verifies another body too")
	}
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := hook.Verify(got.body, got.header); err != nil {
		t.Errorf("v1: %v", err)
	}
	t.Run("after a rotation both keys sign for a time", func(t *testing.T) {
		if _, err := w.RotateSecret(t.Context(), "clinic", e.ID, time.Hour); err != nil {
			t.Fatal(err)
		}
		now, err := w.Endpoint(t.Context(), "clinic", e.ID)
		if err != nil || now.PublicKey == e.PublicKey {
			t.Fatalf("the key is %q, %v", now.PublicKey, err)
		}
		time.Sleep(1100 * time.Millisecond) // for which keys are kept at hand
		w.announce(1)
		eventually(t, "another delivery", func() bool { return to.count() == 2 })
		got := to.all()[1]
		if !verifyKey(t, e.PublicKey, got.header, got.body) || !verifyKey(t, now.PublicKey, got.header, got.body) {
			t.Errorf("one does not verify %s", got.header.Get("webhook-signature"))
		}
	})
	t.Run("and none once it is turned off", func(t *testing.T) {
		e.Ed25519 = false
		off, _ := w.endpoint(e)
		secrets, err := w.Secrets(t.Context(), "clinic", e.ID)
		if err != nil || off.PublicKey != "" || strings.Contains(strings.Join(secrets, " "), "whsk_") {
			t.Errorf("a key is left: %q, %d secrets, %v", off.PublicKey, len(secrets), err)
		}
	})
}

func TestFieldsOfTheEndpointsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	const value = "Bearer 7f3c-only-the-receiver-knows"
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Headers: map[string]string{"authorization": value, "X-Team": "diet"}})
	w.run(w.Store)
	w.announce(1)
	eventually(t, "a delivery", func() bool { return to.count() == 1 })
	if h := to.all()[0].header; h.Get("Authorization") != value || h.Get("X-Team") != "diet" {
		t.Errorf("got %v", h)
	}
	t.Run("a change of something else leaves them", func(t *testing.T) {
		e.Description = "later"
		got, _ := w.endpoint(e)
		fields, err := w.Headers(t.Context(), "clinic", e.ID)
		if err != nil || len(fields) != 2 || strings.Join(got.HeaderNames, " ") != "X-Team authorization" {
			t.Errorf("%v, %v, %v", got.HeaderNames, len(fields), err)
		}
	})
	t.Run("the values are in no file as text", func(t *testing.T) {
		for _, name := range []string{w.path, w.path + "-wal"} {
			if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), "7f3c-only") {
				t.Errorf("%s holds a value", name)
			}
		}
	})
	for name, fields := range map[string]map[string]string{
		"what says which delivery it is": {"Webhook-Id": "1"},
		"Terra's own":                    {"x-terra-anything": "1"},
		"the host":                       {"Host": "internal"},
		"a name with a space":            {"X Team": "1"},
		"a second field in a value":      {"X-Team": "1\r\nHost: internal"},
		"more than 4 KiB":                {"X-Team": strings.Repeat("x", 5000)},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			_, _, err := w.PutEndpoint(t.Context(), store.Endpoint{Tenant: "clinic", URL: to.URL, Headers: fields})
			if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "internal") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATestReachesItsEndpointAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to, others := newReceiver(t, nil), newReceiver(t, nil)
	e, _ := w.endpoint(store.Endpoint{URL: to.URL, Types: []string{"body"}})
	w.endpoint(store.Endpoint{URL: others.URL})
	w.run(w.Store)
	reference, err := operate.Try(t.Context(), w.Store, "clinic", e.ID, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the test", func() bool { return to.count() == 1 })
	got := to.all()[0]
	if err := schemas.Check("event/endpoint_test", got.body); err != nil || got.header.Get("terra-reference") != reference {
		t.Errorf("got %s with %s, %v", got.body, got.header.Get("terra-reference"), err)
	}
	quiet()
	if others.count() != 0 {
		t.Error("another got it too")
	}
	w.set(e, store.Paused)
	if _, err := operate.Try(t.Context(), w.Store, "clinic", e.ID, w.clock.now()); fault.KindOf(err) != fault.Conflict {
		t.Errorf("while it is paused: %v", err)
	}
}
