package receivers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"nutrigate/conformance/receivers"
	"nutrigate/gateway/store"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the examples of Standard Webhooks
	body   = `{"type":"nutrition","note":"a  b, ü"}`
)

// A claim is a webhook, and whether a receiver may believe it.
type claim struct {
	Name    string            `json:"name"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Genuine bool              `json:"genuine"`
}

func claims(t testing.TB, now time.Time) []claim {
	t.Helper()
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(at time.Time) map[string]string {
		signature, err := hook.Sign("msg_1", at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"webhook-id": "msg_1", "webhook-timestamp": strconv.FormatInt(at.Unix(), 10), "webhook-signature": signature}
	}
	with := func(name, value string) map[string]string {
		h := maps.Clone(signed(now))
		h[name] = value
		return h
	}
	good := signed(now)["webhook-signature"]
	return []claim{
		{"as it was sent", signed(now), body, true},
		{"with the signature of a new secret before it, and a key's behind it", with("webhook-signature", "v1,AAAA "+good+" v1a,BBBB"), body, true},
		{"four minutes old", signed(now.Add(-4 * time.Minute)), body, true},
		{"six minutes old", signed(now.Add(-6 * time.Minute)), body, false},
		{"from the future", signed(now.Add(6 * time.Minute)), body, false},
		{"with a forged signature", with("webhook-signature", "v1,"+strings.Repeat("A", 43)+"="), body, false},
		{"with a signature of another kind", with("webhook-signature", strings.Replace(good, "v1,", "v2,", 1)), body, false},
		{"with one that is no base64", with("webhook-signature", "v1,%%%"), body, false},
		{"without one", with("webhook-signature", ""), body, false},
		{"with another id", with("webhook-id", "msg_2"), body, false},
		{"with a time that is none", with("webhook-timestamp", "now"), body, false},
		{"that was parsed and written again", signed(now), `{"type": "nutrition", "note": "a  b, ü"}`, false},
	}
}

func TestVerify(t *testing.T) {
	now := time.Now()
	for _, c := range claims(t, now) {
		h := http.Header{}
		for name, value := range c.Headers {
			h.Set(name, value)
		}
		if got := receivers.Verify(secret, h, []byte(c.Body), now); got != c.Genuine {
			t.Errorf("%s: %v", c.Name, got)
		}
	}
}

// The others read the claims, and print the names of those that they believe.
func TestVerifyInOtherLanguages(t *testing.T) {
	now := time.Now()
	all := claims(t, now)
	var want []string
	for _, c := range all {
		if c.Genuine {
			want = append(want, c.Name)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"node": {"--input-type=module", "--eval", `import { readFileSync } from 'node:fs'; import { verify } from './verify.mjs';
for (const c of JSON.parse(readFileSync(0))) if (verify(process.argv[1], c.headers, Buffer.from(c.body), Number(process.argv[2]))) console.log(c.name);`},
		"python3": {"-c", `import json, sys
from verify import verify
for c in json.load(sys.stdin):
    if verify(sys.argv[1], c["headers"], c["body"].encode(), int(sys.argv[2])): print(c["name"])`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exec.LookPath(name); err != nil {
				t.Skipf("%s is not installed", name)
			}
			c := exec.CommandContext(t.Context(), name, append(args, secret, strconv.FormatInt(now.Unix(), 10))...)
			c.Stdin = strings.NewReader(string(text))
			c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8")
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := strings.Split(strings.TrimSpace(string(out)), "\n"); !slices.Equal(got, want) {
				t.Errorf("believes %q, want %q", got, want)
			}
		})
	}
}

// What people copy is what is tested.
func TestTheDocumentationHasTheSamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"verify.mjs", "verify.py", "verify.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, sample, found := strings.Cut("\n"+string(text), "\n// Verify says")
		if !found {
			sample = string(text)
		} else {
			sample = "// Verify says" + sample
		}
		if !strings.Contains(string(page), "\n"+sample+"```") {
			t.Errorf("not as in %s", name)
		}
	}
}

func TestTheDocumentationHasEveryEvent(t *testing.T) {
	page, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range append(store.EventTypes(), store.EndpointTest) {
		if !strings.Contains(string(page), "`"+typ+"`") {
			t.Errorf("no %s", typ)
		}
	}
}

func ExampleVerify() {
	at := time.Unix(1614265330, 0)
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	fmt.Println(receivers.Verify(secret, h, []byte(`{"test": 2432232314}`), at))
	fmt.Println(receivers.Verify(secret, h, []byte(`{"test": 2432232315}`), at))
	// Output:
	// true
	// false
}
