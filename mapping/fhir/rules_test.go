package fhir_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/schemas"
)

// definitions are those of the official schema.
func definitions(t *testing.T) map[string]any {
	t.Helper()
	raw, err := schemas.Raw("fhir/Observation")
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, raw)["definitions"].(map[string]any)
}

// defined reports whether the schema knows the element at a path.
func defined(all map[string]any, path string) bool {
	names := strings.Split(path, ".")
	node := all[names[0]]
	for i, name := range names[1:] {
		name, choice := strings.CutSuffix(name, "[x]")
		properties, _ := at(node, "properties").(map[string]any)
		if choice && i == len(names)-2 {
			return slices.ContainsFunc(slices.Collect(maps.Keys(properties)), func(n string) bool { return strings.HasPrefix(n, name) })
		}
		ref, _ := at(properties, name, "$ref").(string)
		if items, ok := at(properties, name, "items", "$ref").(string); ok {
			ref = items
		}
		if properties[name] == nil {
			return false
		}
		node = all[strings.TrimPrefix(ref, "#/definitions/")]
	}
	return true
}

func TestRuleTables(t *testing.T) {
	all := definitions(t)
	for _, table := range []string{"required.csv", "codes.csv"} {
		for _, row := range rows(t, table) {
			if row["source"] == "" || !defined(all, row["path"]) {
				t.Errorf("%s: %q has no source or is no element", table, row["path"])
			}
		}
	}
}

// Each example of a type passes, and fails without any of the elements at its
// top that the table requires.
func TestRequired(t *testing.T) {
	names, err := filepath.Glob("../../schemas/testdata/fhir_*/valid/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range names {
		resourceType := strings.TrimPrefix(filepath.Base(filepath.Dir(filepath.Dir(name))), "fhir_")
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc := check(t, resourceType, body)
		for _, row := range rows(t, "required.csv") {
			element, ours := strings.CutPrefix(row["path"], resourceType+".")
			if !ours || doc[element] == nil {
				continue
			}
			without := maps.Clone(doc)
			delete(without, element)
			damaged, err := json.Marshal(without)
			if err != nil {
				t.Fatal(err)
			}
			err = fhir.Format{}.Check(mapping.Document{Type: resourceType, Body: damaged})
			if err == nil || !strings.Contains(err.Error(), "missing property '"+element+"'") {
				t.Errorf("%s without %s: %v", name, element, err)
			}
		}
	}
}

func TestRulesBelowTheTop(t *testing.T) {
	for _, c := range []struct{ claim, resourceType, body, rule string }{
		{
			"a parameter has a name", "Parameters",
			`{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"x"},{"valueString":"y"}]}`, "/parameter/1: missing property 'name'",
		},
		{
			"a code's property has a value", "CodeSystem",
			`{"resourceType":"CodeSystem","status":"active","content":"complete","concept":[{"code":"a","property":[{"code":"unit"}]}]}`,
			"/concept/0/property/0: missing property 'value'",
		},
		{"a narrative has a status", "Patient", `{"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"/>"}}`, "/text"},
		{
			"the mode of a section is one of FHIR's", "Composition",
			`{"resourceType":"Composition","status":"final","type":{"text":"x"},"date":"2026","author":[{"display":"x"}],"title":"x",` +
				`"section":[{"mode":"all"}]}`, "/section/0/mode",
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			err := fhir.Format{}.Check(mapping.Document{Type: c.resourceType, Body: []byte(c.body)})
			if err == nil || !strings.Contains(err.Error(), c.rule) {
				t.Errorf("got %v, want %q", err, c.rule)
			}
		})
	}
}
