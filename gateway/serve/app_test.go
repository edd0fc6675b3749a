package serve_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

const (
	callback = "https://app.example/back?x=1"
	fhirURL  = "http://example.com/fhir"
	verifier = "a-verifier-that-is-long-enough-to-be-one-0123456789"
)

// visitor is a person with a browser: it keeps the cookie of a launch.
type visitor struct {
	*world
	t      testing.TB
	cookie string
}

func (w *world) visitor(t testing.TB) *visitor { return &visitor{world: w, t: t} }

func (b *visitor) send(method, address string, form url.Values, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	c := call{method: method, url: address, bare: true, header: map[string]string{}}
	if form != nil {
		c.body = strings.NewReader(form.Encode())
		c.header["Content-Type"] = "application/x-www-form-urlencoded"
		c.header["Sec-Fetch-Site"] = "same-origin"
	}
	if b.cookie != "" {
		c.header["Cookie"] = b.cookie
	}
	for i := 0; i < len(header); i += 2 {
		c.header[header[i]] = header[i+1]
	}
	got := b.do(b.t, c)
	for _, k := range got.Result().Cookies() {
		b.cookie = k.Name + "=" + k.Value
		if k.MaxAge < 0 {
			b.cookie = ""
		}
		if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/oauth" {
			b.t.Errorf("cookie %v", k)
		}
	}
	return got
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// answer fills in the first form of a page and sends it.
func (b *visitor) answer(page *httptest.ResponseRecorder, more ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	first, _, _ := strings.Cut(page.Body.String(), "</form>")
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(first, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.send(http.MethodPost, "/oauth/authorize", form)
}

// asking is an authorization request of the app.
func asking(c store.Client, scope string, more ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {callback}, "scope": {scope}, "state": {"st<at>e"}, "aud": {fhirURL},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}, "nonce": {"n-1"},
	}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
		if more[i+1] == "" {
			q.Del(more[i])
		}
	}
	return q
}

// led reads where the browser is led.
func led(t testing.TB, r *httptest.ResponseRecorder) url.Values {
	t.Helper()
	location := r.Header().Get("Location")
	u, err := url.Parse(location)
	if err != nil || r.Code != http.StatusSeeOther || !strings.HasPrefix(location, "https://app.example/back?x=1&") {
		t.Fatalf("led nowhere: %d %q %s", r.Code, location, r.Body)
	}
	q := u.Query()
	if q.Get("iss") != fhirURL {
		t.Errorf("iss %q", q.Get("iss"))
	}
	return q
}

func (w *world) app(t testing.TB, kind, scopes string) (store.Client, string) {
	t.Helper()
	return w.client(t, store.Client{Name: "Food <Friend>", Kind: kind, Redirects: []string{callback}, Launch: "https://app.example/launch?y=2", Scopes: scopes})
}

// posted sends JSON with the demo's key.
func (w *world) posted(t testing.TB, path, body string) map[string]any {
	t.Helper()
	got := w.do(t, call{method: http.MethodPost, url: path, body: strings.NewReader(body)})
	if got.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, got.Code, got.Body)
	}
	return decode[map[string]any](t, got)
}

// codeFor lets a person, who types an access code, allow the app what it asks.
func (w *world) codeFor(t testing.TB, c store.Client, scope, who string, more ...string) string {
	t.Helper()
	b := w.visitor(t)
	access := w.posted(t, "/v2/auth/generateAccessCode", who)["access_code"].(string)
	page := b.send(http.MethodGet, "/oauth/authorize?"+asking(c, scope).Encode(), nil)
	consent := b.answer(page, "decision", "code", "code", strings.ToLower(strings.ReplaceAll(access, "-", " ")))
	if consent.Code != http.StatusOK {
		t.Fatalf("consent: %d %s", consent.Code, consent.Body)
	}
	return led(t, b.answer(consent, append(more, "decision", "allow")...)).Get("code")
}

func changing(c store.Client, code string, more ...string) url.Values {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}, "client_id": {c.ID}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// tokensFor returns the tokens of a public app after a person allowed it.
func (w *world) tokensFor(t testing.TB, c store.Client, scope, who string, more ...string) answered {
	t.Helper()
	got := w.form(t, "/oauth/token", changing(c, w.codeFor(t, c, scope, who, more...)))
	if got.Code != http.StatusOK {
		t.Fatalf("tokens: %d %s", got.Code, got.Body)
	}
	return decode[answered](t, got)
}

func (w *world) ofAnn() string { return `{"user_id":"` + w.ann.ID + `"}` }

func TestStandaloneLaunch(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, store.PublicApp, "")
	b := w.visitor(t)
	access := w.posted(t, "/v2/auth/generateAccessCode", w.ofAnn())["access_code"].(string)
	first := b.send(http.MethodGet, "/oauth/authorize?"+asking(c, "openid fhirUser launch/patient offline_access patient/*.read profile").Encode(), nil)
	policy := first.Header().Get("Content-Security-Policy")
	if first.Code != 200 || !strings.Contains(first.Body.String(), "Food &lt;Friend&gt;") || strings.Contains(first.Body.String(), "<script") ||
		!strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'self' https://app.example;") {
		t.Fatalf("got %d %q %s", first.Code, policy, first.Body)
	}
	if wrong := b.answer(first, "decision", "code", "code", "0000-0000-0000"); wrong.Code != http.StatusBadRequest || !strings.Contains(wrong.Body.String(), "This code is not known") {
		t.Errorf("a wrong code: %d %s", wrong.Code, wrong.Body)
	}
	consent := b.answer(first, "decision", "code", "code", access)
	for _, part := range []string{"everything that is kept here", "for 90 days", "<b>ann</b>", "app.example"} {
		if !strings.Contains(consent.Body.String(), part) {
			t.Errorf("the page lacks %q: %s", part, consent.Body)
		}
	}
	back := led(t, b.answer(consent, "decision", "allow"))
	if back.Get("state") != "st<at>e" || back.Get("code") == "" || b.cookie != "" {
		t.Fatalf("got %v, cookie %q", back, b.cookie)
	}
	got := w.form(t, "/oauth/token", changing(c, back.Get("code")))
	a := decode[answered](t, got)
	if got.Code != 200 || a.Patient != w.ann.ID || a.Scope != "openid fhirUser launch/patient offline_access patient/*.read" || a.ExpiresIn != 3600 || a.RefreshToken == "" {
		t.Fatalf("got %d %s", got.Code, got.Body)
	}
	if !strings.Contains(got.Body.String(), `"need_patient_banner":false`) {
		t.Errorf("got %s", got.Body)
	}
	t.Run("the id_token is ours and says who it is", func(t *testing.T) { w.verified(t, c, a.IDToken) })
	t.Run("the access code is used up", func(t *testing.T) {
		if again := w.visitor(t).answer(first, "decision", "code", "code", access); again.Code != http.StatusBadRequest {
			t.Errorf("got %d", again.Code)
		}
	})
	t.Run("the token reads Ann's data", func(t *testing.T) {
		if found := decode[bundle](t, w.with(t, a.AccessToken, "/fhir/Observation?_count=2")); len(found.ids()) != 2 {
			t.Errorf("found %v", found.ids())
		}
	})
}

// verified checks an id_token as an app does: with the key that is published.
func (w *world) verified(t *testing.T, c store.Client, token string) {
	t.Helper()
	config := decode[map[string]any](t, w.do(t, call{url: "/fhir/.well-known/openid-configuration", bare: true}))
	if config["issuer"] != fhirURL || config["jwks_uri"] != "http://example.com/oauth/jwks" {
		t.Fatalf("got %v", config)
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(w.do(t, call{url: "/oauth/jwks", bare: true}).Body.Bytes(), &keys); err != nil || !keys.Keys[0].IsPublic() {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		jwt.Claims
		Nonce    string `json:"nonce"`
		FHIRUser string `json:"fhirUser"`
	}
	if err := parsed.Claims(keys.Keys[0], &claims); err != nil {
		t.Fatal(err)
	}
	if err := claims.ValidateWithLeeway(jwt.Expected{Issuer: fhirURL, AnyAudience: jwt.Audience{c.ID}, Subject: w.ann.ID, Time: now}, 0); err != nil {
		t.Error(err)
	}
	if claims.Nonce != "n-1" || claims.FHIRUser != fhirURL+"/Patient/"+w.ann.ID {
		t.Errorf("got %+v", claims)
	}
}

func TestLaunchByALink(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, store.PublicApp, "")
	other, _ := w.app(t, store.PublicApp, "")
	made := w.posted(t, "/v2/auth/generateLaunch", `{"client_id":"`+c.ID+`","reference_id":"ann"}`)
	link, launch := strings.TrimPrefix(made["launch_url"].(string), "http://example.com"), made["launch"].(string)
	b := w.visitor(t)
	opened := b.send(http.MethodGet, link, nil)
	to, err := url.Parse(opened.Header().Get("Location"))
	if err != nil || opened.Code != http.StatusSeeOther || to.Host != "app.example" || to.Query().Get("launch") != launch || to.Query().Get("iss") != fhirURL || to.Query().Get("y") != "2" {
		t.Fatalf("got %d %v", opened.Code, to)
	}
	if strings.Contains(to.String(), strings.TrimPrefix(link, "/oauth/launch/")) {
		t.Error("the app learns the secret")
	}
	asked := "/oauth/authorize?" + asking(c, "launch patient/Observation.rs", "launch", launch).Encode()
	for _, tt := range []struct {
		name string
		do   func() *httptest.ResponseRecorder
		want int
	}{
		{"the app itself is refused: it has no cookie", func() *httptest.ResponseRecorder { return w.visitor(t).send(http.MethodGet, asked, nil) }, 403},
		{"the app cannot allow itself anything", func() *httptest.ResponseRecorder {
			return w.visitor(t).send(http.MethodPost, "/oauth/authorize", asking(c, "launch patient/Observation.rs", "launch", launch, "person", launch, "decision", "allow"))
		}, 403},
		{"an address allows nothing", func() *httptest.ResponseRecorder {
			return b.send(http.MethodGet, asked+"&decision=allow&person="+launch, nil)
		}, 200},
		{"another site's form allows nothing", func() *httptest.ResponseRecorder {
			return b.send(http.MethodPost, "/oauth/authorize", asking(c, "launch patient/Observation.rs", "launch", launch, "person", launch, "decision", "allow"), "Sec-Fetch-Site", "cross-site")
		}, 403},
		{"another app cannot use the launch", func() *httptest.ResponseRecorder {
			return b.send(http.MethodGet, "/oauth/authorize?"+asking(other, "launch patient/Observation.rs", "launch", launch).Encode(), nil)
		}, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.do(); got.Code != tt.want || got.Header().Get("Location") != "" {
				t.Errorf("got %d %q, want %d", got.Code, got.Header().Get("Location"), tt.want)
			}
		})
	}
	t.Run("who denies leads the app back", func(t *testing.T) {
		denied := led(t, b.answer(b.send(http.MethodGet, asked, nil), "decision", "deny"))
		if denied.Get("error") != "access_denied" || denied.Get("code") != "" || denied.Get("state") == "" {
			t.Errorf("got %v", denied)
		}
	})
	t.Run("who allows gives it a code, once", func(t *testing.T) {
		page := b.send(http.MethodGet, asked, nil)
		cookie := b.cookie
		if led(t, b.answer(page, "decision", "allow")).Get("code") == "" {
			t.Error("no code")
		}
		b.cookie = cookie
		if again := b.answer(page, "decision", "allow"); again.Code != http.StatusGone {
			t.Errorf("again: %d", again.Code)
		}
		if again := b.send(http.MethodGet, link, nil); again.Code != http.StatusGone {
			t.Errorf("the link again: %d", again.Code)
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, store.PublicApp, "patient/Observation.rs openid")
	backend := w.service(t, privateKey(t, "ES384"), "")
	for _, tt := range []struct {
		name string
		more []string
		code string // what the app is told; empty: the person is told, and led nowhere
	}{
		{"an app that is none", []string{"client_id", "nobody"}, ""},
		{"a service", []string{"client_id", backend.ID}, ""},
		{"another address", []string{"redirect_uri", "https://evil.example/back"}, ""},
		{"an address that only begins alike", []string{"redirect_uri", callback + "&more"}, ""},
		{"no address", []string{"redirect_uri", ""}, ""},
		{"the implicit flow", []string{"response_type", "token"}, "unsupported_response_type"},
		{"no state", []string{"state", ""}, "invalid_request"},
		{"another audience", []string{"aud", "https://other.example/fhir"}, "invalid_request"},
		{"no audience", []string{"aud", ""}, "invalid_request"},
		{"no challenge", []string{"code_challenge", ""}, "invalid_request"},
		{"a plain challenge", []string{"code_challenge_method", "plain"}, "invalid_request"},
		{"a challenge that is none", []string{"code_challenge", "short"}, "invalid_request"},
		{"scopes that it may not have", []string{"scope", "patient/Goal.rs system/Observation.rs patient/Observation.cud"}, "invalid_scope"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := w.visitor(t).send(http.MethodGet, "/oauth/authorize?"+asking(c, "patient/Observation.rs", tt.more...).Encode(), nil)
			if tt.code == "" {
				if got.Code != http.StatusBadRequest || got.Header().Get("Location") != "" || !strings.Contains(got.Body.String(), "This does not work") {
					t.Errorf("got %d %q", got.Code, got.Header().Get("Location"))
				}
				return
			}
			if q := led(t, got); q.Get("error") != tt.code || q.Get("code") != "" {
				t.Errorf("got %v", q)
			}
		})
	}
	t.Run("a parameter that is there twice", func(t *testing.T) {
		got := w.visitor(t).send(http.MethodGet, "/oauth/authorize?"+asking(c, "openid").Encode()+"&client_id=x", nil)
		if got.Code != http.StatusBadRequest {
			t.Errorf("got %d", got.Code)
		}
	})
}

func TestCodes(t *testing.T) {
	w := newWorld(t)
	at := now
	w.now = func() time.Time { return at }
	w.handler = w.serve(t, w.log)
	c, _ := w.app(t, store.PublicApp, "")
	other, _ := w.app(t, store.PublicApp, "")
	code := func() string { return w.codeFor(t, c, "patient/Observation.rs", w.ofAnn()) }
	for _, tt := range []struct {
		name string
		form url.Values
		code string
	}{
		{"refuses another verifier", changing(c, code(), "code_verifier", strings.Repeat("b", 50)), "invalid_grant"},
		{"refuses no verifier", changing(c, code(), "code_verifier", ""), "invalid_grant"},
		{"refuses another address", changing(c, code(), "redirect_uri", "https://app.example/"), "invalid_grant"},
		{"refuses another client's code", changing(other, code()), "invalid_grant"},
		{"refuses what is no code", changing(c, "x"), "invalid_grant"},
		{"refuses a code as a refresh token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {code()}, "client_id": {c.ID}}, "invalid_grant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := w.form(t, "/oauth/token", tt.form)
			if a := decode[answered](t, got); got.Code != http.StatusBadRequest || a.Error != tt.code || a.AccessToken != "" {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
	t.Run("a code that is used again ends what came of it", func(t *testing.T) {
		form := changing(c, code())
		a := decode[answered](t, w.form(t, "/oauth/token", form))
		if got := w.form(t, "/oauth/token", form); got.Code != http.StatusBadRequest || decode[answered](t, got).Error != "invalid_grant" {
			t.Errorf("again: %d %s", got.Code, got.Body)
		}
		if got := newWorldLike(t, w).with(t, a.AccessToken, "/fhir/Observation?_count=1"); got.Code != http.StatusUnauthorized {
			t.Errorf("the token is good still: %d", got.Code)
		}
	})
	t.Run("a code is good for a minute", func(t *testing.T) {
		form := changing(c, code())
		at = now.Add(smart.CodeLife)
		if got := w.form(t, "/oauth/token", form); got.Code != http.StatusBadRequest {
			t.Errorf("got %d", got.Code)
		}
		at = now
	})
	t.Run("without refresh the access ends after an hour", func(t *testing.T) {
		a := decode[answered](t, w.form(t, "/oauth/token", changing(c, code())))
		if a.RefreshToken != "" || a.ExpiresIn != 3600 {
			t.Errorf("got %+v", a)
		}
	})
}

func TestRefresh(t *testing.T) {
	w := newWorld(t)
	at := now
	w.now = func() time.Time { return at }
	w.handler = w.serve(t, w.log)
	c, _ := w.app(t, store.PublicApp, "")
	refresh := func(token string, more ...string) *httptest.ResponseRecorder {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {c.ID}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return w.form(t, "/oauth/token", form)
	}
	first := w.tokensFor(t, c, "offline_access patient/Observation.rs launch/patient", w.ofAnn())
	if got := refresh(first.RefreshToken, "scope", "patient/Goal.rs"); decode[answered](t, got).Error != "invalid_scope" {
		t.Errorf("more than was granted: %d %s", got.Code, got.Body)
	}
	second := decode[answered](t, refresh(first.RefreshToken))
	if second.AccessToken == "" || second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || second.Patient != w.ann.ID || second.IDToken != "" {
		t.Fatalf("got %+v", second)
	}
	if got := w.with(t, second.AccessToken, "/fhir/Observation?_count=1"); got.Code != 200 {
		t.Errorf("got %d", got.Code)
	}
	if got := refresh(first.RefreshToken); got.Code != http.StatusBadRequest || decode[answered](t, got).Error != "invalid_grant" {
		t.Errorf("the old one: %d %s", got.Code, got.Body)
	}
	if got := refresh(second.RefreshToken); got.Code != http.StatusBadRequest {
		t.Errorf("the family lives on: %d", got.Code)
	}
	if got := newWorldLike(t, w).with(t, second.AccessToken, "/fhir/Observation?_count=1"); got.Code != http.StatusUnauthorized {
		t.Errorf("its access token too: %d", got.Code)
	}
	t.Run("ends after 90 days, however often it is used", func(t *testing.T) {
		a := w.tokensFor(t, c, "offline_access patient/Observation.rs", w.ofAnn())
		at = now.Add(smart.OfflineLife - time.Minute)
		last := decode[answered](t, refresh(a.RefreshToken))
		if last.ExpiresIn <= 0 || last.ExpiresIn > 120 {
			t.Errorf("got %+v", last)
		}
		at = now.Add(smart.OfflineLife + smart.CodeLife)
		if got := refresh(last.RefreshToken); got.Code != http.StatusBadRequest {
			t.Errorf("got %d", got.Code)
		}
	})
}

func TestConfidentialApps(t *testing.T) {
	w := newWorld(t)
	c, secret := w.app(t, store.ConfidentialApp, "")
	code := w.codeFor(t, c, "launch/patient patient/Observation.rs offline_access", w.ofAnn())
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.ID+":"+password))
	}
	if got := w.form(t, "/oauth/token", changing(c, code)); got.Code != http.StatusUnauthorized || decode[answered](t, got).Error != "invalid_client" {
		t.Errorf("without a secret: %d %s", got.Code, got.Body)
	}
	if got := w.form(t, "/oauth/token", changing(c, code), "Authorization", basic("wrong")); got.Code != http.StatusUnauthorized {
		t.Errorf("with a wrong one: %d", got.Code)
	}
	if got := w.form(t, "/oauth/token", changing(c, code, "client_secret", secret)); got.Code != http.StatusUnauthorized {
		t.Errorf("with the secret in the form: %d", got.Code)
	}
	a := decode[answered](t, w.form(t, "/oauth/token", changing(c, code), "Authorization", basic(secret)))
	if a.AccessToken == "" {
		t.Fatalf("got %+v", a)
	}
	t.Run("by a key too", func(t *testing.T) {
		key := privateKey(t, "ES384")
		jwks, err := smart.PublicKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := w.client(t, store.Client{Name: "Keyed", Kind: store.ConfidentialApp, JWKS: jwks, Redirects: []string{callback}})
		form := changing(c, w.codeFor(t, c, "patient/Observation.rs", w.ofAnn()))
		assertion, err := smart.NewAssertion(key, c.ID, tokenURL, now)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(form, byAssertion(assertion))
		if got := w.form(t, "/oauth/token", form); got.Code != 200 {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
	t.Run("tells what a token stands for", func(t *testing.T) {
		about := func(token string) map[string]any {
			return decode[map[string]any](t, w.form(t, "/oauth/introspect", url.Values{"token": {token}}, "Authorization", basic(secret)))
		}
		if got := about(a.AccessToken); got["active"] != true || got["patient"] != w.ann.ID || got["client_id"] != c.ID || got["scope"] != a.Scope || got["token_type"] != "Bearer" {
			t.Errorf("got %v", got)
		}
		if got := about("x"); len(got) != 1 || got["active"] != false {
			t.Errorf("got %v", got)
		}
		public, _ := w.app(t, store.PublicApp, "")
		if got := w.form(t, "/oauth/introspect", url.Values{"token": {a.AccessToken}, "client_id": {public.ID}}); got.Code != http.StatusUnauthorized {
			t.Errorf("a public app: %d", got.Code)
		}
	})
	t.Run("revokes", func(t *testing.T) {
		end := func(token string) int {
			return w.form(t, "/oauth/revoke", url.Values{"token": {token}}, "Authorization", basic(secret)).Code
		}
		if end("x") != 200 || end(a.AccessToken) != 200 {
			t.Error("not 200")
		}
		if got := newWorldLike(t, w).with(t, a.AccessToken, "/fhir/Observation?_count=1"); got.Code != http.StatusUnauthorized {
			t.Errorf("the token is good still: %d", got.Code)
		}
		if end(a.RefreshToken) != 200 {
			t.Error("not 200")
		}
		got := w.form(t, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.RefreshToken}}, "Authorization", basic(secret))
		if got.Code != http.StatusBadRequest {
			t.Errorf("the refresh token is good still: %d", got.Code)
		}
	})
}

func TestClinicians(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, store.PublicApp, "")
	const ada = `{"practitioner":"Dr. Ada"}`
	t.Run("chooses whose diary an app for one patient reads", func(t *testing.T) {
		a := w.tokensFor(t, c, "openid fhirUser launch/patient patient/Observation.rs user/Patient.rs", ada, "patient", "ann")
		if a.Patient != w.ann.ID || a.Scope != "openid launch/patient patient/Observation.rs" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("has to choose", func(t *testing.T) {
		b := w.visitor(t)
		access := w.posted(t, "/v2/auth/generateAccessCode", ada)["access_code"].(string)
		page := b.answer(b.send(http.MethodGet, "/oauth/authorize?"+asking(c, "launch/patient patient/Observation.rs").Encode(), nil), "decision", "code", "code", access)
		if !strings.Contains(page.Body.String(), `<option value="`+w.ann.ID+`">ann</option>`) || strings.Contains(page.Body.String(), w.bob.ID) {
			t.Errorf("got %s", page.Body)
		}
		for _, who := range []string{"", "nobody", w.bob.ID} {
			if got := b.answer(page, "decision", "allow", "patient", who); got.Code != http.StatusBadRequest && got.Code != http.StatusNotFound || got.Header().Get("Location") != "" {
				t.Errorf("%q: %d", who, got.Code)
			}
		}
	})
	t.Run("reads of everybody with scopes of a user", func(t *testing.T) {
		a := w.tokensFor(t, c, "openid user/Patient.rs", ada)
		if a.Patient != "" || a.Scope != "openid user/Patient.rs" || a.IDToken == "" {
			t.Errorf("got %+v", a)
		}
		if got := w.with(t, a.AccessToken, w.url("/fhir/Patient/{ann}")); got.Code != 200 {
			t.Errorf("got %d", got.Code)
		}
	})
}

func TestLaunchesAreTheTenants(t *testing.T) {
	w := newWorld(t)
	c, _ := w.app(t, store.PublicApp, "")
	elsewhere, _ := w.client(t, store.Client{Tenant: "other", Name: "Other", Kind: store.PublicApp, Redirects: []string{callback}, Launch: "https://app.example/"})
	for body, want := range map[string]int{
		`{"client_id":"` + c.ID + `"}`:                                                     400,
		`{"client_id":"` + c.ID + `","user_id":"` + w.bob.ID + `"}`:                        404,
		`{"client_id":"` + elsewhere.ID + `","user_id":"` + w.ann.ID + `"}`:                404,
		`{"client_id":"nobody","user_id":"` + w.ann.ID + `"}`:                              404,
		`{"client_id":"` + c.ID + `","user_id":"` + w.ann.ID + `","reference_id":"ann"}`:   400,
		`{"client_id":"` + c.ID + `","user_id":"` + w.ann.ID + `","practitoner":"a typo"}`: 400,
	} {
		if got := w.do(t, call{method: http.MethodPost, url: "/v2/auth/generateLaunch", body: strings.NewReader(body)}); got.Code != want {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
	t.Run("a code is no good at another tenant's app", func(t *testing.T) {
		b := w.visitor(t)
		access := w.posted(t, "/v2/auth/generateAccessCode", w.ofAnn())["access_code"].(string)
		page := b.send(http.MethodGet, "/oauth/authorize?"+asking(elsewhere, "patient/Observation.rs").Encode(), nil)
		if got := b.answer(page, "decision", "code", "code", access); got.Code != http.StatusBadRequest {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("what a person allowed ends when the person goes", func(t *testing.T) {
		a := w.tokensFor(t, c, "patient/Observation.rs offline_access", w.ofAnn())
		if err := w.store.Deauthenticate(context.WithoutCancel(t.Context()), store.Event{Tenant: "demo", User: w.ann.ID, Type: "deauth", Detail: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		if got := newWorldLike(t, w).with(t, a.AccessToken, "/fhir/Observation?_count=1"); got.Code != http.StatusUnauthorized {
			t.Errorf("got %d", got.Code)
		}
	})
}
