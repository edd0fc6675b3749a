package serve_test

import (
	"net/http"
	"strings"
	"testing"
)

// leaving returns the path of a page on which the user can disconnect.
func (w *world) leaving(t testing.TB, user string) string {
	t.Helper()
	r := w.post(t, "/v2/auth/generateDisconnectSession?user_id="+user, `{"auth_success_redirect_url":"`+success+`"}`)
	a := decode[struct{ URL string }](t, r)
	if r.Code != http.StatusOK || !strings.Contains(a.URL, "/disconnect/") {
		t.Fatalf("got %d %s", r.Code, r.Body)
	}
	return strings.TrimPrefix(a.URL, "http://example.com")
}

func TestAPersonDisconnects(t *testing.T) {
	w := newWorld(t)
	path := w.leaving(t, w.ann.ID)
	send := func(path string, header map[string]string) int {
		t.Helper()
		return w.do(t, call{method: http.MethodPost, url: path, header: header, bare: true}).Code
	}
	t.Run("the page alone changes nothing", func(t *testing.T) {
		r := w.look(t, path)
		if r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `action="`+path+`"`) || !strings.Contains(r.Body.String(), "deleted") {
			t.Errorf("got %d %s", r.Code, r.Body)
		}
		if got := w.get(t, w.url("/v2/userInfo?user_id={ann}")); got.Code != http.StatusOK {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("nor does a form from another site", func(t *testing.T) {
		if got := send(path, map[string]string{"Sec-Fetch-Site": "cross-site"}); got != http.StatusForbidden {
			t.Errorf("got %d", got)
		}
	})
	t.Run("a session to leave connects nobody, and one to connect disconnects nobody", func(t *testing.T) {
		other := strings.Replace(path, "/disconnect/", "/connect/", 1)
		if r := w.send(t, other, "biometrics.csv", biometricsCSV, nil); r.Code != http.StatusNotFound {
			t.Errorf("got %d", r.Code)
		}
		if got := send(other+"/decline", nil); got != http.StatusNotFound {
			t.Errorf("got %d", got)
		}
		widget := w.widget(t, "ann")
		if got := send(strings.Replace(widget, "/connect/", "/disconnect/", 1), nil); got != http.StatusNotFound {
			t.Errorf("got %d", got)
		}
	})
	t.Run("the form deletes, and tells the tenant", func(t *testing.T) {
		r := w.do(t, call{method: http.MethodPost, url: path, header: map[string]string{"Accept": browser}, bare: true})
		if r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "You are disconnected") {
			t.Fatalf("got %d %s", r.Code, r.Body)
		}
		if q := leads(t, r).Query(); q.Get("user_id") != w.ann.ID || q.Get("reference_id") != "ann" {
			t.Errorf("it leads to %v", q)
		}
		if got := kinds(w.told(t, w.ann.ID)); got != "access_revoked" {
			t.Errorf("the log has %q", got)
		}
		for _, url := range []string{"/v2/userInfo?user_id={ann}", "/v2/nutrition?user_id={ann}&start_date=2026-01-01&to_webhook=false", "/fhir/Patient/{ann}"} {
			if got := w.get(t, w.url(url)); got.Code != http.StatusNotFound {
				t.Errorf("%s: got %d", url, got.Code)
			}
		}
	})
	t.Run("once", func(t *testing.T) {
		if got := send(path, nil); got != http.StatusGone {
			t.Errorf("got %d", got)
		}
	})
	t.Run("nobody's and another tenant's are not there", func(t *testing.T) {
		for _, id := range []string{"nobody", w.bob.ID} {
			if r := w.post(t, "/v2/auth/generateDisconnectSession?user_id="+id, ""); r.Code != http.StatusNotFound {
				t.Errorf("got %d %s", r.Code, r.Body)
			}
		}
	})
}
