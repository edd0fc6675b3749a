package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// demo is the tenant that `serve --demo` seeds.
var demo = tenant{devID: "demo", key: "demo-key"}

// gatewayChecks are what asks a running gateway, in this order: the last two
// make an endpoint, after which data goes there where nothing else is said.
func (p *proof) gatewayChecks() []check {
	return []check{
		{oracle: "terra-sdk", what: "the running gateway: every method, four Accept headers, refusals", args: []string{p.path("gateway")}},
		{oracle: "terra-sdk-1", what: "the running gateway: every method of the older SDK"},
		{oracle: "terra-webhooks", what: "the running gateway's webhooks, by the receivers' own verifiers", args: []string{p.path("gateway", "events")}},
		{oracle: "terra-python.py", what: "the running gateway and its webhooks, by the SDK for Python", args: []string{p.path("gateway", "events")}},
	}
}

// fhirChecks are clients of FHIR and SMART; what they are answered is kept for the
// second checks.
func (p *proof) fhirChecks(base, data string) []check {
	own := []string{base, demo.devID, demo.key}
	kept := p.path("gateway", "fhir")
	return []check{
		{oracle: "fhir-walk", what: "the running gateway: every promise of its CapabilityStatement", args: append(own[:3:3], kept, p.path("gateway", "xml"))},
		{oracle: "fhir-refusals", what: "the running gateway: malformed parameters of every kind", args: append(own[:3:3], kept)},
		{oracle: "fhir-differential", what: "the running gateway and Medplum's server: the same searches", args: own},
		{oracle: "smart-app", what: "the running gateway: services and an app, as SMART has them", args: append(own[:3:3], p.program, data)},
		{oracle: "readme", what: "the commands of the README, in sh and in bash", args: []string{base, "README.md", p.program, data}},
	}
}

// askStill lets clients of FHIR ask a gateway whose demo is over: while it goes on
// the person logs something each minute, and no two searches would find the same.
func (p *proof) askStill(ctx context.Context) []result {
	data := p.path("still")
	_, stop, err := p.serve(ctx, data, "--demo")
	if err == nil {
		stop()
	}
	base, stop, again := p.serve(ctx, data)
	if err := errors.Join(err, again); err != nil {
		fmt.Fprintf(p.out, "\nserve: %v\n", err)
		return []result{{check: p.fhirChecks("", data)[0], count: "-", err: err}}
	}
	defer stop()
	return p.together(ctx, p.fhirChecks(base, data))
}

// askGateway starts the gateway with its demo, lets Terra's SDKs ask it, and
// keeps pages of its FHIR API for the second checks.
func (p *proof) askGateway(ctx context.Context) []result {
	base, stop, err := p.serve(ctx, p.path("data"), "--demo")
	if err != nil {
		fmt.Fprintf(p.out, "\nserve: %v\n", err)
		return []result{{check: p.gatewayChecks()[0], count: "-", err: err}}
	}
	defer stop()
	recorder, end, err := record(ctx, base, p.path("gateway", "answers"))
	if err != nil {
		return []result{{check: p.gatewayChecks()[0], count: "-", err: err}}
	}
	defer end()
	var results []result
	for _, c := range p.gatewayChecks() {
		c.args = append([]string{recorder, demo.devID, demo.key}, c.args...)
		results = append(results, p.check(ctx, c))
	}
	if err := p.keepPages(ctx, base); err != nil {
		fmt.Fprintf(p.out, "\nFHIR pages: %v\n", err)
		results[0].err = errors.Join(results[0].err, err)
	}
	if err := p.keepXML(ctx, base); err != nil {
		fmt.Fprintf(p.out, "\nXML: %v\n", err)
		results[0].err = errors.Join(results[0].err, err)
	}
	return results
}

// serve starts the program over a folder; stop lets it end well.
func (p *proof) serve(ctx context.Context, data string, args ...string) (base string, stop func(), err error) {
	base, cmd, err := p.start(ctx, data, args...)
	if err != nil {
		return "", nil, err
	}
	return base, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}, nil
}

// start starts the program on a port that the system chooses, and returns when
// it says where it listens.
func (p *proof) start(ctx context.Context, data string, args ...string) (base string, cmd *exec.Cmd, err error) {
	cmd = exec.CommandContext(ctx, p.program, append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), "NUTRIGATE_ADDR=127.0.0.1:0", "NUTRIGATE_DATA="+data, "NUTRIGATE_WEBHOOK_ALLOW=127.0.0.1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	log, err := os.OpenFile(p.path("gateway.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", nil, fmt.Errorf("keep the log: %w", err)
	}
	defer log.Close()
	cmd.Stderr = log
	said, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, fmt.Errorf("start the gateway: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start the gateway: %w", err)
	}
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n')
	base, listens := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !listens {
		_ = cmd.Process.Kill()
		return "", nil, fmt.Errorf("the gateway does not begin: %q, %w", line, errors.Join(err, cmd.Wait()))
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return base, cmd, nil
}

// keepPages writes the first pages of every type of the FHIR API.
func (p *proof) keepPages(ctx context.Context, base string) error {
	for _, query := range []string{
		"metadata", "CodeSystem/cronometer-nutrient", "CodeSystem/cronometer-biometric", "CodeSystem/cronometer-record", "Patient", "Observation?_count=200", "Observation?category=vital-signs&_count=200",
		"Observation?category=activity&_count=200", "NutritionOrder", "Goal?_count=200",
	} {
		body, err := demo.ask(ctx, http.MethodGet, base+"/fhir/"+query, http.Header{"Accept": {"application/fhir+json"}}, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		if query != "metadata" && !strings.Contains(query, "/") {
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
	return strings.NewReplacer("?", "-", "&", "-", "=", "-", "/", "-", ":", "-", "$", "").Replace(query)
}

// A tenant asks with its key.
type tenant struct{ devID, key string }

// ask returns what the gateway answers; a status other than 200 is a *statusError.
func (t tenant) ask(ctx context.Context, method, url string, header http.Header, doc []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(doc))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", url, err)
	}
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Dev-Id", t.devID)
	req.Header.Set("X-Api-Key", t.key)
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
		return nil, &statusError{answer.StatusCode, body}
	}
	return body, nil
}

// A statusError is an answer other than 200.
type statusError struct {
	status int
	body   []byte
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.300s", e.status, e.body) }
