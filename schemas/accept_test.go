package schemas_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
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
			if got := schemas.Check(id, encodeExample(t, damaged)) == nil; got != want {
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

func encodeExample(t *testing.T, v any) []byte {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The short way reads the text itself. What it takes must be one JSON value and
// pass, also where the text is damaged: each example is, many times.
func TestCheckTakesOnlyWhatIsJSON(t *testing.T) {
	names, err := fs.Glob(os.DirFS("testdata"), "record_*/valid/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same damage every time
	for _, name := range names {
		doc, err := os.ReadFile(path.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		id := strings.Replace(strings.Split(name, "/")[0], "_", "/", 1)
		reference := libraryOf(t, id)
		for range 500 {
			text := damageText(random, string(doc))
			want := json.Valid([]byte(text)) && reference.Validate(decodeExample(t, []byte(text))) == nil
			if got := schemas.Check(id, text) == nil; got != want {
				t.Errorf("%s: valid is %t, the library says %t: %q", name, got, want, text)
			}
		}
	}
}

// damageText puts something in the place of a character or three, or between two.
func damageText(random *rand.Rand, text string) string {
	pieces := []string{
		"", " ", "\t", "\n", "\x00", "\x1f", "\v", "{", "}", "[", "]", ",", ":", `"`, `""`, `\`, `\"`, `\n`, `\q`, `\u0041`, `\u00`, `\ud800`,
		"0", "1", "-", "-1", "01", "1.", ".5", "1.5", "1e9", "1E+", "true", "fals", "null", "nul", "é", "\u00a0", "\ufffd", "\xff", "x", `,"x":1`, `"x":null,`, "{}", "[]", "[[1]]",
	}
	at := random.IntN(len(text))
	end := min(len(text), at+[]int{0, 1, 3}[random.IntN(3)])
	return text[:at] + pieces[random.IntN(len(pieces))] + text[end:]
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
