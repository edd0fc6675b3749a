// Package schemas is what documents look like: every JSON Schema that a
// document crossing an edge is checked against. It imports nothing of ours.
//
// A schema's id is its path without version and ending: "terra/nutrition" is
// terra/nutrition.v1.json. FHIR's ids are "fhir/" and a resource type; they
// are definitions within the one official schema.
package schemas

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

//go:embed */*.json
var files embed.FS

// base is where the schemas seem to lie; nothing is fetched from there.
const base = "https://nutrigate.dev/schemas/"

// fhirFile is the official R4 schema, cut to the types that we emit.
const fhirFile = "fhir/r4.v4.0.1.json"

// Check returns nil if doc, one JSON document, is what the schema id allows.
// The error is an *Error if the document is at fault.
func Check[Text ~[]byte | ~string](id string, doc Text) error {
	s, err := compiled(id)
	if err != nil {
		return err
	}
	text := string(doc)
	if s.plan.accepts(text) {
		return nil
	}
	v, err := decode(id, text)
	if err != nil {
		return err
	}
	var invalid *jsonschema.ValidationError
	if err := s.Validate(v); errors.As(err, &invalid) {
		return newError(id, invalid)
	} else if err != nil {
		return fmt.Errorf("check against %s: %w", id, err)
	}
	return nil
}

// decode returns the document as the library takes it: numbers are
// json.Number, so that no digit is lost before the check.
func decode(id, doc string) (any, error) {
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, &Error{Schema: id, Faults: []Fault{{Rule: "not JSON"}}}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Schema: id, Faults: []Fault{{Rule: "more than one JSON value"}}}
	}
	return v, nil
}

// IDs lists the schemas of our own, without those of FHIR.
func IDs() []string {
	var ids []string
	names, err := fs.Glob(files, "*/*.json")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, name := range names {
		if name != fhirFile {
			stem, _, _ := strings.Cut(path.Base(name), ".")
			ids = append(ids, path.Dir(name)+"/"+stem)
		}
	}
	return ids
}

// Raw returns the schema's text, for publishing.
func Raw(id string) ([]byte, error) {
	name, _, err := locate(id)
	if err != nil {
		return nil, err
	}
	return files.ReadFile(name)
}

var cache sync.Map // id to func() (*schema, error), each compiled at its first use

// A schema is compiled, and has a plan for what is valid.
type schema struct {
	*jsonschema.Schema
	plan *plan
}

func compiled(id string) (*schema, error) {
	compile, ok := cache.Load(id)
	if !ok {
		compile, _ = cache.LoadOrStore(id, sync.OnceValues(func() (*schema, error) { return compileID(id) }))
	}
	return compile.(func() (*schema, error))()
}

func compileID(id string) (*schema, error) {
	name, fragment, err := locate(id)
	if err != nil {
		return nil, err
	}
	draft := jsonschema.Draft2020
	if name == fhirFile {
		draft = jsonschema.Draft6 // as the official schema declares
	}
	s, err := compilers().compile(draft, base+name+fragment)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", id, err)
	}
	return s, nil
}

// compilers keeps one compiler for each draft, so that what two schemas refer
// to is compiled and held once.
var compilers = sync.OnceValue(func() *compilerSet {
	return &compilerSet{
		byDraft: map[*jsonschema.Draft]*jsonschema.Compiler{},
		plans:   planner{plans: map[*jsonschema.Schema]*plan{}, matchers: map[string]*matcher{}},
	}
})

type compilerSet struct {
	mu      sync.Mutex // a compiler serves one at a time
	byDraft map[*jsonschema.Draft]*jsonschema.Compiler
	plans   planner
}

func (s *compilerSet) compile(draft *jsonschema.Draft, url string) (*schema, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byDraft[draft]
	if c == nil {
		c = jsonschema.NewCompiler()
		c.Draft = draft
		c.AssertFormat = true
		c.LoadURL = func(url string) (io.ReadCloser, error) {
			return files.Open(strings.TrimPrefix(url, base))
		}
		s.byDraft[draft] = c
	}
	compiled, err := c.Compile(url)
	if err != nil {
		return nil, err
	}
	return &schema{compiled, s.plans.plan(compiled)}, nil
}

// locate finds the file of a schema and the part of it.
func locate(id string) (name, fragment string, err error) {
	if resource, ok := strings.CutPrefix(id, "fhir/"); ok {
		return fhirFile, "#/definitions/" + resource, nil
	}
	found, err := fs.Glob(files, id+".v*.json")
	if err != nil || len(found) != 1 {
		return "", "", fmt.Errorf("no schema %q", id)
	}
	return found[0], "", nil
}
