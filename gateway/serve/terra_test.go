package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/schemas"
)

// endpoint gives the demo tenant an endpoint.
func (w *world) endpoint(t testing.TB) store.Endpoint {
	t.Helper()
	e, _, err := w.store.PutEndpoint(t.Context(), store.Endpoint{Tenant: "demo", URL: "https://receiver.example/hook"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// patch sends a change with the tenant's key.
func (w *world) patch(t testing.TB, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{method: http.MethodPatch, url: url, header: map[string]string{"Content-Type": jsonType}, body: strings.NewReader(body)})
}

const week = "/v2/nutrition?user_id={ann}&start_date=2026-02-01&end_date=2026-02-07"

func TestWebhookIsTheDefaultOnceThereIsAnEndpoint(t *testing.T) {
	w := newWorld(t)
	week := w.url(week)
	sent := func(t *testing.T, url string, accept ...string) bool {
		t.Helper()
		r := w.get(t, url, accept...)
		if r.Code != http.StatusOK {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
		return strings.Contains(r.Body.String(), `"trace_id"`)
	}
	t.Run("without an endpoint data is the answer", func(t *testing.T) {
		if sent(t, week) {
			t.Error("it was sent")
		}
		if r := w.get(t, week+"&to_webhook=true"); r.Code != http.StatusBadRequest || !strings.Contains(r.Body.String(), "no endpoint is configured") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	e := w.endpoint(t)
	t.Run("with one it goes there, unless the request says otherwise", func(t *testing.T) {
		if !sent(t, week) || !sent(t, week+"&to_webhook=true") || !sent(t, w.url("/v2/athlete?user_id={ann}")) || sent(t, week+"&to_webhook=false") {
			t.Error("it did not")
		}
	})
	t.Run("who asks for FHIR gets FHIR", func(t *testing.T) {
		if sent(t, week, "application/fhir+json") {
			t.Error("it was sent")
		}
		if r := w.get(t, week+"&to_webhook=true", "application/fhir+json"); r.Code != http.StatusNotAcceptable {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("the acknowledgement ties the request to what is sent", func(t *testing.T) {
		a := decode[struct {
			Reference string
			TraceID   string `json:"trace_id"`
			Message   string
		}](t, w.get(t, week))
		var last store.Logged
		for _, e := range w.told(t, w.ann.ID) {
			last = e
		}
		if a.Reference == "" || a.TraceID != a.Reference || last.Reference != a.Reference || last.Kind != "request" || a.Message != "" ||
			string(last.Detail) != `{"type":"nutrition","from":"2026-02-01","to":"2026-02-07"}` {
			t.Errorf("got %+v, logged %+v %s", a, last, last.Detail)
		}
	})
	t.Run("a range of a month is large", func(t *testing.T) {
		for url, large := range map[string]bool{
			"/v2/body?user_id={ann}&start_date=2026-01-05&end_date=2026-02-04": false,
			"/v2/body?user_id={ann}&start_date=2026-01-05&end_date=2026-02-05": true,
		} {
			if got := strings.Contains(w.get(t, w.url(url)).Body.String(), "Large request submitted"); got != large {
				t.Errorf("%s: large is %v", url, got)
			}
		}
	})
	t.Run("the tenant can keep the data in the answer", func(t *testing.T) {
		if r := w.patch(t, "/v2/settings", `{"answer_directly":true}`); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "true") {
			t.Fatalf("got %d %s", r.Code, r.Body)
		}
		if sent(t, week) || !sent(t, week+"&to_webhook=true") {
			t.Error("the setting has no effect")
		}
		w.patch(t, "/v2/settings", `{"answer_directly":false}`)
		if !sent(t, week) {
			t.Error("the setting cannot be taken back")
		}
	})
	t.Run("a paused endpoint still gets it, a disabled one does not", func(t *testing.T) {
		for state, want := range map[string]bool{store.Paused: true, store.Disabled: false} {
			e.State = state
			if _, _, err := w.store.PutEndpoint(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if sent(t, week) != want {
				t.Errorf("%s: sent is %v", state, !want)
			}
		}
	})
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	w.endpoint(t)
	day := now
	w.now = func() time.Time { return day }
	w.handler = w.serve(t, w.log)
	years := w.url("/v2/body?user_id={ann}&start_date=2021-02-11&end_date=2026-02-09&to_webhook=")
	for i, left := range []string{"4176", "2352", "528"} {
		r := w.get(t, years+"true")
		if h := r.Header(); r.Code != http.StatusOK || h.Get("X-Terra-RateLimit-Limit") != "6000" || h.Get("X-Terra-RateLimit-Remaining") != left || h.Get("X-Terra-RateLimit-Reset-After") == "" {
			t.Fatalf("request %d: %d %v", i, r.Code, h)
		}
		day = day.Add(10 * time.Minute)
	}
	t.Run("a user's days within the hour have an end", func(t *testing.T) {
		r := w.get(t, years+"true")
		if h := r.Header(); r.Code != http.StatusTooManyRequests || h.Get("X-Terra-RateLimit-Rule") != "r2" || h.Get("Retry-After") != "1800" {
			t.Errorf("got %d %v %s", r.Code, h, r.Body)
		}
	})
	t.Run("an answer with the data costs nothing", func(t *testing.T) {
		if r := w.get(t, years+"false"); r.Code != http.StatusOK || r.Header().Get("X-Terra-RateLimit-Remaining") != "528" {
			t.Errorf("got %d %v", r.Code, r.Header())
		}
	})
	t.Run("what is an hour old is forgotten", func(t *testing.T) {
		day = day.Add(30 * time.Minute)
		if r := w.get(t, years+"true"); r.Code != http.StatusOK || r.Header().Get("X-Terra-RateLimit-Remaining") != "528" {
			t.Errorf("got %d %v", r.Code, r.Header())
		}
	})
	t.Run("one request has an end too", func(t *testing.T) {
		r := w.get(t, w.url("/v2/body?user_id={ann}&start_date=2021-02-11&end_date=2026-02-11"))
		if h := r.Header(); r.Code != http.StatusTooManyRequests || h.Get("X-Terra-RateLimit-Rule") != "r1" || h.Get("Retry-After") != "" {
			t.Errorf("got %d %v", r.Code, h)
		}
	})
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	t.Run("several at once, without those who are not there", func(t *testing.T) {
		r := w.post(t, "/v2/bulkUserInfo", `["`+w.ann.ID+`","`+w.bob.ID+`","nobody"]`)
		if got := decode[[]struct {
			UserID string `json:"user_id"`
		}](t, r); r.Code != http.StatusOK || len(got) != 1 || got[0].UserID != w.ann.ID {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	for _, c := range []struct {
		name, body, detail string
		status             int
	}{
		{"no list", `{}`, "line 1", 400},
		{"null", `null`, "list of user ids", 400},
		{"nothing", ``, "line 1", 400},
		{"a list of numbers", "[\n7]", "line 2", 400},
		{"a list that goes on", `["a"] x`, "line 1", 400},
		{"too many", `["` + strings.Repeat(`x","`, 1000) + `x"]`, "1000 users", 413},
	} {
		t.Run("a body that is "+c.name, func(t *testing.T) {
			if r := w.post(t, "/v2/bulkUserInfo", c.body); r.Code != c.status || !strings.Contains(r.Body.String(), c.detail) {
				t.Errorf("got %d %s", r.Code, r.Body)
			}
		})
	}
	t.Run("a user's name and activity can be changed", func(t *testing.T) {
		r := w.patch(t, "/v2/users/"+w.ann.ID, `{"reference_id":"anna","active":false}`)
		if u := w.user(t, "anna"); r.Code != http.StatusOK || u.ID != w.ann.ID || u.Active || !strings.Contains(r.Body.String(), `"active":false`) {
			t.Errorf("got %d %s, %+v", r.Code, r.Body, u)
		}
		if r := w.patch(t, "/v2/users/"+w.ann.ID, `{"active":true}`); !strings.Contains(r.Body.String(), `"reference_id":"anna"`) {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("a name that another user has is a conflict", func(t *testing.T) {
		w.post(t, "/v2/auth/authenticateUser?resource=CRONOMETER", `{"reference_id":"quinn"}`)
		if r := w.patch(t, "/v2/users/"+w.ann.ID, `{"reference_id":"quinn"}`); r.Code != http.StatusConflict {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("who is not there cannot be changed", func(t *testing.T) {
		for _, id := range []string{"nobody", w.bob.ID} {
			if r := w.patch(t, "/v2/users/"+id, `{"active":false}`); r.Code != http.StatusNotFound {
				t.Errorf("got %d %s", r.Code, r.Body)
			}
		}
	})
}

func TestDeauthentication(t *testing.T) {
	w := newWorld(t)
	page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", User: w.ann.ID, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	record := page.Records[0]
	addresses := []string{
		week, "/v2/userInfo?user_id={ann}", "/v2/userInfo?reference_id=ann", "/v2/athlete?user_id={ann}", "/v2/nutrition/" + record.ID,
		"/fhir/Patient/{ann}", "/fhir/Observation/" + record.ID,
	}
	for _, address := range addresses {
		if strings.Contains(address, record.ID) {
			continue // of whichever type it is
		}
		if r := w.get(t, w.url(address)); r.Code != http.StatusOK {
			t.Fatalf("%s: %d", address, r.Code)
		}
	}
	gone := func() *httptest.ResponseRecorder {
		return w.do(t, call{method: http.MethodDelete, url: w.url("/v2/auth/deauthenticateUser?user_id={ann}")})
	}
	if r := gone(); r.Code != http.StatusOK || r.Body.String() != `{"status":"success"}` {
		t.Fatalf("got %d %s", r.Code, r.Body)
	}
	t.Run("nothing of the person can be read any more", func(t *testing.T) {
		for _, address := range addresses {
			if r := w.get(t, w.url(address)); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d %.200s", address, r.Code, r.Body)
			}
		}
		if r := w.get(t, w.url("/fhir/Observation?patient={ann}&_count=0")); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"total":0`) {
			t.Errorf("a search finds her: %d %.200s", r.Code, r.Body)
		}
		if r := w.get(t, "/v2/subscriptions"); strings.Contains(r.Body.String(), w.ann.ID) {
			t.Errorf("she is still listed: %s", r.Body)
		}
		if r := w.get(t, "/fhir/Patient"); strings.Contains(r.Body.String(), w.ann.ID) {
			t.Errorf("she is still a patient: %s", r.Body)
		}
		if docs, err := w.store.Documents(t.Context(), "demo", w.ann.ID); err != nil || len(docs) > 0 {
			t.Errorf("%d documents are left (%v)", len(docs), err)
		}
		left, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", Deleted: true})
		if err != nil || len(left.Records) > 0 {
			t.Errorf("%d records are left (%v)", len(left.Records), err)
		}
	})
	t.Run("it is told of once", func(t *testing.T) {
		if r := gone(); r.Code != http.StatusNotFound {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
		if kinds(w.told(t, w.ann.ID)) != "deauth" {
			t.Errorf("events %q", kinds(w.told(t, w.ann.ID)))
		}
	})
	t.Run("nothing can be brought in under the old id", func(t *testing.T) {
		if code, _ := w.upload(t, "user_id="+w.ann.ID+"&name=biometrics.csv", csvType, strings.NewReader(biometricsCSV)); code != http.StatusNotFound {
			t.Errorf("got %d", code)
		}
	})
	t.Run("who connects again under the same reference is someone new", func(t *testing.T) {
		if r := w.send(t, w.widget(t, "ann"), "biometrics.csv", biometricsCSV, nil); r.Code != http.StatusOK {
			t.Fatal(r.Body)
		}
		if u := w.user(t, "ann"); u.ID == w.ann.ID || kinds(w.told(t, u.ID)) != "auth" {
			t.Errorf("got %+v, events %q", u, kinds(w.told(t, u.ID)))
		}
	})
	t.Run("the other tenant's person is untouched", func(t *testing.T) {
		if days, err := w.store.Days(t.Context(), "other", w.bob.ID, nil, "", ""); err != nil || len(days) == 0 {
			t.Errorf("%d days (%v)", len(days), err)
		}
	})
}

// Every answer to a client of Terra's API is what our schemas say.
func TestAnswersAreOfTheirSchemas(t *testing.T) {
	w := newWorld(t)
	get := func(url string) call { return call{url: w.url(url)} }
	send := func(method, url, body string) call {
		return call{method: method, url: w.url(url), header: map[string]string{"Content-Type": jsonType}, body: strings.NewReader(body)}
	}
	session := `{"reference_id":"rita","auth_success_redirect_url":"https://app.example/"}`
	check := func(schema string, c call) {
		t.Helper()
		if err := schemas.Check("terra/"+schema, w.do(t, c).Body.Bytes()); err != nil {
			t.Errorf("%s %s: %v", c.method, c.url, err)
		}
	}
	for _, typ := range []string{"activity", "body", "daily", "menstruation", "nutrition", "sleep"} {
		check("data", get("/v2/"+typ+"?user_id={ann}&start_date=2026-01-01&to_webhook=false"))
	}
	check("athlete_data", get("/v2/athlete?user_id={ann}&to_webhook=false"))
	check("integrations", call{url: "/v2/integrations", bare: true})
	check("integrations_detailed", call{url: "/api/v2/integrations/detailed?sdk=true", bare: true})
	check("user_info", get("/v2/userInfo?user_id={ann}"))
	check("users", get("/v2/userInfo?reference_id=ann"))
	check("users", get("/v2/subscriptions"))
	check("users_page", get("/v2/subscriptions?page=0&per_page=1"))
	check("user_list", send("POST", "/v2/bulkUserInfo", `["`+w.ann.ID+`"]`))
	check("modified_user", send("PATCH", "/v2/users/{ann}", `{"reference_id":"anna"}`))
	check("settings", get("/v2/settings"))
	check("settings", send("PATCH", "/v2/settings", `{}`))
	check("authentication", send("POST", "/v2/auth/authenticateUser?resource=CRONOMETER", session))
	check("widget_session", send("POST", "/v2/auth/generateWidgetSession", session))
	check("widget_session", send("POST", "/v2/auth/generateDisconnectSession?user_id={ann}", session))
	check("auth_token", send("POST", "/v2/auth/generateAuthToken", ""))
	w.endpoint(t)
	check("acknowledgement", get("/v2/nutrition?user_id={ann}&start_date=2026-01-01"))
	check("acknowledgement", get("/v2/athlete?user_id={ann}&to_webhook=true"))
	check("status", send("DELETE", "/v2/auth/deauthenticateUser?user_id={ann}", ""))
	for _, c := range []call{
		get(week), get("/v2/nothing"),
		{url: "/v2/subscriptions", bare: true},
		get("/v2/userInfo"), send("POST", "/v2/bulkUserInfo", "{"),
		send("POST", "/v2/auth/authenticateUser?resource=FITBIT", ""), get("/v2/body?user_id={ann}&start_date=x"), send("PUT", "/v2/settings", ""),
	} {
		check("problem", c)
	}
	t.Run("an error is told in the words of both generations", func(t *testing.T) {
		var p map[string]any
		if err := json.Unmarshal(w.get(t, "/v2/userInfo").Body.Bytes(), &p); err != nil || p["detail"] != p["message"] || p["status"] != "error" {
			t.Errorf("got %v (%v)", p, err)
		}
	})
}
