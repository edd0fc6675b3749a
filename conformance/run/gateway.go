package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// The tenant that `serve --demo` seeds.
const tenant, key = "demo", "demo-key"

// gatewayChecks are what asks a running gateway, in this order: the last makes
// an endpoint, after which data goes there where nothing else is said.
func (p *proof) gatewayChecks() []check {
	return []check{
		{oracle: "terra-sdk", what: "the running gateway: every method, four Accept headers, refusals", args: []string{p.path("gateway")}},
		{oracle: "terra-sdk-1", what: "the running gateway: every method of the older SDK"},
		{oracle: "terra-webhooks", what: "the running gateway's webhooks, by the receivers' own verifiers", args: []string{p.path("gateway", "events")}},
	}
}

// askGateway starts the gateway with its demo, lets Terra's SDKs ask it, and
// keeps pages of its FHIR API for the second checks.
func (p *proof) askGateway(ctx context.Context) []result {
	base, stop, err := p.serve(ctx)
	if err != nil {
		fmt.Fprintf(p.out, "\nserve: %v\n", err)
		return []result{{check: p.gatewayChecks()[0], count: "-", err: err}}
	}
	defer stop()
	var results []result
	for _, c := range p.gatewayChecks() {
		c.args = append([]string{base, tenant, key}, c.args...)
		results = append(results, p.check(ctx, c))
	}
	if err := p.keepPages(ctx, base); err != nil {
		fmt.Fprintf(p.out, "\nFHIR pages: %v\n", err)
		results[0].err = errors.Join(results[0].err, err)
	}
	return results
}

// serve starts the program on a free port and waits until it is ready.
func (p *proof) serve(ctx context.Context) (base string, stop func(), err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, p.program, "serve", "--demo")
	cmd.Env = append(os.Environ(), "NUTRIGATE_ADDR="+address, "NUTRIGATE_DATA="+p.path("data"), "NUTRIGATE_WEBHOOK_ALLOW=127.0.0.1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the gateway: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	base = "http://" + address
	for range 600 {
		if _, err = get(ctx, base+"/readyz", "*/*"); err == nil {
			return base, stop, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("the gateway was not ready within a minute: %w", err)
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// keepPages writes the first pages of every type of the FHIR API.
func (p *proof) keepPages(ctx context.Context, base string) error {
	for _, query := range []string{
		"metadata", "Patient", "Observation?_count=200", "Observation?category=vital-signs&_count=200",
		"Observation?category=activity&_count=200", "NutritionOrder", "Goal?_count=200",
	} {
		body, err := get(ctx, base+"/fhir/"+query, "application/fhir+json")
		if err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		if query != "metadata" {
			if err := hasEntries(query, body); err != nil {
				return err
			}
		}
		if err := os.WriteFile(p.path("gateway", "fhir", nameOf(query)+".json"), body, 0o600); err != nil {
			return fmt.Errorf("keep a page: %w", err)
		}
	}
	return nil
}

// hasEntries guards against proving that an empty page has no faults.
func hasEntries(query string, body []byte) error {
	var page struct{ Entry []json.RawMessage }
	if err := json.Unmarshal(body, &page); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	if len(page.Entry) == 0 {
		return fmt.Errorf("%s: the page is empty", query)
	}
	return nil
}

func nameOf(query string) string {
	return strings.NewReplacer("?", "-", "&", "-", "=", "-").Replace(query)
}

// get asks as the demo's tenant; an answer other than 200 is an error.
func get(ctx context.Context, url, accept string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	req.Header.Set("Dev-Id", tenant)
	req.Header.Set("X-Api-Key", key)
	req.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", url, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %.300s", answer.StatusCode, body)
	}
	return body, nil
}
