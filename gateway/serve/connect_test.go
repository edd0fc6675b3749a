package serve_test

import (
	"bytes"
	"html"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"nutrigate/gateway/store"
)

const (
	jsonType = "application/json"
	browser  = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	success  = "https://app.example/done?plan=a%20b#part"
	failure  = "https://app.example/failed"
)

// post sends JSON with the tenant's key.
func (w *world) post(t testing.TB, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{method: http.MethodPost, url: url, header: map[string]string{"Content-Type": jsonType}, body: strings.NewReader(body)})
}

// widget returns the path of a new session's page.
func (w *world) widget(t testing.TB, reference string) string {
	t.Helper()
	r := w.post(t, "/v2/auth/generateWidgetSession", `{"providers":"CRONOMETER,OURA","reference_id":"`+reference+`",
		"auth_success_redirect_url":"`+success+`","auth_failure_redirect_url":"`+failure+`"}`)
	a := decode[struct{ URL string }](t, r)
	return strings.TrimPrefix(a.URL, "http://example.com")
}

// send uploads a file to a session's page, as a browser does.
func (w *world) send(t testing.TB, path, name, content string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	if err := m.WriteField("zone", "Europe/Berlin"); err != nil {
		t.Fatal(err)
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, content)
	m.Close()
	all := map[string]string{"Content-Type": m.FormDataContentType(), "Accept": browser}
	maps.Copy(all, header)
	return w.do(t, call{method: http.MethodPost, url: path, header: all, body: &form, bare: true})
}

// look opens a page as a browser does.
func (w *world) look(t testing.TB, path string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{url: path, header: map[string]string{"Accept": browser}, bare: true})
}

// told returns the types of the tenant's events about a user that are not about
// records, in their order.
func (w *world) told(t testing.TB, user string) []store.Logged {
	t.Helper()
	log, err := w.store.Log(t.Context(), "demo", 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	var found []store.Logged
	for _, e := range log {
		if e.User == user {
			found = append(found, e)
		}
	}
	return found
}

func kinds(events []store.Logged) string {
	var all []string
	for _, e := range events {
		if !e.Records && e.Kind != "user" {
			all = append(all, e.Kind)
		}
	}
	return strings.Join(all, " ")
}

// user returns the demo tenant's user with the reference.
func (w *world) user(t testing.TB, reference string) store.User {
	t.Helper()
	u, err := w.store.UserByReference(t.Context(), "demo", reference)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var link = regexp.MustCompile(`<a class="button" href="([^"]*)"`)

// leads returns where the page's link leads.
func leads(t testing.TB, r *httptest.ResponseRecorder) *url.URL {
	t.Helper()
	found := link.FindStringSubmatch(r.Body.String())
	if found == nil {
		t.Fatalf("no link in\n%s", r.Body)
	}
	u, err := url.Parse(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestConnecting(t *testing.T) {
	w := newWorld(t)
	t.Run("a person uploads an export, is connected, and goes on to the app", func(t *testing.T) {
		path := w.widget(t, "gina")
		page := w.look(t, path)
		if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "app.example") || !strings.Contains(page.Body.String(), `action="`+path+`"`) {
			t.Fatalf("got %d %s", page.Code, page.Body)
		}
		done := w.send(t, path, "biometrics.csv", biometricsCSV, nil)
		if done.Code != http.StatusOK || !strings.Contains(done.Body.String(), "biometrics.csv") {
			t.Fatalf("got %d %s", done.Code, done.Body)
		}
		u := w.user(t, "gina")
		if !u.Active || u.Zone != "Europe/Berlin" || u.Connected.IsZero() {
			t.Errorf("user %+v", u)
		}
		to := leads(t, done)
		want := url.Values{"plan": {"a b"}, "user_id": {u.ID}, "reference_id": {"gina"}, "resource": {"CRONOMETER"}}
		if to.Host != "app.example" || to.Query().Encode() != want.Encode() || to.Fragment != "part" {
			t.Errorf("leads to %s", to)
		}
		if !strings.Contains(html.UnescapeString(done.Body.String()), ">"+to.String()+"</p>") {
			t.Error("the address is not shown plainly")
		}
		if data := w.get(t, "/v2/body?start_date=2026-01-01&to_webhook=false&user_id="+u.ID); !strings.Contains(data.Body.String(), `"data":[{`) {
			t.Errorf("no data: %s", data.Body)
		}
	})
	t.Run("who is connected is told of before the data is", func(t *testing.T) {
		events := w.told(t, w.user(t, "gina").ID)
		if kinds(events) != "auth" {
			t.Fatalf("events %q", kinds(events))
		}
		for _, e := range events {
			if e.Records && e.Day != "" {
				t.Fatal("records come first")
			}
			if e.Kind == "auth" {
				if !strings.Contains(string(e.Detail), `"widget_session_id":"`) || !strings.Contains(string(e.Detail), `"status":"success"`) {
					t.Errorf("detail %s", e.Detail)
				}
				break
			}
		}
	})
	t.Run("who reconnects is announced again, and keeps the id", func(t *testing.T) {
		before := w.user(t, "gina")
		if r := w.send(t, w.widget(t, "gina"), "biometrics.csv", biometricsCSV, nil); r.Code != http.StatusOK {
			t.Fatal(r.Body)
		}
		if after := w.user(t, "gina"); after.ID != before.ID || kinds(w.told(t, after.ID)) != "auth user_reauth auth" {
			t.Errorf("got %s, events %q", after.ID, kinds(w.told(t, after.ID)))
		}
	})
	t.Run("a link works once", func(t *testing.T) {
		path := w.widget(t, "hugo")
		w.send(t, path, "biometrics.csv", biometricsCSV, nil)
		for _, r := range []*httptest.ResponseRecorder{w.look(t, path), w.send(t, path, "biometrics.csv", biometricsCSV, nil)} {
			if r.Code != http.StatusGone || !strings.Contains(r.Body.String(), "used already") || strings.Contains(r.Body.String(), "<form") {
				t.Errorf("got %d %s", r.Code, r.Body)
			}
		}
	})
	t.Run("of many who use a link at one time, one is connected", func(t *testing.T) {
		path, codes := w.widget(t, "jule"), make(chan int, 4)
		var all sync.WaitGroup
		for range cap(codes) {
			all.Go(func() { codes <- w.send(t, path, "biometrics.csv", biometricsCSV, nil).Code })
		}
		all.Wait()
		close(codes)
		connected := 0
		for code := range codes {
			switch code {
			case http.StatusOK:
				connected++
			case http.StatusGone:
			default:
				t.Errorf("got %d", code)
			}
		}
		if events := kinds(w.told(t, w.user(t, "jule").ID)); connected != 1 || events != "auth" {
			t.Errorf("%d were connected, events %q", connected, events)
		}
	})
	t.Run("files that cannot be read make nobody, and may be tried again", func(t *testing.T) {
		path := w.widget(t, "ida")
		r := w.send(t, path, "biometrics.csv", strings.Replace(biometricsCSV, "2026-01-10,8:00 AM", "10th of January,8:00 AM", 1), nil)
		if r.Code != http.StatusUnprocessableEntity || !strings.Contains(r.Body.String(), "line 5") || !strings.Contains(r.Body.String(), "<form") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
		if r := w.get(t, "/v2/userInfo?reference_id=ida"); r.Code != http.StatusNotFound {
			t.Errorf("a user was made: %s", r.Body)
		}
		if r := w.send(t, path, "biometrics.csv", biometricsCSV, nil); r.Code != http.StatusOK {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("a form without a file says so", func(t *testing.T) {
		if r := w.send(t, w.widget(t, "jan"), "", "", nil); r.Code != http.StatusBadRequest || !strings.Contains(r.Body.String(), "No file was chosen") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("who declines goes on too, and is not connected", func(t *testing.T) {
		path := w.widget(t, "kim")
		r := w.do(t, call{method: http.MethodPost, url: path + "/decline", header: map[string]string{"Accept": browser}, bare: true})
		if to := leads(t, r); r.Code != http.StatusOK || to.Path != "/failed" || to.Query().Get("reference_id") != "kim" || to.Query().Has("user_id") {
			t.Errorf("got %d, leads to %s", r.Code, to)
		}
		if r := w.look(t, path); r.Code != http.StatusGone {
			t.Errorf("the link still works: %d", r.Code)
		}
		if kinds(w.told(t, "")) != "auth_cancelled" {
			t.Errorf("events %q", kinds(w.told(t, "")))
		}
	})
	t.Run("a form on another site cannot use a link", func(t *testing.T) {
		for _, header := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}} {
			if r := w.send(t, w.widget(t, "lea"), "biometrics.csv", biometricsCSV, header); r.Code != http.StatusForbidden {
				t.Errorf("%v: got %d", header, r.Code)
			}
		}
	})
	t.Run("nothing of the page may be framed, kept or told to others", func(t *testing.T) {
		h := w.look(t, w.widget(t, "mia")).Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("header %v", h)
		}
	})
	t.Run("what lies beside the page is there", func(t *testing.T) {
		for _, name := range []string{"style.css", "zone.js", "icon.svg"} {
			if r := w.look(t, "/connect/"+name); r.Code != http.StatusOK {
				t.Errorf("%s: %d", name, r.Code)
			}
		}
	})
	t.Run("a link that nobody gave is not found", func(t *testing.T) {
		if r := w.look(t, "/connect/0b4f3c5e-7a61-4d0c-9d33-6a1f2b3c4d5e"); r.Code != http.StatusNotFound || !strings.Contains(r.Body.String(), "not known") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("names of files are text on the page", func(t *testing.T) {
		r := w.send(t, w.widget(t, "nora"), "<script>alert(1)&amp;.csv", biometricsCSV, nil)
		if strings.Contains(r.Body.String(), "<script>alert") || !strings.Contains(r.Body.String(), "&lt;script&gt;alert(1)&amp;amp;.csv") {
			t.Errorf("got %s", r.Body)
		}
	})
	t.Run("the log tells of no link", func(t *testing.T) {
		path := w.widget(t, "olaf")
		w.look(t, path)
		if strings.Contains(w.log.String(), strings.TrimPrefix(path, "/connect/")) || !strings.Contains(w.log.String(), "route=/connect/:session") {
			t.Error(w.log.String())
		}
	})
}

func TestAuthenticateUser(t *testing.T) {
	w := newWorld(t)
	type answer struct {
		Status  string
		UserID  string `json:"user_id"`
		AuthURL string `json:"auth_url"`
		Detail  string
		Line    int
	}
	ask := func(t *testing.T, query, body string) (int, answer) {
		r := w.post(t, "/v2/auth/authenticateUser"+query, body)
		return r.Code, decode[answer](t, r)
	}
	t.Run("the user is there, and active once connected", func(t *testing.T) {
		code, a := ask(t, "?resource=CRONOMETER", `{"reference_id":"pia","language":"en","auth_success_redirect_url":"`+success+`"}`)
		if code != http.StatusOK || a.Status != "success" || w.user(t, "pia").ID != a.UserID || w.user(t, "pia").Active {
			t.Fatalf("got %d %+v", code, a)
		}
		if r := w.get(t, "/v2/userInfo?user_id="+a.UserID); !strings.Contains(r.Body.String(), `"is_authenticated":false`) {
			t.Errorf("got %s", r.Body)
		}
		r := w.send(t, strings.TrimPrefix(a.AuthURL, "http://example.com"), "biometrics.csv", biometricsCSV, nil)
		if u := w.user(t, "pia"); r.Code != http.StatusOK || u.ID != a.UserID || !u.Active || kinds(w.told(t, u.ID)) != "auth" {
			t.Errorf("got %d %+v, events %q", r.Code, u, kinds(w.told(t, u.ID)))
		}
	})
	t.Run("a user who is known is asked again under the same id", func(t *testing.T) {
		if code, a := ask(t, "", `{"resource":"cronometer","reference_id":"ann"}`); code != http.StatusOK || a.UserID != w.ann.ID {
			t.Errorf("got %d %+v", code, a)
		}
	})
	t.Run("users without a reference are different users", func(t *testing.T) {
		_, a := ask(t, "?resource=CRONOMETER", "")
		_, b := ask(t, "?resource=CRONOMETER", "{}")
		if a.UserID == "" || a.UserID == b.UserID {
			t.Errorf("got %+v and %+v", a, b)
		}
	})
	for _, c := range []struct{ name, query, body, detail string }{
		{"no resource", "", `{}`, "resource is required"},
		{"a provider that is not enabled", "?resource=FITBIT", `{}`, "not enabled"},
		{"a body that is no JSON", "?resource=CRONOMETER", "{\"reference_id\":\n ann}", "line 2"},
		{"a reference that is no text", "?resource=CRONOMETER", `{"reference_id":7}`, "reference_id"},
		{"a reference with a line break", "?resource=CRONOMETER", `{"reference_id":"a\nb"}`, "control characters"},
		{"an address that runs a script", "?resource=CRONOMETER", `{"auth_success_redirect_url":"javascript:alert(1)"}`, "auth_success_redirect_url"},
		{"an address without a host", "?resource=CRONOMETER", `{"auth_failure_redirect_url":"https:/app"}`, "auth_failure_redirect_url"},
		{"an address with a name and password", "?resource=CRONOMETER", `{"auth_failure_redirect_url":"https://app.example@evil.example/"}`, "auth_failure_redirect_url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if code, a := ask(t, c.query, c.body); code != http.StatusBadRequest || !strings.Contains(a.Detail, c.detail) || a.Status != "error" {
				t.Errorf("got %d %+v", code, a)
			}
		})
	}
}

func TestWidgetSession(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v2/auth/generateWidgetSession", "/api/v2/auth/generateWidgetSession", "/api/widget/session", "/widget/api/session"} {
		r := w.post(t, path, `{"providers":"CRONOMETER"}`)
		a := decode[struct {
			URL, SessionID string
			Expires        int `json:"expires_in"`
		}](t, r)
		if r.Code != http.StatusOK || a.Expires != 900 || w.look(t, strings.TrimPrefix(a.URL, "http://example.com")).Code != http.StatusOK {
			t.Errorf("%s: got %d %s", path, r.Code, r.Body)
		}
	}
	t.Run("providers of which none is enabled", func(t *testing.T) {
		if r := w.post(t, "/v2/auth/generateWidgetSession", `{"providers":"FITBIT,OURA"}`); r.Code != http.StatusBadRequest {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
	})
	t.Run("without a key there is none", func(t *testing.T) {
		if r := w.do(t, call{method: http.MethodPost, url: "/widget/api/session", bare: true}); r.Code != http.StatusUnauthorized {
			t.Errorf("got %d", r.Code)
		}
	})
	t.Run("it expires after a quarter of an hour", func(t *testing.T) {
		s := store.Session{Tenant: "demo", ID: "late", Expires: now}
		if err := w.store.AddSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if r := w.look(t, "/connect/late"); r.Code != http.StatusGone || !strings.Contains(r.Body.String(), "expired") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
		s.ID, s.Expires = "early", now.Add(time.Second)
		if err := w.store.AddSession(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if r := w.look(t, "/connect/early"); r.Code != http.StatusOK {
			t.Errorf("got %d", r.Code)
		}
	})
}

func TestAuthToken(t *testing.T) {
	w := newWorld(t)
	a := decode[struct {
		Token   string
		Expires int `json:"expires_in"`
	}](t, w.post(t, "/v2/auth/generateAuthToken", ""))
	if len(a.Token) != 64 || a.Expires != 180 {
		t.Fatalf("got %+v", a)
	}
	r := w.send(t, "/connect/"+a.Token, "biometrics.csv", biometricsCSV, map[string]string{"Accept": jsonType})
	b := decode[struct {
		Status string
		UserID string `json:"user_id"`
	}](t, r)
	if r.Code != http.StatusOK || b.Status != "success" || b.UserID == "" {
		t.Errorf("got %d %s", r.Code, r.Body)
	}
	if again := w.send(t, "/connect/"+a.Token, "biometrics.csv", biometricsCSV, map[string]string{"Accept": jsonType}); again.Code != http.StatusGone || again.Header().Get("Content-Type") != problem {
		t.Errorf("the token works twice: %d %s", again.Code, again.Body)
	}
}
