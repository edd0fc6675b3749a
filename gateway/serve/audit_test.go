package serve_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// accesses reads what was noted, by the shelf of AuditEvent, and the rows.
func (w *world) accesses(t testing.TB, tenant string) []store.Access {
	t.Helper()
	w.do(t, call{url: "/fhir/AuditEvent?_count=1"}) // which writes what is pending
	all, err := w.store.Accesses(t.Context(), store.AccessQuery{Tenant: tenant})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAudit(t *testing.T) {
	w := newWorld(t)
	page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", User: w.ann.ID, Select: []store.Selector{{Kind: record.KindExercise}}, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	exercise := page.Records[0].ID
	key := privateKey(t, "ES384")
	service := w.service(t, key, "")
	narrow := w.serviceToken(t, key, service, "system/Goal.rs")
	for _, tt := range []struct {
		name string
		call call
		want store.Access // empty Client: that of the demo's key
	}{
		{"a read", call{url: "/fhir/Observation/" + exercise}, store.Access{Interaction: "read", User: w.ann.ID, Resource: "Observation/" + exercise, Outcome: "0"}},
		{"a read of a person", call{url: "/fhir/Patient/" + w.ann.ID}, store.Access{Interaction: "read", User: w.ann.ID, Resource: "Patient/" + w.ann.ID, Outcome: "0"}},
		{"a search, without the values", call{url: "/fhir/Observation?patient=" + w.ann.ID + "&code=29463-7&date=ge2026-01-01&_count=1"}, store.Access{Interaction: "search-type", User: w.ann.ID, Query: "Observation?_count&code&date&patient", Outcome: "0"}},
		{"a search by a form", call{method: http.MethodPost, url: "/fhir/Observation/_search", body: strings.NewReader("code=29463-7&_count=1"), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, store.Access{Interaction: "search-type", Query: "Observation/_search?_count&code", Outcome: "0"}},
		{"a search for what is no id", call{url: "/fhir/Patient?_id=Ann%20Example"}, store.Access{Interaction: "search-type", Query: "Patient?_id", Outcome: "0"}},
		{"what is not found", call{url: "/fhir/Observation/nothing"}, store.Access{Interaction: "read", Resource: "Observation/nothing", Outcome: "4", Reason: "not found"}},
		{"another tenant's person", call{url: "/fhir/Patient/" + w.bob.ID}, store.Access{Interaction: "read", Resource: "Patient/" + w.bob.ID, Outcome: "4", Reason: "not found"}},
		{"what is asked wrongly", call{url: "/fhir/Observation?colour=red"}, store.Access{Interaction: "search-type", Query: "Observation?colour", Outcome: "4", Reason: "invalid"}},
		{"what no scope covers", call{url: "/fhir/Observation?patient=" + w.ann.ID, bare: true, header: map[string]string{"Authorization": "Bearer " + narrow}}, store.Access{Client: service.ID, Interaction: "search-type", Resource: "Patient/" + w.ann.ID, Query: "Observation?patient", Outcome: "4", Reason: "forbidden"}},
		{"Terra's data", call{url: w.url(nutrition)}, store.Access{Interaction: "search-type", User: w.ann.ID, Query: "v2/{type}?end_date&start_date&to_webhook&user_id", Outcome: "0"}},
		{"Terra's data by the other address", call{url: "/api" + w.url(nutrition)}, store.Access{Interaction: "search-type", User: w.ann.ID, Query: "api/v2/{type}?end_date&start_date&to_webhook&user_id", Outcome: "0"}},
		{"one record of Terra's", call{url: "/v2/activity/" + exercise}, store.Access{Interaction: "read", User: w.ann.ID, Query: "v2/{type}/{id}", Outcome: "0"}},
		{"the list of people", call{url: "/v2/subscriptions"}, store.Access{Interaction: "search-type", Query: "v2/subscriptions", Outcome: "0"}},
		{"who is asked for and not here", call{url: "/v2/athlete?user_id=" + w.bob.ID}, store.Access{Interaction: "read", Resource: "Patient/" + w.bob.ID, Query: "v2/athlete?user_id", Outcome: "4", Reason: "not found"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(w.accesses(t, "demo"))
			w.do(t, tt.call)
			all := w.accesses(t, "demo")
			if len(all) != before+2 { // the one, and that which looks
				t.Fatalf("%d rows more", len(all)-before)
			}
			i := slices.IndexFunc(all, func(a store.Access) bool {
				return a.Interaction == tt.want.Interaction && a.Query == tt.want.Query && a.Resource == tt.want.Resource && a.User == tt.want.User && a.Reason == tt.want.Reason
			})
			if i < 0 {
				t.Fatalf("no such row: %+v", all[before:])
			}
			got := all[i]
			tt.want.Tenant, tt.want.ID, tt.want.At, tt.want.Address = "demo", got.ID, now, "192.0.2.1"
			if tt.want.Client == "" {
				tt.want.Client = "demo"
			}
			if got != tt.want {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
	t.Run("of another tenant there is nothing", func(t *testing.T) {
		if all := w.accesses(t, "other"); len(all) != 0 {
			t.Errorf("got %+v", all)
		}
	})
}

func TestAuditEvents(t *testing.T) {
	w := newWorld(t)
	key := privateKey(t, "ES384")
	service := w.service(t, key, "")
	token := w.serviceToken(t, key, service, "system/Goal.rs")
	w.get(t, w.url("/fhir/Patient/{ann}"))
	w.get(t, w.url("/fhir/Observation?patient={ann}&_count=1"))
	w.with(t, token, w.url("/fhir/Observation?patient={ann}"))
	three := w.accesses(t, "demo")[:4] // and that which looks; the searches below leave rows of their own
	for search, want := range map[string]int{
		"patient={ann}": 3, "patient={ann}&outcome=0": 2, "patient={ann}&outcome=4": 1, "patient={ann}&action=R": 1, "patient={ann}&action=E": 2,
		"agent:identifier=" + fhir.SystemClient + "|" + service.ID: 1, "date=2026-02-10&patient={ann}": 3, "date=lt2026-02-10": 0, "date=gt2026-02-10": 0,
		"patient={bob}": 0, "subtype=read&patient={ann}": 1, "entity=Patient/{ann}": 3, "_lastUpdated=ge2026-02-10&patient={ann}": 3,
	} {
		t.Run(search, func(t *testing.T) {
			got := w.get(t, w.url("/fhir/AuditEvent?"+search))
			found := decode[bundle](t, got)
			n := 0
			for _, a := range three {
				if slices.Contains(found.ids(), a.ID) {
					n++
				}
			}
			if n != want {
				t.Errorf("found %d, want %d: %.2000s", n, want, got.Body)
			}
			if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: got.Body.Bytes()}); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("can be read, one by one", func(t *testing.T) {
		id := decode[bundle](t, w.get(t, w.url("/fhir/AuditEvent?patient={ann}"))).ids()[0]
		if got := w.get(t, "/fhir/AuditEvent/"+id); got.Code != http.StatusOK {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
		if got := w.do(t, call{url: "/fhir/AuditEvent/" + id, bare: true, header: map[string]string{"dev-id": "other", "x-api-key": "other-key"}}); got.Code != http.StatusNotFound {
			t.Errorf("by another tenant: %d", got.Code)
		}
	})
	t.Run("has pages", func(t *testing.T) {
		seen := map[string]bool{}
		for next := w.url("/fhir/AuditEvent?patient={ann}&_count=1"); next != ""; {
			found := decode[bundle](t, w.get(t, next))
			for _, id := range found.ids() {
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
			}
			next = found.link("next")
		}
		if len(seen) < 3 {
			t.Errorf("saw %d", len(seen))
		}
	})
	t.Run("tells no value and no name", func(t *testing.T) {
		if body := w.get(t, "/fhir/AuditEvent?_count=1000").Body.String(); strings.Contains(body, "29463") || strings.Contains(body, `"ann"`) {
			t.Errorf("got %s", body)
		}
	})
	t.Run("keeps, of a person who goes, who asked and when", func(t *testing.T) {
		if err := w.store.Deauthenticate(t.Context(), store.Event{Tenant: "demo", User: w.ann.ID, Type: "deauth", Detail: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		for _, a := range w.accesses(t, "demo") {
			if a.User == w.ann.ID && (a.Resource != "" || a.Query != "" || a.Client == "") {
				t.Errorf("got %+v", a)
			}
		}
	})
}

// Each route that needs a key leaves a row, unless it is one of these, which
// read nobody's data.
func TestEveryRouteThatReadsIsNoted(t *testing.T) {
	w := newWorld(t)
	nobodys := []string{
		"GET /v2/settings", "PATCH /v2/settings", "POST /v2/import", "PATCH /v2/users/{id}",
		"POST /v2/auth/authenticateUser", "POST /v2/auth/generateWidgetSession", "POST /v2/auth/generateAuthToken", "DELETE /v2/auth/deauthenticateUser",
		"POST /v2/auth/generateDisconnectSession", "POST /v2/auth/generateLaunch", "POST /v2/auth/generateAccessCode",
		"POST /api/widget/session", "POST /widget/api/session",
	}
	isAdministration := func(path string) bool {
		for _, begin := range []string{"/v2/endpoints", "/v2/deliveries", "/v2/clients", "/v2/connections"} {
			if strings.HasPrefix(path, begin) {
				return true
			}
		}
		return false
	}
	asked := 0
	for path, methods := range decode[description](t, w.get(t, "/openapi.json")).Paths {
		for method, operation := range methods {
			name := strings.ToUpper(method) + " " + path
			if len(operation.Security) == 0 || slices.Contains(nobodys, name) || isAdministration(path) {
				continue
			}
			before := len(w.accesses(t, "demo"))
			target := strings.NewReplacer("{id}", "x", "{type}", "body", "{vid}", "1").Replace(path)
			w.do(t, call{method: strings.ToUpper(method), url: target, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: strings.NewReader("")})
			asked++
			if got := len(w.accesses(t, "demo")) - before; got != 2 {
				t.Errorf("%s leaves %d rows", name, got-1)
			}
		}
	}
	if asked < 15 {
		t.Errorf("asked only %d times", asked)
	}
}

func TestExpiredTokensAreNoted(t *testing.T) {
	w := newWorld(t)
	at := now
	w.now = func() time.Time { return at }
	w.handler = w.serve(t, w.log)
	key := privateKey(t, "ES384")
	service := w.service(t, key, "")
	token := w.serviceToken(t, key, service, "system/*.rs")
	at = now.Add(smart.ServiceLife)
	if got := w.with(t, token, "/fhir/Observation"); got.Code != http.StatusUnauthorized {
		t.Fatalf("got %d", got.Code)
	}
	all := w.accesses(t, "demo")
	if found := decode[bundle](t, w.get(t, "/fhir/AuditEvent?outcome=4")); len(found.ids()) != 1 || found.ids()[0] != all[0].ID {
		t.Errorf("found %v, although it is later than the last import", found.ids())
	}
	if a := all[0]; a.Client != service.ID || a.Outcome != store.AccessRefused || a.Reason != "unauthorized" {
		t.Errorf("got %+v", a)
	}
}
