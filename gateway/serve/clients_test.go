package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"nutrigate/gateway/operate"
	"nutrigate/gateway/smart"
)

func TestClients(t *testing.T) {
	o := newOperated(t)
	_, jwks, err := smart.NewPair("ES384")
	if err != nil {
		t.Fatal(err)
	}
	const app = `{"name":"App","kind":"confidential","redirect_uris":["https://app.example/"]}`
	made := decode[operate.Client](t, o.own(t, "POST", "/v2/clients", app))
	if made.ID == "" || made.Secret == "" || made.Tenant != "demo" || !strings.Contains(made.Scopes, "patient/*.rs") {
		t.Fatalf("got %+v", made)
	}
	service := o.admin(t, "POST", "/tenants/demo/clients", `{"name":"Service","kind":"backend","jwks":`+string(jwks)+`}`)
	if got := decode[operate.Client](t, service); service.Code != 200 || got.Secret != "" || got.Scopes != "system/*.rs" || service.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %s", service.Code, service.Body)
	}
	t.Run("are listed without a secret, to their tenant", func(t *testing.T) {
		if got := o.own(t, "GET", "/v2/clients", "").Body.String(); !strings.Contains(got, made.ID) || strings.Contains(got, made.Secret) {
			t.Errorf("got %s", got)
		}
		if got := o.others(t, "GET", "/v2/clients", "").Body.String(); strings.Contains(got, made.ID) {
			t.Errorf("another tenant sees %s", got)
		}
	})
	for _, tt := range []struct{ name, body, param string }{
		{"a kind that there is not", `{"name":"App","kind":"native"}`, "kind"},
		{"an address of keys that may not be called", `{"name":"S","kind":"backend","jwks_uri":"https://10.0.0.1/jwks"}`, "jwks_uri"},
		{"a scope that cannot be granted", `{"name":"S","kind":"public","redirect_uris":["https://a.example/"],"scopes":"patient/*.cruds"}`, "scopes"},
		{"a field that is misspelt", `{"name":"S","kind":"public","redirect_uri":"https://a.example/"}`, ""},
	} {
		t.Run("refuses "+tt.name, func(t *testing.T) {
			got := o.own(t, "POST", "/v2/clients", tt.body)
			if p := decode[struct{ Param string }](t, got); got.Code != http.StatusBadRequest || p.Param != tt.param {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
	t.Run("are deleted by their tenant alone", func(t *testing.T) {
		if got := o.others(t, "DELETE", "/v2/clients/"+made.ID, ""); got.Code != http.StatusNotFound {
			t.Errorf("by another: %d", got.Code)
		}
		if got := o.own(t, "DELETE", "/v2/clients/"+made.ID, ""); got.Code != 200 {
			t.Errorf("got %d", got.Code)
		}
		if got := o.own(t, "DELETE", "/v2/clients/"+made.ID, ""); got.Code != http.StatusNotFound {
			t.Errorf("again: %d", got.Code)
		}
	})
	t.Run("leave no secret in the log", func(t *testing.T) {
		if strings.Contains(o.log.String(), made.Secret) {
			t.Error("it does")
		}
	})
}

// Nothing that opens a door is in the log: codes, links, tokens.
func TestLogOfAuthorization(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, "public", "")
	access := w.posted(t, "/v2/auth/generateAccessCode", w.ofAnn())["access_code"].(string)
	link := w.posted(t, "/v2/auth/generateLaunch", `{"client_id":"`+c.ID+`","user_id":"`+w.ann.ID+`"}`)["launch_url"].(string)
	b := w.visitor(t)
	b.send(http.MethodGet, strings.TrimPrefix(link, "http://example.com"), nil)
	page := b.answer(b.send(http.MethodGet, "/oauth/authorize?"+asking(c, "patient/*.rs offline_access").Encode(), nil), "decision", "code", "code", access)
	code := led(t, b.answer(page, "decision", "allow")).Get("code")
	a := decode[answered](t, w.form(t, "/oauth/token", changing(c, code)))
	w.with(t, a.AccessToken, "/fhir/Observation?_count=1")
	w.with(t, a.AccessToken+"x", "/fhir/Observation?_count=1")
	if a.AccessToken == "" {
		t.Fatal("no token")
	}
	for _, secret := range []string{access, strings.TrimPrefix(link, "http://example.com/oauth/launch/"), code, a.AccessToken, a.RefreshToken, verifier, w.ann.ID, c.ID} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}
