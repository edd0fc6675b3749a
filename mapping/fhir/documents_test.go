package fhir_test

import (
	"strings"
	"testing"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

func check(t *testing.T, resourceType string, body []byte) map[string]any {
	t.Helper()
	if err := (fhir.Format{}).Check(mapping.Document{Type: resourceType, Body: body}); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return decode(t, body)
}

func TestEncodePatient(t *testing.T) {
	d, err := fhir.EncodePatient(fhir.Patient{
		ID: person.ID, Active: true, Version: 2, Updated: time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Fatal(err)
	}
	v := check(t, d.Type, d.Body)
	want(t, "id", at(v, "id"), any(person.ID))
	want(t, "active", at(v, "active"), any(true))
	want(t, "identifier", at(v, "identifier", 0, "value"), any(person.ID))
	want(t, "version", at(v, "meta", "versionId"), any("2"))
	want(t, "name", at(v, "name"), nil)
}

func TestBundle(t *testing.T) {
	docs, _, err := fhir.Format{}.Encode(person, everyKind())
	if err != nil {
		t.Fatal(err)
	}
	var collection, found []fhir.Entry
	for _, d := range docs {
		collection = append(collection, fhir.Entry{FullURL: "urn:uuid:" + d.ID, Resource: d.Body})
		found = append(found, fhir.Entry{FullURL: "https://example.org/fhir/" + d.Type + "/" + d.ID, Resource: d.Body, Mode: "match"})
	}
	t.Run("a collection is valid and holds the documents as they are", func(t *testing.T) {
		body := fhir.Bundle("collection", collection, nil, -1)
		v := check(t, "Bundle", body)
		want(t, "total", at(v, "total"), nil)
		want(t, "entries", len(at(v, "entry").([]any)), len(docs))
		if !strings.Contains(string(body), string(docs[3].Body)) {
			t.Error("a document was changed")
		}
	})
	t.Run("a history says what was done to each, and has nothing of what was deleted", func(t *testing.T) {
		entries := []fhir.Entry{
			{FullURL: "urn:uuid:a", Resource: docs[0].Body, Change: &fhir.Change{Method: "PUT", URL: "Observation/a"}},
			{FullURL: "urn:uuid:b", Change: &fhir.Change{Method: "DELETE", URL: "Observation/b"}},
		}
		v := check(t, "Bundle", fhir.Bundle("history", entries, nil, -1))
		want(t, "the first method", at(v, "entry", 0, "request", "method"), any("PUT"))
		want(t, "the method", at(v, "entry", 1, "request", "method"), any("DELETE"))
		want(t, "the address", at(v, "entry", 1, "request", "url"), any("Observation/b"))
		want(t, "the status", at(v, "entry", 1, "response", "status"), any("204"))
		want(t, "the resource", at(v, "entry", 1, "resource"), nil)
	})
	t.Run("a searchset has links, a total and modes", func(t *testing.T) {
		links := []fhir.Link{{"self", `https://example.org/fhir/Observation?code=a|b&_count="1"`}, {"next", "https://example.org/n"}}
		v := check(t, "Bundle", fhir.Bundle("searchset", found, links, 70))
		want(t, "total", at(v, "total"), any(decode(t, []byte(`{"n":70}`))["n"]))
		want(t, "self", at(v, "link", 0, "url"), any(links[0].URL))
		want(t, "mode", at(v, "entry", 0, "search", "mode"), any("match"))
	})
	t.Run("an empty one has no lists", func(t *testing.T) {
		want(t, "bundle", string(fhir.Bundle("searchset", nil, nil, 0)), `{"resourceType":"Bundle","type":"searchset","total":0}`)
	})
}

func TestOperationOutcome(t *testing.T) {
	t.Run("says what a mapping lost", func(t *testing.T) {
		v := check(t, "OperationOutcome", fhir.OperationOutcome(fhir.FromIssues([]mapping.Issue{
			{Sort: mapping.Lost, Path: "serving.time", Reason: "no zone"},
		})))
		want(t, "severity", at(v, "issue", 0, "severity"), any("information"))
		want(t, "text", at(v, "issue", 0, "diagnostics"), any("lost: serving.time: no zone"))
	})
	t.Run("has an issue even if all is well", func(t *testing.T) {
		v := check(t, "OperationOutcome", fhir.OperationOutcome(nil))
		want(t, "text", at(v, "issue", 0, "diagnostics"), any("All OK"))
	})
	t.Run("names the place of an error", func(t *testing.T) {
		v := check(t, "OperationOutcome", fhir.OperationOutcome([]fhir.OutcomeIssue{
			{Severity: "error", Code: "value", Diagnostics: "not a date", Location: []string{"http.date"}},
		}))
		want(t, "place", at(v, "issue", 0, "location", 0), any("http.date"))
	})
}

func TestCodeSystems(t *testing.T) {
	listed := map[string]map[string]any{}
	for _, d := range fhir.CodeSystems() {
		v := check(t, d.Type, d.Body)
		if body, ok := fhir.CodeSystem(d.ID); !ok || string(body) != string(d.Body) {
			t.Errorf("%s is not found by its id", d.ID)
		}
		if c, _ := at(v, "copyright").(string); !strings.Contains(c, "loinc.org/license") {
			t.Errorf("%s lacks LOINC's notice", d.ID)
		}
		concepts := map[string]any{}
		for _, c := range at(v, "concept").([]any) {
			concepts[at(c, "code").(string)] = c
		}
		listed[at(v, "url").(string)] = concepts
	}
	t.Run("every key is there with a LOINC code or the reason why not", func(t *testing.T) {
		for _, n := range vocab.Nutrients() {
			explained(t, n.Key, listed[fhir.SystemNutrient][n.Key])
		}
		for _, b := range vocab.Biometrics() {
			explained(t, b.Key, listed[fhir.SystemBiometric][b.Key])
		}
	})
	t.Run("every code of ours that is emitted is published", func(t *testing.T) {
		docs, _, err := fhir.Format{}.Encode(person, everyKind())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			published(t, listed, decode(t, d.Body))
		}
	})
	t.Run("there is no other", func(t *testing.T) {
		if _, ok := fhir.CodeSystem("loinc"); ok {
			t.Error("LOINC is not ours")
		}
	})
}

// explained tells a concept that has neither a LOINC code nor a reason.
func explained(t *testing.T, key string, concept any) {
	t.Helper()
	code := at(concept, "property", 1, "valueCode")
	reason := at(concept, "property", 1, "valueString")
	if at(concept, "display") == nil || (code == nil) == (reason == nil) {
		t.Errorf("%s: %v", key, concept)
	}
}

// published walks a document for codings of our systems.
func published(t *testing.T, listed map[string]map[string]any, node any) {
	t.Helper()
	switch node := node.(type) {
	case map[string]any:
		system, _ := node["system"].(string)
		code, _ := node["code"].(string)
		if known, ours := listed[system]; ours && at(known[code], "display") != node["display"] {
			t.Errorf("%s|%s is not published under %v", system, code, node["display"])
		}
		for _, child := range node {
			published(t, listed, child)
		}
	case []any:
		for _, child := range node {
			published(t, listed, child)
		}
	}
}

func TestCheck(t *testing.T) {
	const observation = `{"resourceType":"Observation","status":"final","code":{"text":"x"}`
	for _, c := range []struct{ claim, resourceType, body, rule string }{
		{"an Observation has a status", "Observation", `{"resourceType":"Observation","code":{"text":"x"},"valueString":"x"}`, "missing property 'status'"},
		{"an Observation says something", "Observation", observation + `}`, "neither value nor"},
		{"a value has no reason to be absent", "Observation", observation + `,"valueString":"x","dataAbsentReason":{"text":"x"}}`, "obs-6"},
		{"there is one value", "Observation", observation + `,"valueString":"x","valueBoolean":true}`, "more than one value"},
		{
			"a component does not repeat the code", "Observation",
			`{"resourceType":"Observation","status":"final","valueString":"x","code":{"coding":[{"system":"s","code":"c"}]},` +
				`"component":[{"code":{"coding":[{"system":"s","code":"c"}]},"valueString":"x"}]}`, "obs-7",
		},
		{"a unit's code has a system", "Observation", observation + `,"valueQuantity":{"value":1,"code":"g"}}`, "/valueQuantity: qty-3"},
		{
			"wherever the unit stands", "Observation",
			observation + `,"component":[{"code":{"text":"x"},"valueQuantity":{"value":1,"code":"g"}}]}`, "/component/0/valueQuantity: qty-3",
		},
		{
			"a period does not run backwards", "Observation",
			observation + `,"valuePeriod":{"start":"2026-01-05T20:00:00+01:00","end":"2026-01-05T18:59:59Z"}}`, "per-1",
		},
		{"nor by days", "Observation", observation + `,"valuePeriod":{"start":"2026-01-05T20:00:00+01:00","end":"2026-01-04"}}`, "per-1"},
		{
			"a plan has an intent", "NutritionOrder",
			`{"resourceType":"NutritionOrder","status":"active","dateTime":"2026-01-05","patient":{"reference":"Patient/x"}}`, "missing property 'intent'",
		},
		{
			"a goal has a status", "Goal",
			`{"resourceType":"Goal","description":{"text":"x"},"subject":{"reference":"Patient/x"}}`, "missing property 'lifecycleStatus'",
		},
		{"the type is the document's", "Patient", `{"resourceType":"Goal"}`, "resourceType"},
		{"the schema is asked, too", "Observation", observation + `,"valueString":"x","mood":"good"}`, "mood"},
		{"it is JSON", "Observation", `{"resourceType":`, "not a JSON object"},
		{"and only one value of it", "Patient", `{"resourceType":"Patient"}}`, "more than one"},
		{
			"an intent is one of FHIR's", "NutritionOrder",
			`{"resourceType":"NutritionOrder","status":"active","intent":"wish","dateTime":"2026-01-05","patient":{"reference":"Patient/x"}}`, "/intent",
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			err := fhir.Format{}.Check(mapping.Document{Type: c.resourceType, Body: []byte(c.body)})
			if err == nil || !strings.Contains(err.Error(), c.rule) {
				t.Errorf("got %v, want %q", err, c.rule)
			}
		})
	}
	t.Run("a period within one day with and without time is no fault", func(t *testing.T) {
		check(t, "Observation", []byte(observation+`,"valuePeriod":{"start":"2026-01-05T20:00:00+01:00","end":"2026-01-05"}}`))
	})
	t.Run("an error names no value", func(t *testing.T) {
		body := []byte(observation + `,"effectiveDateTime":"secret"}`)
		if err := (fhir.Format{}).Check(mapping.Document{Type: "Observation", Body: body}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	})
}

func TestUnknownKind(t *testing.T) {
	if _, _, err := (fhir.Format{}).Encode(person, []record.Record{{Kind: "dream"}}); err == nil {
		t.Error("a record without content was encoded")
	}
}
