package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/operate"
)

// What the demo says about webhooks works: an endpoint is made, a listener
// verifies what comes, and the operator sees it.
func TestWebhooksOfTheDemo(t *testing.T) {
	t.Setenv("NUTRIGATE_DATA", filepath.Join(t.TempDir(), "data"))
	t.Setenv("NUTRIGATE_ADDR", "127.0.0.1:0")
	t.Setenv("NUTRIGATE_WEBHOOK_ALLOW", "127.0.0.1")
	gateway := background(t, "serve", "--demo")
	url, _ := strings.CutPrefix(gateway.until(t, "listening on "), "listening on ")
	ask := regexp.MustCompile(`'(http[^']*to_webhook=true)'`).FindStringSubmatch(gateway.until(t, "to_webhook=true"))[1]

	var endpoint operate.Endpoint
	request(t, http.MethodPost, url+"/v2/endpoints", `{"url":"http://127.0.0.1/"}`, &endpoint)
	listener := background(t, "listen", "--addr", "127.0.0.1:0", "--secret", endpoint.Secret)
	hook, _ := strings.CutPrefix(listener.until(t, "listening on "), "listening on ")
	request(t, http.MethodPatch, url+"/v2/endpoints/"+endpoint.ID, fmt.Sprintf(`{"url":%q}`, hook), nil)
	request(t, http.MethodGet, ask, "", nil)
	if line := listener.until(t, "nutrition, user "); !strings.Contains(line, "answered 200") {
		t.Error(line)
	}
	for _, header := range []string{"terra-signature", "X-Terra-Signature", "webhook-signature"} {
		if line := listener.until(t, header+" "); !strings.Contains(line, "verified") {
			t.Error(line)
		}
	}
	if err := listener.stop(); err != nil {
		t.Error(err)
	}

	delivered := eventually(t, func() bool {
		return strings.Contains(output(t, "deliveries", "--tenant", "demo", "--state", "delivered"), endpoint.ID)
	})
	if !delivered {
		t.Error(output(t, "deliveries"))
	}
	var found []operate.Delivery
	if err := json.Unmarshal([]byte(output(t, "deliveries", "--json", "--endpoint", endpoint.ID)), &found); err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	t.Run("the metrics count the attempt", func(t *testing.T) {
		answer, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if want := fmt.Sprintf(`nutrigate_delivery_attempts_total{endpoint=%q,outcome="success"} 1`, endpoint.ID); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("has no %s: %v", want, err)
		}
	})
	t.Run("a delivery is shown with its attempt", func(t *testing.T) {
		if got := output(t, "deliveries", "show", found[0].ID); !regexp.MustCompile(`\n1 +\S+ +200 +\d+ +-\n`).MatchString(got) {
			t.Error(got)
		}
	})
	t.Run("an endpoint is changed, and shows no more than it may", func(t *testing.T) {
		set := output(t, "endpoint", "set", endpoint.ID, "--ed25519", "--rate", "50", "--header", "Authorization: Bearer hidden", "--types", "body,delivery.exhausted")
		if !regexp.MustCompile(`(?m)^public key: whpk_[A-Za-z0-9+/]{43}=$`).MatchString(set) {
			t.Error(set)
		}
		var all []operate.Endpoint
		text := output(t, "endpoint", "list", "--json")
		if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != 1 || strings.Contains(text, "hidden") {
			t.Fatal(text, err)
		}
		if e := all[0]; e.Rate != 50 || len(e.Types) != 2 || e.URL == "" || e.Timeout != "15s" || !strings.HasPrefix(e.PublicKey, "whpk_") || len(e.Headers) != 1 {
			t.Errorf("%+v", e)
		}
		output(t, "endpoint", "set", endpoint.ID, "--header", "", "--types", "")
	})
	t.Run("a test is sent", func(t *testing.T) {
		if got := output(t, "endpoint", "test", endpoint.ID); !strings.HasPrefix(got, "test_") {
			t.Error(got)
		}
		if !eventually(t, func() bool {
			return strings.Contains(output(t, "deliveries", "--endpoint", endpoint.ID), "endpoint.test")
		}) {
			t.Error(output(t, "deliveries"))
		}
	})
	t.Run("to a paused endpoint nothing is sent again", func(t *testing.T) {
		output(t, "endpoint", "pause", endpoint.ID)
		if err := command(t, io.Discard, "deliveries", "replay", found[0].ID); err == nil || !strings.Contains(err.Error(), "not enabled") {
			t.Error(err)
		}
		if err := command(t, io.Discard, "endpoint", "enable", endpoint.ID, "--held", "some"); err == nil || !strings.Contains(err.Error(), "all, newest or none") {
			t.Error(err)
		}
		output(t, "endpoint", "enable", endpoint.ID, "--held", "newest")
	})
	t.Run("an endpoint that is deleted is gone", func(t *testing.T) {
		output(t, "endpoint", "delete", endpoint.ID)
		if got := output(t, "endpoint", "list"); strings.Contains(got, endpoint.ID) {
			t.Error(got)
		}
	})
	if err := gateway.stop(); err != nil {
		t.Error(err)
	}
}

// a process is a command that runs until it is stopped.
type process struct {
	lines  *bufio.Scanner
	cancel context.CancelFunc
	ended  chan error
}

func background(t *testing.T, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	p := &process{lines: bufio.NewScanner(r), cancel: cancel, ended: make(chan error, 1)}
	c := root()
	c.SetArgs(args)
	c.SetOut(w)
	go func() {
		p.ended <- c.ExecuteContext(ctx)
		_ = w.Close()
	}()
	t.Cleanup(cancel)
	return p
}

// until reads lines to the first that holds the text.
func (p *process) until(t *testing.T, text string) string {
	t.Helper()
	for p.lines.Scan() {
		if strings.Contains(p.lines.Text(), text) {
			return p.lines.Text()
		}
	}
	t.Fatalf("it ended and never said %q", text)
	return ""
}

func (p *process) stop() error {
	p.cancel()
	for p.lines.Scan() { // what it says at the end has to go somewhere
	}
	return <-p.ended
}

func command(t *testing.T, out io.Writer, args ...string) error {
	t.Helper()
	c := root()
	c.SetArgs(args)
	c.SetOut(out)
	return c.ExecuteContext(t.Context())
}

// output is what a command prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := command(t, &out, args...); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}

func request(t *testing.T, method, url, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("dev-id", demoDevID)
	r.Header.Set("x-api-key", demoKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, url, answer.StatusCode, text, err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
}

func eventually(t *testing.T, is func() bool) bool {
	t.Helper()
	for range 1200 { // a minute
		if is() {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}
