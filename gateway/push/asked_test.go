package push_test

import (
	"testing"

	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

// What the API acknowledges has to come, also where there is nothing of it.
func TestEveryTypeThatCanBeAskedForIsDelivered(t *testing.T) {
	w := newWorld(t)
	w.eat("2026-02-01", "Apple")
	full, thin := newReceiver(t, nil), newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: full.URL})
	w.endpoint(store.Endpoint{URL: thin.URL, Payload: "thin"})
	w.run(w.Store)
	types := []string{"activity", "athlete", "body", "daily", "menstruation", "nutrition", "sleep"}
	for _, typ := range types {
		err := w.AppendEvent(t.Context(), store.Event{
			Tenant: "clinic", User: w.user.ID, Type: "request", Reference: "asked-" + typ,
			Detail: []byte(`{"type":"` + typ + `","from":"2026-02-01","to":"2026-02-02"}`),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all deliveries", func() bool { return full.count() == len(types) && thin.count() == len(types) })
	for _, r := range full.all() {
		if err := schemas.Check("event/"+r.envelope(t).Type, r.body); err != nil {
			t.Error(err)
		}
	}
	for _, r := range thin.all() {
		if err := schemas.Check("event/thin", r.body); err != nil {
			t.Error(err)
		}
	}
}
