package serve_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

const tokenURL = "http://example.com/oauth/token"

// answered is what tests read of the token endpoint's answers.
type answered struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	IDToken      string `json:"id_token"`
	Scope        string
	Patient      string
	Error        string
	Description  string `json:"error_description"`
}

func privateKey(t testing.TB, algorithm string) crypto.Signer {
	t.Helper()
	text, _, err := smart.NewPair(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	key, err := smart.ReadPrivate(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// client registers a client of the tenant.
func (w *world) client(t testing.TB, c store.Client) (store.Client, string) {
	t.Helper()
	if c.Tenant == "" {
		c.Tenant = "demo"
	}
	c, err := smart.Registered(c)
	if err != nil {
		t.Fatal(err)
	}
	c, secret, err := w.store.CreateClient(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return c, secret
}

// service registers a backend with the key.
func (w *world) service(t testing.TB, key crypto.Signer, scopes string) store.Client {
	t.Helper()
	jwks, err := smart.PublicKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := w.client(t, store.Client{Name: "Service", Kind: store.Backend, JWKS: jwks, Scopes: scopes})
	return c
}

func (w *world) form(t testing.TB, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	c := call{method: http.MethodPost, url: path, body: strings.NewReader(form.Encode()), bare: true, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
	for i := 0; i < len(header); i += 2 {
		c.header[header[i]] = header[i+1]
	}
	return w.do(t, c)
}

func byAssertion(assertion string, more ...string) url.Values {
	form := url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

// serviceToken returns an access token of a backend with the scopes.
func (w *world) serviceToken(t testing.TB, key crypto.Signer, c store.Client, scopes string) string {
	t.Helper()
	assertion, err := smart.NewAssertion(key, c.ID, tokenURL, w.now())
	if err != nil {
		t.Fatal(err)
	}
	got := w.form(t, "/oauth/token", byAssertion(assertion, "grant_type", "client_credentials", "scope", scopes))
	a := decode[answered](t, got)
	if got.Code != http.StatusOK || a.AccessToken == "" {
		t.Fatalf("got %d %s", got.Code, got.Body)
	}
	return a.AccessToken
}

func (w *world) with(t testing.TB, token, url string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{url: url, bare: true, header: map[string]string{"Authorization": "Bearer " + token}})
}

func TestBackendServices(t *testing.T) {
	w := newWorld(t)
	for _, algorithm := range smart.Algorithms() {
		t.Run("gives a token for a key by "+algorithm, func(t *testing.T) {
			key := privateKey(t, algorithm)
			c := w.service(t, key, "system/Observation.rs system/Patient.rs")
			assertion, err := smart.NewAssertion(key, c.ID, tokenURL, now)
			if err != nil {
				t.Fatal(err)
			}
			form := byAssertion(assertion, "grant_type", "client_credentials", "scope", "system/*.cruds system/Goal.rs profile")
			got := w.form(t, "/oauth/token", form)
			a := decode[answered](t, got)
			if got.Code != http.StatusOK || a.TokenType != "Bearer" || a.ExpiresIn != 300 || a.Scope != "system/Observation.rs system/Patient.rs" || a.RefreshToken != "" {
				t.Fatalf("got %d %s", got.Code, got.Body)
			}
			if h := got.Header(); h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json" {
				t.Errorf("header %v", h)
			}
			found := decode[bundle](t, w.with(t, a.AccessToken, w.url("/fhir/Observation?patient={ann}&_count=2")))
			if len(found.ids()) != 2 {
				t.Errorf("found %v", found.ids())
			}
			if again := w.form(t, "/oauth/token", form); again.Code != http.StatusUnauthorized || decode[answered](t, again).Error != "invalid_client" {
				t.Errorf("the assertion again: %d %s", again.Code, again.Body)
			}
			if again := newWorldLike(t, w).form(t, "/oauth/token", form); again.Code != http.StatusUnauthorized {
				t.Errorf("the assertion again after a restart: %d %s", again.Code, again.Body)
			}
		})
	}
}

func TestAssertionsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	key, other := privateKey(t, "ES384"), privateKey(t, "ES384")
	rsaKey := privateKey(t, "RS384")
	c := w.service(t, key, "")
	jwks, err := smart.PublicKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	rsaJWKS, err := smart.PublicKeys(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	rsaClient := w.service(t, rsaKey, "")
	kid := idOf(t, jwks)
	weak, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	app, _ := w.client(t, store.Client{Name: "App", Kind: store.ConfidentialApp, JWKS: jwks, Redirects: []string{"https://app.example/back"}})
	type edit struct {
		algorithm jose.SignatureAlgorithm
		key       any
		kid       string
		header    map[jose.HeaderKey]any
		claims    jwt.Claims
		raw       string
		form      map[string]string
	}
	for _, tt := range []struct {
		name   string
		edit   func(*edit)
		status int
		code   string
		says   string
	}{
		{"takes a good one", func(*edit) {}, 200, "", ""},
		{"takes the address among others", func(e *edit) { e.claims.Audience = jwt.Audience{"https://x.example", tokenURL} }, 200, "", ""},
		{"refuses another audience", func(e *edit) { e.claims.Audience = jwt.Audience{"http://example.com/fhir"} }, 401, "invalid_client", "aud must be"},
		{"refuses no audience", func(e *edit) { e.claims.Audience = nil }, 401, "invalid_client", "aud must be"},
		{"refuses one that has expired", func(e *edit) { e.claims.Expiry = jwt.NewNumericDate(now) }, 401, "invalid_client", "expired"},
		{"refuses one that never expires", func(e *edit) { e.claims.Expiry = nil }, 401, "invalid_client", "exp is missing"},
		{"refuses one that is good for six minutes", func(e *edit) { e.claims.Expiry = jwt.NewNumericDate(now.Add(6 * time.Minute)) }, 401, "invalid_client", "exp is more"},
		{"refuses one from tomorrow", func(e *edit) { e.claims.NotBefore = jwt.NewNumericDate(now.Add(time.Minute)) }, 401, "invalid_client", "nbf"},
		{"refuses one without an id", func(e *edit) { e.claims.ID = "" }, 401, "invalid_client", "jti"},
		{"refuses another subject", func(e *edit) { e.claims.Subject = "somebody" }, 401, "invalid_client", "iss and sub"},
		{"refuses a client that is none", func(e *edit) { e.claims.Issuer, e.claims.Subject = "nobody", "nobody" }, 401, "invalid_client", "unknown client"},
		{"refuses another client's key", func(e *edit) { e.claims.Issuer, e.claims.Subject = rsaClient.ID, rsaClient.ID }, 401, "invalid_client", "no key"},
		{"refuses another's signature", func(e *edit) { e.key = other }, 401, "invalid_client", "no key"},
		{"refuses another key's id", func(e *edit) { e.kid = "another" }, 401, "invalid_client", "no key"},
		{"refuses no key's id", func(e *edit) { e.kid = "" }, 401, "invalid_client", "kid"},
		{"refuses keys at an address that is not registered", func(e *edit) { e.header["jku"] = "https://evil.example/jwks" }, 401, "invalid_client", "jku"},
		{"refuses a shared secret, even if it is the public key", func(e *edit) { e.algorithm, e.key = jose.HS256, jwks }, 401, "invalid_client", "RS384 or ES384"},
		{"refuses a weaker algorithm", func(e *edit) { e.algorithm, e.key = jose.ES256, weak }, 401, "invalid_client", "RS384 or ES384"},
		{"refuses RS256", func(e *edit) {
			e.algorithm, e.key, e.kid = jose.RS256, rsaKey, idOf(t, rsaJWKS)
			e.claims.Issuer, e.claims.Subject = rsaClient.ID, rsaClient.ID
		}, 401, "invalid_client", "RS384 or ES384"},
		{"refuses no signature", func(e *edit) { e.raw = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30." }, 401, "invalid_client", "RS384 or ES384"},
		{"refuses what is no JWT", func(e *edit) { e.raw = "x" }, 401, "invalid_client", "RS384 or ES384"},
		{"refuses another type of assertion", func(e *edit) { e.form["client_assertion_type"] = "saml" }, 400, "invalid_request", "client_assertion_type"},
		{"refuses another client_id beside it", func(e *edit) { e.form["client_id"] = app.ID }, 401, "invalid_client", "client_id"},
		{"refuses scopes of people", func(e *edit) { e.form["scope"] = "patient/*.rs openid" }, 400, "invalid_scope", "scope"},
		{"refuses no scopes", func(e *edit) { e.form["scope"] = "" }, 400, "invalid_scope", "scope"},
		{"refuses another grant", func(e *edit) { e.form["grant_type"] = "password" }, 400, "unsupported_grant_type", "grant_type"},
		{"refuses an app", func(e *edit) { e.claims.Issuer, e.claims.Subject = app.ID, app.ID }, 400, "unauthorized_client", "backend"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := edit{algorithm: jose.ES384, key: key, kid: kid, header: map[jose.HeaderKey]any{}, claims: jwt.Claims{
				Issuer: c.ID, Subject: c.ID, Audience: jwt.Audience{tokenURL}, ID: tt.name, Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute)),
			}, form: map[string]string{"grant_type": "client_credentials", "scope": "system/*.rs"}}
			tt.edit(&e)
			if e.raw == "" {
				o := (&jose.SignerOptions{ExtraHeaders: e.header}).WithType("JWT")
				signer, err := jose.NewSigner(jose.SigningKey{Algorithm: e.algorithm, Key: jose.JSONWebKey{Key: e.key, KeyID: e.kid}}, o)
				if err != nil {
					t.Fatal(err)
				}
				if e.raw, err = jwt.Signed(signer).Claims(e.claims).Serialize(); err != nil {
					t.Fatal(err)
				}
			}
			form := byAssertion(e.raw)
			for name, value := range e.form {
				form.Set(name, value)
			}
			got := w.form(t, "/oauth/token", form)
			a := decode[answered](t, got)
			if got.Code != tt.status || a.Error != tt.code || !strings.Contains(a.Description, tt.says) {
				t.Errorf("got %d %s, want %d %q %q", got.Code, got.Body, tt.status, tt.code, tt.says)
			}
			if got.Code == http.StatusUnauthorized && got.Header().Get("WWW-Authenticate") == "" {
				t.Error("it does not say how to authenticate")
			}
		})
	}
}

func idOf(t testing.TB, jwks []byte) string {
	t.Helper()
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal(jwks, &set); err != nil || len(set.Keys) != 1 {
		t.Fatal(err, len(set.Keys))
	}
	return set.Keys[0].Kid
}

func TestKeysAtAnAddress(t *testing.T) {
	w := newWorld(t)
	at := now
	w.now = func() time.Time { return at }
	w.handler = w.serve(t, w.log)
	first, second := privateKey(t, "RS384"), privateKey(t, "ES384")
	const address = "https://service.example/jwks.json"
	c, _ := w.client(t, store.Client{Name: "Service", Kind: store.Backend, JWKSURI: address})
	ask := func(key crypto.Signer) int {
		assertion, err := smart.NewAssertion(key, c.ID, tokenURL, at)
		if err != nil {
			t.Fatal(err)
		}
		return w.form(t, "/oauth/token", byAssertion(assertion, "grant_type", "client_credentials", "scope", "system/*.rs")).Code
	}
	publish := func(key crypto.Signer) {
		jwks, err := smart.PublicKeys(key)
		if err != nil {
			t.Fatal(err)
		}
		w.keysAt = map[string][]byte{address: jwks}
		w.handler = nil
	}
	for _, step := range []struct {
		name string
		do   func()
		key  crypto.Signer
		want int
	}{
		{"refuses while there is nothing", func() {}, first, 401},
		{"takes a key that is there", func() { publish(first); w.handler = w.serve(t, w.log) }, first, 200},
		{"does not ask again at once for one that is not", func() {}, second, 401},
		{"refuses what is no set of keys", func() { w.keysAt = map[string][]byte{address: []byte("<html>")}; w.handler = w.serve(t, w.log) }, first, 401},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.do()
			if got := ask(step.key); got != step.want {
				t.Errorf("got %d, want %d", got, step.want)
			}
		})
	}
}

func TestTokensBelowFHIR(t *testing.T) {
	w := newWorld(t)
	at := now
	w.now = func() time.Time { return at }
	w.handler = w.serve(t, w.log)
	key := privateKey(t, "ES384")
	c := w.service(t, key, "system/*.rs")
	token := w.serviceToken(t, key, c, "system/Observation.s system/Patient.r")
	for _, tt := range []struct {
		name, token, url string
		status           int
		challenge        string
	}{
		{"lets a scope through", token, "/fhir/Observation?_count=1", 200, ""},
		{"refuses another type", token, "/fhir/Goal", 403, `Bearer realm="nutrigate", error="insufficient_scope"`},
		{"refuses another action", token, "/fhir/Patient", 403, `Bearer realm="nutrigate", error="insufficient_scope"`},
		{"reads where reading is allowed", token, "/fhir/Patient/{ann}", 200, ""},
		{"finds nothing of another tenant", token, "/fhir/Patient/{bob}", 404, ""},
		{"refuses what is no token", "x", "/fhir/Observation", 401, `Bearer realm="nutrigate", error="invalid_token"`},
		{"refuses no token", "", "/fhir/Observation", 401, `Bearer realm="nutrigate", error="invalid_token"`},
		{"counts below /fhir alone", token, "/v2/subscriptions", 401, `ApiKey realm="nutrigate"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := w.with(t, tt.token, w.url(tt.url))
			if got.Code != tt.status || got.Header().Get("WWW-Authenticate") != tt.challenge {
				t.Errorf("got %d %q: %.200s", got.Code, got.Header().Get("WWW-Authenticate"), got.Body)
			}
			if got.Code >= 400 && strings.HasPrefix(tt.url, "/fhir") && !strings.Contains(got.Body.String(), `"OperationOutcome"`) {
				t.Errorf("no OperationOutcome: %s", got.Body)
			}
		})
	}
	t.Run("refuses a token that has expired, although it was just used", func(t *testing.T) {
		at = now.Add(smart.ServiceLife)
		if got := w.with(t, token, "/fhir/Observation?_count=1"); got.Code != http.StatusUnauthorized {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("says how to authenticate", func(t *testing.T) {
		got := w.do(t, call{url: "/fhir/Observation", bare: true})
		if h := got.Header().Get("WWW-Authenticate"); got.Code != http.StatusUnauthorized || h != `Bearer realm="nutrigate", ApiKey realm="nutrigate"` {
			t.Errorf("got %d %q", got.Code, h)
		}
	})
}

// Every route below /fhir is asked without credentials.
func TestNothingBelowFHIRIsOpen(t *testing.T) {
	w := newWorld(t)
	asked := 0
	for path, methods := range decode[description](t, w.get(t, "/openapi.json")).Paths {
		if !strings.HasPrefix(path, "/fhir") {
			continue
		}
		for method := range methods {
			open := path == "/fhir/metadata" || strings.HasPrefix(path, "/fhir/.well-known/")
			target := strings.NewReplacer("{id}", w.ann.ID, "{type}", "Observation", "{vid}", "1").Replace(path)
			got := w.do(t, call{method: strings.ToUpper(method), url: target, bare: true})
			asked++
			if want := map[bool]int{true: 200, false: 401}[open]; got.Code != want {
				t.Errorf("%s %s: %d", method, target, got.Code)
			}
		}
	}
	if asked < 10 {
		t.Errorf("asked only %d times", asked)
	}
}

func TestSMARTConfiguration(t *testing.T) {
	w := newWorld(t)
	got := w.do(t, call{url: "/fhir/.well-known/smart-configuration", bare: true, header: map[string]string{"Accept": "text/html"}})
	var c struct {
		TokenEndpoint string   `json:"token_endpoint"`
		Capabilities  []string `json:"capabilities"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &c); err != nil || got.Code != 200 || got.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %s", got.Code, got.Body)
	}
	if c.TokenEndpoint != tokenURL || len(c.Capabilities) == 0 {
		t.Errorf("got %+v", c)
	}
}
