package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"nutrigate/gateway/operate"
)

// What the demo says about tokens works: a service is registered with a key that
// a command made, gets a token and reads with it.
func TestTokensOfTheDemo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("NUTRIGATE_DATA", filepath.Join(dir, "data"))
	t.Setenv("NUTRIGATE_ADDR", "127.0.0.1:0")
	gateway := background(t, "serve", "--demo")
	base, _ := strings.CutPrefix(gateway.until(t, "listening on "), "listening on ")
	assert := gateway.until(t, "client assert")
	tokenURL := regexp.MustCompile(`--token-url (http\S*/oauth/token)`).FindStringSubmatch(assert)[1]
	gateway.until(t, "or open ")

	key, jwks := filepath.Join(dir, "key.pem"), filepath.Join(dir, "jwks.json")
	if err := os.WriteFile(jwks, []byte(output(t, "client", "key", "--out", key)), 0o600); err != nil {
		t.Fatal(err)
	}
	var made operate.Client
	if err := json.Unmarshal([]byte(output(t, "client", "create", "--tenant", "demo", "--name", "Analytics", "--kind", "backend", "--jwks", jwks, "--json")), &made); err != nil {
		t.Fatal(err)
	}
	assertion := strings.TrimSpace(output(t, "client", "assert", "--client", made.ID, "--key", key, "--token-url", tokenURL))
	answer, err := http.PostForm(tokenURL, url.Values{
		"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.AccessToken == "" {
		t.Fatalf("%s, %v", answer.Status, err)
	}
	read := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/fhir/Observation?_count=3", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token.AccessToken)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if got := read(); got != http.StatusOK {
		t.Errorf("a search with the token: %d", got)
	}
	t.Run("the private key is for its owner alone, and is not written over", func(t *testing.T) {
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
		if err := command(t, &strings.Builder{}, "client", "key", "--out", key); err == nil {
			t.Error("it was")
		}
	})
	t.Run("a person gets a code", func(t *testing.T) {
		if code := output(t, "user", "code", "--tenant", "demo", "--user", demoPerson); !regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\n$`).MatchString(code) {
			t.Errorf("got %q", code)
		}
		if err := command(t, &strings.Builder{}, "user", "code", "--tenant", "demo", "--user", "nobody"); err == nil {
			t.Error("nobody gets one too")
		}
	})
	t.Run("clients are listed and deleted", func(t *testing.T) {
		if list := output(t, "client", "list"); !strings.Contains(list, made.ID) || strings.Contains(list, "PRIVATE") {
			t.Error(list)
		}
		output(t, "client", "delete", made.ID)
		if list := output(t, "client", "list"); strings.Contains(list, made.ID) {
			t.Error(list)
		}
	})
	// What was read is in the audit once the gateway has stopped.
	if err := gateway.stop(); err != nil {
		t.Error(err)
	}
	again := background(t, "serve", "--demo")
	base, _ = strings.CutPrefix(again.until(t, "listening on "), "listening on ")
	again.until(t, "or open ")
	var found struct{ Total int }
	request(t, http.MethodGet, base+"/fhir/AuditEvent?agent:identifier="+url.QueryEscape("https://nutrigate.dev/fhir/NamingSystem/client|"+made.ID), "", &found)
	if found.Total != 1 {
		t.Errorf("%d AuditEvents", found.Total)
	}
	if err := again.stop(); err != nil {
		t.Error(err)
	}
}
