package serve_test

import (
	"strings"
	"testing"

	"nutrigate/gateway/store"
)

// Days that a connection has yet to fetch are announced as such to the endpoints.
func TestDaysThatAreOnTheirWay(t *testing.T) {
	for _, c := range []struct {
		name   string
		have   store.Connection // of which days from the 1st to the 7th are asked for
		change store.ConnectionChange
		told   string
	}{
		{"before those that are here", store.Connection{Since: "2025-02-01", CoveredFrom: "2026-02-03"}, store.ConnectionChange{}, "processing request"},
		{"before anybody knows how far back it goes", store.Connection{CoveredFrom: "2026-02-03"}, store.ConnectionChange{}, "processing request"},
		{"before the first fetch", store.Connection{}, store.ConnectionChange{}, "processing request"},
		{"all are here", store.Connection{Since: "2025-02-01", CoveredFrom: "2026-02-01"}, store.ConnectionChange{}, "request"},
		{"there are none before", store.Connection{Since: "2026-02-03", CoveredFrom: "2026-02-03"}, store.ConnectionChange{}, "request"},
		{"none of them is wanted", store.Connection{Since: "2026-02-08", CoveredFrom: "2026-02-09"}, store.ConnectionChange{}, "request"},
		{"its history is paused", store.Connection{Since: "2025-02-01", CoveredFrom: "2026-02-03"}, store.ConnectionChange{History: new(store.HistoryPaused)}, "request"},
		{"it is paused", store.Connection{Since: "2025-02-01", CoveredFrom: "2026-02-03"}, store.ConnectionChange{State: new(store.Halted)}, "request"},
		{"it fails", store.Connection{Since: "2025-02-01", CoveredFrom: "2026-02-03", Class: "credentials"}, store.ConnectionChange{}, "request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.endpoint(t)
			ctx := t.Context()
			if _, err := w.store.PutConnection(ctx, store.Connection{Tenant: "demo", User: w.ann.ID, Route: "partner"}, []byte("x")); err != nil {
				t.Fatal(err)
			}
			c.have.Synced, c.have.CoveredTo = now, "2026-02-10"
			w.fetched(t, c.have)
			if _, err := w.store.ChangeConnection(ctx, "demo", w.ann.ID, c.change); err != nil {
				t.Fatal(err)
			}
			r := w.get(t, w.url("/v2/nutrition?user_id={ann}&start_date=2026-02-01&end_date=2026-02-07"))
			log := w.told(t, w.ann.ID)
			if got := kinds(log); r.Code != 200 || got != c.told {
				t.Fatalf("got %d %s, told %q, want %q", r.Code, r.Body, got, c.told)
			}
			announced := strings.HasPrefix(c.told, "processing")
			if strings.Contains(r.Body.String(), "not been fetched yet") != announced {
				t.Errorf("it says %s", r.Body)
			}
			if e := log[len(log)-2]; announced && !strings.Contains(string(e.Detail), `"retry_after_seconds":3600`) {
				t.Errorf("the detail: %s", e.Detail)
			}
		})
	}
}
