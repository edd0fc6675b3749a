package push_test

import (
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

func TestWhoTakesTheAccessBackIsToldOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.eat("2026-02-01", "Apple")
	w.endpoint(store.Endpoint{URL: to.URL})
	w.eat("2026-02-02", "Bread")
	s := store.Session{Tenant: "clinic", ID: "secret", Leaving: true, User: w.user.ID, Expires: w.clock.now().Add(time.Minute)}
	if err := w.AddSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := w.Revoke(t.Context(), "secret", store.Event{Tenant: "clinic", User: w.user.ID, Type: "access_revoked", Detail: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	w.run(w.Store)
	w.announce(1) // what comes after it
	eventually(t, "both", func() bool { return to.count() == 2 })
	for _, r := range to.all() {
		if r.envelope(t).Type != "access_revoked" {
			continue
		}
		if err := schemas.Check("event/access_revoked", r.body); err != nil {
			t.Error(err)
		}
		if body := string(r.body); !strings.Contains(body, `"reference_id":"anna"`) || !strings.Contains(body, `"active":false`) {
			t.Errorf("got %s", body)
		}
		return
	}
	t.Error("nobody was told")
}
