package push_test

import (
	"strings"
	"testing"

	"nutrigate/gateway/store"
)

func TestOfAnInactiveUserNoUpdatesAreSent(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	w.run(w.Store)
	active := false
	set := func() {
		if _, err := w.ChangeUser(t.Context(), "clinic", w.user.ID, store.UserChange{Active: &active}); err != nil {
			t.Fatal(err)
		}
	}
	set()
	w.eat("2026-02-01", "Apple")
	quiet()
	if to.count() != 0 {
		t.Errorf("got %s", to.all()[0].body)
	}
	active = true
	set()
	w.eat("2026-02-02", "Bread")
	eventually(t, "the update after that", func() bool { return to.count() == 1 })
}

// Who leaves is told of by name, and after that nothing of theirs is sent.
func TestWhoLeavesIsToldOf(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t, nil)
	w.eat("2026-02-01", "Apple")
	w.endpoint(store.Endpoint{URL: to.URL})
	w.eat("2026-02-02", "Bread")
	e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "deauth", Detail: []byte(`{"status":"success"}`)}
	if err := w.Deauthenticate(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	w.run(w.Store)
	eventually(t, "the event", func() bool { return to.count() == 1 })
	quiet()
	got := string(to.all()[0].body)
	if to.count() != 1 || !strings.Contains(got, `"type":"deauth"`) || !strings.Contains(got, `"reference_id":"anna"`) || !strings.Contains(got, `"active":false`) {
		t.Errorf("%d requests, the first %s", to.count(), got)
	}
}
