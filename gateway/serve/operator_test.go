package serve_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
)

const adminKey = "an operator's key"

// operated is the world with an operator, who has an endpoint made for the
// tenant "demo" to which two deliveries go: one is dead.
type operated struct {
	*world
	endpoint    string
	dead, first string
}

func newOperated(t *testing.T) operated {
	t.Helper()
	w := newWorld(t)
	w.adminKey = adminKey
	w.handler = w.serve(t, io.Discard)
	o := operated{world: w}
	o.endpoint = decode[struct{ ID string }](t, o.own(t, "POST", "/v2/endpoints", `{"url":"https://hooks.example.org/a"}`)).ID
	ctx := t.Context()
	if err := w.store.Lease(ctx, "test", now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	lanes, err := w.store.Lanes(ctx)
	if err != nil || len(lanes) != 1 {
		t.Fatal(lanes, err)
	}
	parcel := func(id, state string) store.Parcel {
		return store.Parcel{MediaType: "application/json", Body: []byte(`{"weight_kg":71.5}`), Delivery: store.Delivery{
			Tenant: "demo", Endpoint: o.endpoint, ID: id, User: w.ann.ID, Type: "body", State: state, Created: now, NextAt: now, TraceID: id, Size: 18,
		}}
	}
	o.first, o.dead = "0001", "0002"
	if err := w.store.Emit(ctx, store.Emission{
		Tenant: "demo", Endpoint: o.endpoint, Holder: "test", From: lanes[0].Seq, To: lanes[0].Seq + 1,
		Parcels: []store.Parcel{parcel(o.first, store.Waiting), parcel(o.dead, store.Waiting)},
	}); err != nil {
		t.Fatal(err)
	}
	failed := parcel(o.dead, store.Dead).Delivery
	failed.Attempts, failed.Class, failed.NextAt = 1, "timeout", time.Time{}
	if err := w.store.Settle(ctx, []store.Outcome{{Delivery: failed, Attempt: store.Attempt{N: 1, At: now.Add(-time.Hour), Took: time.Second, Class: "timeout"}}}); err != nil {
		t.Fatal(err)
	}
	return o
}

// own asks with the key of the tenant "demo", others with that of "other".
func (o operated) own(t *testing.T, method, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return o.do(t, call{method: method, url: url, body: strings.NewReader(body)})
}

func (o operated) others(t *testing.T, method, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return o.do(t, call{method: method, url: url, body: strings.NewReader(body), header: map[string]string{"dev-id": "other", "x-api-key": "other-key"}})
}

// admin asks with the operator's key.
func (o operated) admin(t *testing.T, method, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return o.do(t, call{method: method, url: "/admin/api" + url, body: strings.NewReader(body), bare: true, header: map[string]string{"Authorization": "Bearer " + adminKey}})
}

func TestOperatorsKey(t *testing.T) {
	with, without := newOperated(t), newWorld(t)
	asked := 0
	for path, methods := range decode[description](t, with.get(t, "/openapi.json")).Paths {
		if !strings.HasPrefix(path, "/admin/api/") {
			continue
		}
		for method := range methods {
			asked++
			url := strings.NewReplacer("{tenant}", "demo", "{id}", with.endpoint).Replace(path)
			if got := without.do(t, call{method: strings.ToUpper(method), url: url, header: map[string]string{"Authorization": "Bearer "}}); got.Code != http.StatusNotFound {
				t.Errorf("%s %s without an operator: %d", method, path, got.Code)
			}
			for name, header := range map[string]map[string]string{
				"a tenant's key": {}, "a wrong key": {"Authorization": "Bearer an operator's kez"},
				"an empty key": {"Authorization": "Bearer "}, "another scheme": {"Authorization": "Basic " + adminKey},
			} {
				if got := with.do(t, call{method: strings.ToUpper(method), url: url, header: header}); got.Code != http.StatusUnauthorized || !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s %s with %s: %d", method, path, name, got.Code)
				}
			}
			url = strings.NewReplacer("{tenant}", "nobody", "{id}", with.endpoint).Replace(path)
			if got := with.admin(t, strings.ToUpper(method), strings.TrimPrefix(url, "/admin/api"), "{}"); strings.Contains(path, "{tenant}") && got.Code != http.StatusNotFound {
				t.Errorf("%s %s of no tenant: %d", method, path, got.Code)
			}
		}
	}
	if asked < 14 {
		t.Errorf("asked only %d times", asked)
	}
}

func TestOperatorMakesTenants(t *testing.T) {
	o := newOperated(t)
	if got := o.admin(t, "POST", "/tenants", `{"tenant":"clinic"}`); got.Code != http.StatusOK {
		t.Fatal(got.Body)
	}
	if got := o.admin(t, "GET", "/tenants", "").Body.String(); got != `{"tenants":[{"tenant":"clinic"},{"tenant":"demo"},{"tenant":"other"}]}` {
		t.Error(got)
	}
	answer := o.admin(t, "POST", "/tenants/clinic/keys", `{"dev_id":"app"}`)
	key := decode[struct{ ID, Key, Prefix string }](t, answer)
	if !strings.HasPrefix(key.Key, key.Prefix) || len(key.Key) < 43 || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d-character key, %v", len(key.Key), answer.Header())
	}
	use := func() int {
		return o.do(t, call{url: "/v2/endpoints", header: map[string]string{"dev-id": "app", "x-api-key": key.Key}}).Code
	}
	if got := use(); got != http.StatusOK {
		t.Errorf("the new key: %d", got)
	}
	if got := o.admin(t, "GET", "/tenants/clinic/keys", "").Body.String(); !strings.Contains(got, key.ID) || strings.Contains(got, key.Key) {
		t.Errorf("the list: %s", got)
	}
	if got := o.admin(t, "DELETE", "/tenants/clinic/keys/"+key.ID, ""); got.Code != http.StatusOK {
		t.Error(got.Body)
	}
	o.handler = o.serve(t, io.Discard) // which does not remember for a moment that the key was right
	if got := use(); got != http.StatusUnauthorized {
		t.Errorf("the revoked key: %d", got)
	}
}

func TestEndpointsOfTenants(t *testing.T) {
	o := newOperated(t)
	answer := o.own(t, "POST", "/v2/endpoints", `{"url":"https://hooks.example.org/b","types":["nutrition"],"schedule":"terra","format":"fhir"}`)
	made := decode[struct {
		ID, Secret, Tenant string
		Schedule           []string
	}](t, answer)
	if !strings.HasPrefix(made.Secret, "whsec_") || made.Tenant != "demo" || len(made.Schedule) != 10 || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s", answer.Body)
	}
	at := "/v2/endpoints/" + made.ID
	for _, c := range []struct {
		name, method, url, body string
		status                  int
		says                    string
	}{
		{"is found", "GET", at, "", 200, `"url":"https://hooks.example.org/b"`},
		{"is in the list", "GET", "/api/v2/endpoints", "", 200, made.ID},
		{"is paused", "PATCH", at, `{"state":"paused"}`, 200, `"state":"paused"`},
		{"is enabled", "PATCH", at, `{"state":"enabled","rate":5}`, 200, `"rate":5,`},
		{"says what was sent that was held", "PATCH", at, `{"state":"enabled","held":"newest"}`, 200, `"replayed":0`},
		{"knows no other word for it", "PATCH", at, `{"held":"some"}`, 400, "all, newest or none"},
		{"signs with a key pair too", "PATCH", at, `{"ed25519":true}`, 200, `"public_key":"whpk_`},
		{"has fields of its own, without their values", "PATCH", at, `{"headers":{"Authorization":"Bearer hidden"}}`, 200, `"header_names":["Authorization"]`},
		{"cannot set what a delivery is", "PATCH", at, `{"headers":{"webhook-id":"1"}}`, 400, "webhook-id"},
		{"is tested", "POST", at + "/test", "", 200, `"reference":"test_`},
		{"has a new secret", "POST", at + "/rotate?keep=1h", "", 200, `"secret":"whsec_`},
		{"is not rotated for a strange time", "POST", at + "/rotate?keep=long", "", 400, "keep"},
		{"has no private address", "POST", "/v2/endpoints", `{"url":"https://192.168.10.65/"}`, 400, "public"},
		{"gets no private address", "PATCH", at, `{"url":"http://127.0.0.1/"}`, 400, "public"},
		{"needs an address", "POST", "/v2/endpoints", `{}`, 400, "url: required"},
		{"has no setting that is misspelt", "PATCH", at, `{"paylod":"thin"}`, 400, "paylod"},
		{"is not made of what is no JSON", "POST", "/v2/endpoints", "{\n url: 1}", 400, "line 2, column 3"},
		{"is JSON only", "GET", at, "", 406, "application/json"},
		{"is deleted", "DELETE", at, "", 200, "success"},
		{"is gone", "GET", at, "", 404, "no such endpoint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := map[string]string{}
			if c.status == http.StatusNotAcceptable {
				header["Accept"] = "text/csv"
			}
			got := o.do(t, call{method: c.method, url: c.url, body: strings.NewReader(c.body), header: header})
			if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) {
				t.Errorf("got %d %s, want %d %s", got.Code, got.Body, c.status, c.says)
			}
			if strings.Contains(got.Body.String(), "hidden") {
				t.Error("the value of a field is shown")
			}
			if shown := strings.Contains(got.Body.String(), "whsec_"); shown != strings.Contains(c.says, "whsec_") {
				t.Errorf("the secret is shown: %v", shown)
			}
		})
	}
}

func TestDeliveriesOfTenants(t *testing.T) {
	o := newOperated(t)
	type list struct {
		Deliveries []struct{ ID, State, Class string }
		Next       string
	}
	ids := func(url string) []string {
		t.Helper()
		var all []string
		for _, d := range decode[list](t, o.own(t, "GET", url, "")).Deliveries {
			all = append(all, d.ID)
		}
		return all
	}
	for url, want := range map[string][]string{
		"/v2/deliveries":                             {o.dead, o.first},
		"/v2/deliveries?state=dead":                  {o.dead},
		"/v2/deliveries?user_id=" + o.ann.ID:         {o.dead, o.first},
		"/v2/deliveries?endpoint=" + o.endpoint:      {o.dead, o.first},
		"/v2/deliveries?since=1h":                    {o.dead, o.first},
		"/v2/deliveries?until=2026-02-10":            nil,
		"/v2/deliveries?limit=1":                     {o.dead},
		"/v2/deliveries?limit=1&after=" + o.dead:     {o.first},
		"/api/v2/deliveries?state=waiting&limit=500": {o.first},
	} {
		if got := ids(url); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", url, got, want)
		}
	}
	t.Run("one is shown with its attempts, without what was in it", func(t *testing.T) {
		got := o.own(t, "GET", "/v2/deliveries/"+o.dead, "").Body.String()
		for _, want := range []string{`"state":"dead"`, `"class":"timeout"`, `"took_ms":1000`, `"size":18`} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
		if strings.Contains(got, "weight") || strings.Contains(got, "71.5") {
			t.Errorf("tells what was in it: %s", got)
		}
	})
	t.Run("others neither see nor replay them", func(t *testing.T) {
		if got := o.others(t, "GET", "/v2/deliveries", "").Body.String(); got != `{"deliveries":[]}` {
			t.Error(got)
		}
		for _, c := range [][2]string{
			{"GET", "/v2/deliveries/" + o.dead},
			{"POST", "/v2/deliveries/" + o.dead + "/replay"},
			{"POST", "/v2/deliveries/replay?endpoint=" + o.endpoint},
			{"GET", "/v2/deliveries?endpoint=" + o.endpoint},
			{"GET", "/v2/deliveries?user_id=" + o.ann.ID},
			{"GET", "/v2/endpoints/" + o.endpoint},
			{"DELETE", "/v2/endpoints/" + o.endpoint},
			{"PATCH", "/v2/endpoints/" + o.endpoint},
			{"POST", "/v2/endpoints/" + o.endpoint + "/rotate"},
			{"POST", "/v2/endpoints/" + o.endpoint + "/test"},
		} {
			if got := o.others(t, c[0], c[1], ""); got.Code != http.StatusNotFound {
				t.Errorf("%v: %d", c, got.Code)
			}
		}
	})
	t.Run("the operator sees them", func(t *testing.T) {
		if got := decode[list](t, o.admin(t, "GET", "/tenants/demo/deliveries?state=dead", "")); len(got.Deliveries) != 1 {
			t.Error(got)
		}
	})
	for url, status := range map[string]int{
		"/v2/deliveries?state=lost": 400, "/v2/deliveries?since=then": 400, "/v2/deliveries?limit=0": 400, "/v2/deliveries?limit=many": 400,
		"/v2/deliveries/none": 404, "/v2/deliveries?user_id=none": 404,
	} {
		if got := o.own(t, "GET", url, ""); got.Code != status {
			t.Errorf("%s: %d %s, want %d", url, got.Code, got.Body, status)
		}
	}
	t.Run("a replay of everything is a slip", func(t *testing.T) {
		if got := o.own(t, "POST", "/v2/deliveries/replay", ""); got.Code != http.StatusBadRequest {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
	t.Run("an id is new or not", func(t *testing.T) {
		if got := o.own(t, "POST", "/v2/deliveries/"+o.dead+"/replay?new_id=perhaps", ""); got.Code != http.StatusBadRequest {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if got := o.own(t, "POST", "/v2/deliveries/replay?new_id=true", ""); got.Code != http.StatusBadRequest {
			t.Errorf("everything: %d %s", got.Code, got.Body)
		}
	})
	t.Run("the dead one is sent again", func(t *testing.T) {
		if got := o.own(t, "POST", "/v2/deliveries/replay?state=dead", "").Body.String(); got != `{"status":"success","replayed":1}` {
			t.Error(got)
		}
		if got := ids("/v2/deliveries?state=dead"); len(got) != 0 {
			t.Error(got)
		}
	})
	t.Run("not while the endpoint is paused", func(t *testing.T) {
		o.own(t, "PATCH", "/v2/endpoints/"+o.endpoint, `{"state":"paused"}`)
		if got := o.own(t, "POST", "/v2/endpoints/"+o.endpoint+"/test", ""); got.Code != http.StatusConflict {
			t.Errorf("a test: %d %s", got.Code, got.Body)
		}
		if got := o.own(t, "POST", "/v2/deliveries/"+o.dead+"/replay", ""); got.Code != http.StatusConflict {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

func TestMetrics(t *testing.T) {
	o := newOperated(t)
	bearer := call{url: "/metrics", bare: true, header: map[string]string{"Authorization": "Bearer " + adminKey}}
	o.get(t, "/v2/nutrition?start_date=2026-02-01&user_id="+o.ann.ID+"&to_webhook=false")
	o.upload(t, "reference_id=carl&name=biometrics.csv", csvType, strings.NewReader("Day,Time,Group,Metric,Unit,Amount\n2026-01-10,,Uncategorized,\"Weight\",kg,69.0\n"))
	o.upload(t, "reference_id=carl&name=other.csv", csvType, strings.NewReader("Apples,Pears\n1,2\n"))
	got := o.do(t, bearer)
	text := got.Body.String()
	for _, want := range []string{
		`nutrigate_deliveries_waiting{endpoint="` + o.endpoint + `"} 1`,
		`nutrigate_deliveries_oldest_seconds{endpoint="` + o.endpoint + `"} 0`,
		`nutrigate_http_request_duration_seconds_count{method="GET",route="/v2/{type}",status="200"} 1`,
		`nutrigate_imports_total{outcome="ok"} 1`, `nutrigate_imports_total{outcome="refused"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("has no %s:\n%.3000s", want, text)
		}
	}
	if !strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Error(got.Header())
	}
	for _, secret := range []string{o.ann.ID, `"demo"`, `"ann"`, adminKey} {
		if strings.Contains(text, secret) {
			t.Errorf("tells %q", secret)
		}
	}
	if got := o.get(t, "/metrics"); got.Code != http.StatusUnauthorized {
		t.Errorf("a tenant, where there is an operator's key: %d", got.Code)
	}
	if got := newWorld(t).do(t, call{url: "/metrics", bare: true}); got.Code != http.StatusOK {
		t.Errorf("where there is none: %d", got.Code)
	}
}
