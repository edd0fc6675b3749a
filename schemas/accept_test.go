package schemas_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"nutrigate/schemas"
)

// The short way and the library's must never differ, over every example and
// every example with one value damaged.
func TestCheckAgreesWithTheLibrary(t *testing.T) {
	names, err := fs.Glob(os.DirFS("testdata"), "record_*/*/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range names {
		doc, err := os.ReadFile(path.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		id := strings.Replace(strings.Split(name, "/")[0], "_", "/", 1)
		reference := libraryOf(t, id)
		for _, damaged := range damage(decodeExample(t, doc)) {
			want := reference.Validate(damaged) == nil
			if got := schemas.CheckValue(id, damaged) == nil; got != want {
				t.Errorf("%s: valid is %t, the library says %t: %v", name, got, want, damaged)
			}
		}
	}
}

// libraryOf compiles a schema as the package does, for the library alone.
func libraryOf(t *testing.T, id string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return os.Open(strings.TrimPrefix(url, "https://nutrigate.dev/schemas/"))
	}
	s, err := c.Compile("https://nutrigate.dev/schemas/" + id + ".v1.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decodeExample(t *testing.T, doc []byte) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(doc)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// damage returns v and copies of it, each with one member lost or replaced.
func damage(v any) []any {
	all := []any{v}
	object, ok := v.(map[string]any)
	if !ok {
		return all
	}
	for name, member := range object {
		without := withMember(object, name, nil)
		delete(without, name)
		all = append(all, without)
		replaced := append(damage(member)[1:], nil, "", "x", true, json.Number("-1.5"), []any{}, map[string]any{})
		for _, r := range replaced {
			all = append(all, withMember(object, name, r))
		}
	}
	return all
}

func withMember(object map[string]any, name string, value any) map[string]any {
	c := maps.Clone(object)
	c[name] = value
	return c
}

func TestErrorsOfRecordsNameThePlaceAndNotTheValue(t *testing.T) {
	err := schemas.Check("record/serving", []byte(`{"kind":"serving","day":"2026-01-05","serving":{"food":"Rye","nutrients":{"energy":"-5.77 kcal"}}}`))
	if _, ok := errors.AsType[*schemas.Error](err); !ok {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "/serving/nutrients/energy: pattern") || strings.Contains(text, "5.77") {
		t.Errorf("got %q", text)
	}
}
