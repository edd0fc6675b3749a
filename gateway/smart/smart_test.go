package smart_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

func TestRegistered(t *testing.T) {
	_, keys, err := smart.NewPair("ES384")
	if err != nil {
		t.Fatal(err)
	}
	service := store.Client{Name: "S", Kind: store.Backend, JWKS: keys}
	app := store.Client{Name: "A", Kind: store.PublicApp, Redirects: []string{"https://app.example/back"}}
	for _, tt := range []struct {
		name   string
		base   store.Client
		change func(*store.Client)
		param  string // at fault; empty: none
	}{
		{"a service with its keys", service, func(*store.Client) {}, ""},
		{"a service with an address of keys", service, func(c *store.Client) { c.JWKS, c.JWKSURI = nil, "https://s.example/jwks" }, ""},
		{"a service with both", service, func(c *store.Client) { c.JWKSURI = "https://s.example/jwks" }, "jwks_uri"},
		{"a service without keys", service, func(c *store.Client) { c.JWKS = nil }, "jwks"},
		{"a service with people", service, func(c *store.Client) { c.Redirects = app.Redirects }, "redirect_uris"},
		{"a service with scopes of people", service, func(c *store.Client) { c.Scopes = "system/*.rs patient/*.rs" }, "scopes"},
		{"a service with a word about people", service, func(c *store.Client) { c.Scopes = "system/*.rs offline_access" }, "scopes"},
		{"a service that wants to write", service, func(c *store.Client) { c.Scopes = "system/*.cruds" }, "scopes"},
		{"a service bound by a search", service, func(c *store.Client) { c.Scopes = "system/Observation.rs?category=vital-signs" }, ""},
		{"a service bound by no search", service, func(c *store.Client) { c.Scopes = "system/Observation.rs?colour=red" }, "scopes"},
		{"keys that are none", service, func(c *store.Client) { c.JWKS = []byte(`{"keys":1}`) }, "jwks"},
		{"no keys", service, func(c *store.Client) { c.JWKS = []byte(`{"keys":[]}`) }, "jwks"},
		{"a shared key", service, func(c *store.Client) { c.JWKS = []byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"1"}]}`) }, "jwks"},
		{"an app", app, func(*store.Client) {}, ""},
		{"an app on the person's computer", app, func(c *store.Client) { c.Redirects = []string{"http://localhost:3000/", "http://127.0.0.1/x"} }, ""},
		{"an app with a scheme of its own", app, func(c *store.Client) { c.Redirects = []string{"com.example.app:/back"} }, ""},
		{"an app by plain http", app, func(c *store.Client) { c.Redirects = []string{"http://app.example/"} }, "redirect_uris"},
		{"an app that is a script", app, func(c *store.Client) { c.Redirects = []string{"javascript:alert(1)"} }, "redirect_uris"},
		{"an app with a fragment", app, func(c *store.Client) { c.Redirects = []string{"https://app.example/#x"} }, "redirect_uris"},
		{"an app whose host would end our policy", app, func(c *store.Client) { c.Redirects = []string{"https://a.example;script-src/"} }, "redirect_uris"},
		{"an app with a password in its address", app, func(c *store.Client) { c.Redirects = []string{"https://u:p@a.example/"} }, "redirect_uris"},
		{"an app without an address", app, func(c *store.Client) { c.Redirects = nil }, "redirect_uris"},
		{"an app with scopes of a service", app, func(c *store.Client) { c.Scopes = "system/*.rs" }, "scopes"},
		{"an app that reads nothing", app, func(c *store.Client) { c.Scopes = "openid" }, "scopes"},
		{"a public app with a key", app, func(c *store.Client) { c.JWKS = keys }, "jwks"},
		{"an app that begins with a script", app, func(c *store.Client) { c.Launch = "com.example.app:/x" }, "launch_url"},
		{"no name", app, func(c *store.Client) { c.Name = " " }, "name"},
		{"a name with a line break", app, func(c *store.Client) { c.Name = "a\nb" }, "name"},
		{"no kind", app, func(c *store.Client) { c.Kind = "" }, "kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.base
			tt.change(&c)
			_, err := smart.Registered(c)
			param := ""
			if f, ok := errors.AsType[*fault.Error](err); ok {
				param = f.Param
			}
			if param != tt.param || (err != nil) != (tt.param != "") {
				t.Errorf("got %v, want a fault of %q", err, tt.param)
			}
		})
	}
	t.Run("a confidential app without a key gets a secret", func(t *testing.T) {
		c := app
		c.Kind = store.ConfidentialApp
		with, err := smart.Registered(c)
		c.JWKS = keys
		without, err2 := smart.Registered(c)
		if err != nil || err2 != nil || !with.HasSecret || without.HasSecret {
			t.Errorf("got %v and %v (%v, %v)", with.HasSecret, without.HasSecret, err, err2)
		}
	})
}

func TestKeysWithAPrivatePart(t *testing.T) {
	_, keys, err := smart.NewPair("ES384")
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(keys, &set); err != nil {
		t.Fatal(err)
	}
	set.Keys[0]["d"] = strings.Repeat("A", 64)
	leaked, err := json.Marshal(map[string]any{"keys": set.Keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := smart.CheckKeys(leaked); err == nil {
		t.Error("taken")
	}
}

func TestTypedCode(t *testing.T) {
	code := smart.NewCode()
	for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " "), strings.ReplaceAll(strings.ReplaceAll(code, "0", "o"), "1", "l")} {
		if got := smart.TypedCode(typed); got != code {
			t.Errorf("%q is read as %q, want %q", typed, got, code)
		}
	}
	for _, typed := range []string{"", "short", code + "X"} {
		if got := smart.TypedCode(typed); got != "" {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

// The example of RFC 7636, appendix B.
func TestMeets(t *testing.T) {
	const challenge, verifier = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	if !smart.Challenge(challenge) || !smart.Meets(challenge, verifier) || smart.Meets(challenge, verifier+"x") || smart.Challenge(challenge+"=") {
		t.Error("not as RFC 7636 has it")
	}
	sum := sha256.Sum256([]byte("short"))
	if smart.Meets(base64.RawURLEncoding.EncodeToString(sum[:]), "short") {
		t.Error("a short verifier is taken")
	}
}

func TestFor(t *testing.T) {
	const all = "openid fhirUser launch/patient patient/Goal.rs user/*.rs"
	for _, tt := range []struct{ name, practitioner, patient, want string }{
		{"a person gets what is asked", "", "ann", all},
		{"a clinician with a patient reads of that one alone", "Ada", "ann", "openid launch/patient patient/Goal.rs"},
		{"a clinician without a patient reads of everybody", "Ada", "", "openid user/*.rs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			granted := smart.For(grant.Parse(all), tt.practitioner, tt.patient)
			if granted.String() != tt.want {
				t.Errorf("got %q, want %q", granted, tt.want)
			}
			g := smart.GrantOf(store.Authorization{Tenant: "t", Client: "c", Patient: tt.patient, Practitioner: tt.practitioner, Scopes: granted.String()})
			if g.All || g.Patient != tt.patient {
				t.Errorf("got %+v", g)
			}
		})
	}
}

var testTime = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

func FuzzParseAssertion(f *testing.F) {
	private, _, err := smart.NewPair("ES384")
	if err != nil {
		f.Fatal(err)
	}
	key, err := smart.ReadPrivate(private)
	if err != nil {
		f.Fatal(err)
	}
	good, err := smart.NewAssertion(key, "client", "https://n.example/oauth/token", testTime)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good, "", "..", "eyJhbGciOiJub25lIn0.e30.", good[:len(good)-2]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := smart.ParseAssertion(text)
		if err == nil && a.Client == "" {
			t.Error("taken without a client")
		}
		if err != nil && fault.KindOf(err) != fault.Unauthorized {
			t.Errorf("got %v", err)
		}
	})
}
