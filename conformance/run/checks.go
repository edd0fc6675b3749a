package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A check is one run of one oracle over what was made.
type check struct {
	oracle string // the script in conformance/oracles: for node, unless it ends in .py or .java
	what   string // for the table
	needs  string // an environment variable that names a folder of schemas; empty for none
	args   []string
}

type result struct {
	check
	count   string
	skipped string
	err     error
	took    time.Duration
}

// checkAll runs the checks, two at a time and the killing beside them; what needs the gateway and what
// reads another check's output come last.
func (p *proof) checkAll(ctx context.Context) []result {
	kill := make(chan result, 1)
	go func() { kill <- p.killed(ctx) }() // most of which is waiting
	results := p.together(ctx, p.checks())
	results = append(results, p.askGateway(ctx)...)
	results = append(results, p.askStill(ctx)...)
	results = append(results, p.together(ctx, p.secondChecks())...)
	results = append(results, p.killedDelivering(ctx))
	return append(results, <-kill)
}

func (p *proof) checks() []check {
	fhir, fit := p.made("fhir"), p.made("fit")
	units := filepath.Join("mapping", "vocab", "units.csv")
	return []check{
		{oracle: "selftest", what: "documents with one fault each, which every oracle has to find"},
		{oracle: "fhir-medplum", what: "every resource; profiles and invariants", args: fhir},
		{oracle: "fhir-lantana", what: "every resource; required codes", args: append([]string{"--xml", p.path("xml")}, fhir...)},
		{oracle: "fhir-links", what: "every resource; references, ids, periods", args: fhir},
		{oracle: "ucum", what: "every unit and factor of the vocabulary and the resources", args: append([]string{units}, fhir...)},
		{oracle: "fit", what: "every FIT file", args: fit},
		{oracle: "terra-schemas", what: "every Terra document", needs: "TERRA_SCHEMAS", args: p.made("terra")},
	}
}

// secondChecks read what the first checks and the gateway left behind.
func (p *proof) secondChecks() []check {
	var examples []string
	for _, event := range []string{"access_revoked", "connection_error", "permission_change", "processing", "healthcheck"} {
		examples = append(examples, filepath.Join("schemas", "testdata", "event_"+event, "valid"))
	}
	return []check{
		{oracle: "fhir-hl7.java", what: "one resource of every shape, converted or served, by HL7's validator", args: p.validated()},
		{oracle: "fhir-xsd", what: "every resource, as the converter's XML", needs: "FHIR_XSD", args: []string{p.path("xml")}},
		{oracle: "fhir-xsd", what: "the gateway's answers as XML", needs: "FHIR_XSD", args: []string{p.path("gateway", "xml")}},
		{oracle: "fhir-medplum", what: "the gateway's answers as FHIR", args: []string{p.path("gateway", "fhir")}},
		{oracle: "fhir-lantana", what: "the gateway's answers as FHIR", args: []string{p.path("gateway", "fhir")}},
		{oracle: "fit", what: "the gateway's answers as FIT", args: []string{p.path("gateway", "fit")}},
		{oracle: "terra-schemas", what: "the gateway's answers as Terra JSON", needs: "TERRA_SCHEMAS", args: []string{p.path("gateway", "terra")}},
		{oracle: "terra-schemas", what: "the gateway's webhooks", needs: "TERRA_SCHEMAS", args: []string{p.path("gateway", "events")}},
		{oracle: "terra-schemas", what: "users and data in every answer to the SDKs", needs: "TERRA_SCHEMAS", args: []string{p.path("gateway", "answers")}},
		{oracle: "terra-schemas", what: "examples of the events that no run has", needs: "TERRA_SCHEMAS", args: examples},
		{oracle: "strict-schemas", what: "the gateway's webhooks, and every answer to the SDKs", args: []string{"schemas", p.path("gateway", "events"), p.path("gateway", "answers")}},
	}
}

// validated are the arguments of HL7's validator: the warnings that are
// explained, profiles that R4 has not, and what to read.
func (p *proof) validated() []string {
	profiles := filepath.Join(p.oracles, "node_modules", "@medplum", "definitions", "dist", "fhir", "r4", "testing", "uscore-v5.0.1-structuredefinitions.json")
	return append([]string{filepath.Join(p.oracles, "java", "warnings.csv"), "--definitions", profiles, "--definitions", filepath.Join(p.oracles, "java", "definitions.json"), p.path("gateway", "fhir")}, p.made("fhir")...)
}

func (p *proof) together(ctx context.Context, checks []check) []result {
	results := make([]result, len(checks))
	slots := make(chan struct{}, 2)
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = p.check(ctx, c)
		})
	}
	all.Wait()
	return results
}

// check runs one oracle. Its last line sums up; the lines before are its faults.
func (p *proof) check(ctx context.Context, c check) result {
	r := result{check: c, count: "-"}
	args, missing := c.arguments()
	command, absent := p.command(c.oracle)
	if absent != "" {
		missing = absent
	}
	if missing != "" {
		r.skipped = missing
		return r
	}
	start := time.Now()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], args...)...)
	cmd.Env = append(os.Environ(), "ORACLE_PYTHON="+p.python.path, "ORACLE_JAVA="+p.java.classpath) // for selftest
	output, err := cmd.CombinedOutput()
	r.took = time.Since(start)
	faults, sum := cutLastLine(output)
	r.count, _, _ = strings.Cut(sum, " checked")
	if err != nil {
		r.err = fmt.Errorf("%s: %w", c.oracle, err)
		fmt.Fprintf(p.out, "\n%s, %s:\n%s\n%s\n", c.oracle, c.what, faults, sum)
	}
	return r
}

// command returns what runs an oracle, or why nothing does.
func (p *proof) command(oracle string) (command []string, missing string) {
	switch {
	case strings.HasSuffix(oracle, ".py"):
		return []string{p.python.path, "-B", filepath.Join(p.oracles, oracle)}, p.python.missing
	case strings.HasSuffix(oracle, ".java"):
		return []string{"java", "-Xmx3g", "-cp", p.java.classpath, "Validate"}, p.java.missing
	}
	return []string{"node", "--max-old-space-size=4096", filepath.Join(p.oracles, oracle+".mjs")}, ""
}

// arguments returns what the script is called with, or why it cannot be called.
func (c check) arguments() (args []string, missing string) {
	if c.needs == "" {
		return c.args, ""
	}
	schemas := os.Getenv(c.needs)
	if schemas == "" {
		return nil, c.needs + " is not set; it names the folder of the published schemas"
	}
	if c.needs == "FHIR_XSD" {
		schemas = filepath.Join(schemas, "fhir-single.xsd")
		if _, err := exec.LookPath("xmllint"); err != nil {
			return nil, "xmllint is not installed; it comes with libxml2"
		}
	}
	return append([]string{schemas}, c.args...), ""
}

func cutLastLine(output []byte) (before, last string) {
	text := string(bytes.TrimSpace(output))
	i := strings.LastIndexByte(text, '\n')
	if i < 0 {
		return "", text
	}
	return text[:i], text[i+1:]
}
