package serve_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// fill sends a form without files to a session's page, as a browser does.
func (w *world) fill(t *testing.T, path string, fields, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	m.Close()
	all := map[string]string{"Content-Type": m.FormDataContentType(), "Accept": browser}
	maps.Copy(all, header)
	return w.do(t, call{method: http.MethodPost, url: path, header: all, body: &form, bare: true})
}

func TestConnectingByTheWebExport(t *testing.T) {
	w, sim := logging(t)
	who := sim.Account(1)
	right := map[string]string{"username": who.Username, "password": who.Password, "zone": "Europe/Berlin", "own": "yes"}
	but := func(name, value string) map[string]string {
		other := maps.Clone(right)
		other[name] = value
		return other
	}
	path := w.widget(t, "gina")
	if page := w.look(t, path).Body.String(); !strings.Contains(page, "Know the risk") || !strings.Contains(page, `action="`+path+`/web"`) || !strings.Contains(page, "not kept") {
		t.Fatalf("the page says nothing of it: %s", page)
	}
	for name, c := range map[string]struct {
		fields map[string]string
		header map[string]string
		code   int
		says   string
	}{
		"who does not say that it is their own": {but("own", ""), nil, 400, "your own account"},
		"a wrong password":                      {but("password", "guess"), nil, 400, "does not take the name and password"},
		"a zone that is none":                   {but("zone", "Berlin"), nil, 400, "IANA name"},
		"a form of another site":                {right, map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403, "another site"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.fill(t, path+"/web", c.fields, c.header)
			if got.Code != c.code || !strings.Contains(got.Body.String(), c.says) || strings.Contains(got.Body.String(), "guess") {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
	t.Run("a person is connected, and everybody is told", func(t *testing.T) {
		got := w.fill(t, path+"/web", right, nil)
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "Cronometer is connected") {
			t.Fatalf("got %d %s", got.Code, got.Body)
		}
		u := w.user(t, "gina")
		c, err := w.store.Connection(t.Context(), "demo", u.ID)
		if err != nil || c.Route != "web" || c.Account != who.UserID || !u.Active || u.Zone != "Europe/Berlin" || kinds(w.told(t, u.ID)) != "auth" {
			t.Errorf("got %+v, %v, user %+v, told %s", c, err, u, kinds(w.told(t, u.ID)))
		}
		if to := leads(t, got); to.Query().Get("user_id") != u.ID {
			t.Errorf("leads to %s", to)
		}
	})
	t.Run("the link works once", func(t *testing.T) {
		if got := w.fill(t, path+"/web", right, nil); got.Code != http.StatusGone {
			t.Errorf("got %d", got.Code)
		}
	})
	if strings.Contains(w.log.String(), who.Password) || strings.Contains(w.log.String(), who.Username) {
		t.Error("the log has the login")
	}
}

// through goes from the connect page to the source and allows it there; it
// returns where the source leads back to, and the cookie.
func (w *world) through(t *testing.T, path, allow string) (back *url.URL, cookie string) {
	t.Helper()
	page := w.do(t, call{
		method: http.MethodPost, url: path + "/partner", body: strings.NewReader("zone=Asia%2FTokyo"), bare: true,
		header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": browser},
	})
	set := page.Header().Get("Set-Cookie")
	if page.Code != http.StatusOK || !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") {
		t.Fatalf("got %d, cookie %q: %s", page.Code, set, page.Body)
	}
	to := leads(t, page)
	if strings.Contains(to.String(), strings.TrimPrefix(path, "/connect/")) {
		t.Errorf("the source is told the session: %s", to)
	}
	form := to.Query()
	form.Set("allow", allow)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(w.source+"/oauth/authorize", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if back, err = url.Parse(resp.Header.Get("Location")); err != nil || back.Path != "/connect/back" {
		t.Fatal(resp.Status, back, err)
	}
	cookie, _, _ = strings.Cut(set, ";")
	return back, cookie
}

func (w *world) cameBack(t *testing.T, back *url.URL, cookie string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{url: back.RequestURI(), header: map[string]string{"Accept": browser, "Cookie": cookie}, bare: true})
}

func TestConnectingAtTheSource(t *testing.T) {
	w, sim := logging(t)
	t.Run("who does not allow it can still do something else", func(t *testing.T) {
		back, cookie := w.through(t, w.widget(t, "hugo"), "no")
		if got := w.cameBack(t, back, cookie); got.Code != 400 || !strings.Contains(got.Body.String(), "not allowed at the source") || !strings.Contains(got.Body.String(), "Upload your export") {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
	t.Run("another browser cannot come back", func(t *testing.T) {
		back, _ := w.through(t, w.widget(t, "hugo"), "yes")
		_, other := w.through(t, w.widget(t, "ida"), "yes")
		for _, cookie := range []string{"", other} {
			if got := w.cameBack(t, back, cookie); got.Code != http.StatusNotFound {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		}
	})
	t.Run("a person is connected", func(t *testing.T) {
		back, cookie := w.through(t, w.widget(t, "gina"), "yes")
		got := w.cameBack(t, back, cookie)
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "Cronometer is connected") {
			t.Fatalf("got %d %s", got.Code, got.Body)
		}
		u := w.user(t, "gina")
		c, err := w.store.Connection(t.Context(), "demo", u.ID)
		if err != nil || c.Route != "partner" || c.Account != sim.Account(1).UserID || u.Zone != "Asia/Tokyo" {
			t.Errorf("got %+v, %v, user %+v", c, err, u)
		}
		if again := w.cameBack(t, back, cookie); again.Code != http.StatusGone {
			t.Errorf("again: %d", again.Code)
		}
	})
	t.Run("leaving gives the access back at the source", func(t *testing.T) {
		u := w.user(t, "gina")
		a := decode[struct{ URL string }](t, w.post(t, "/v2/auth/generateDisconnectSession?user_id="+u.ID, ""))
		left := w.fill(t, strings.TrimPrefix(a.URL, "http://example.com"), nil, nil)
		if left.Code != http.StatusOK {
			t.Fatalf("got %d %s", left.Code, left.Body)
		}
		if _, err := w.store.Connection(t.Context(), "demo", u.ID); err == nil {
			t.Error("it is still connected")
		}
		if n := sim.Granted(); n != 0 { // codes that nobody brought back are none
			t.Errorf("%d tokens are still good", n)
		}
	})
}
