package conformance_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "nutrigate/"

// A boundary says which imports a part of the tree may not have, and why.
type boundary struct {
	from   string   // path.Match pattern of a package's folder; "/…" at its end takes in what lies below
	except []string // folders that the boundary does not bind
	deny   []string // patterns of imports that are refused
	allow  []string // patterns of imports that deny would refuse
	tests  bool     // binds test files too
	why    string
}

// boundaries are the import rules of the repository. A package of our own is
// written without the module's name.
func boundaries() []boundary {
	return []boundary{
		{
			from: "schemas/…", deny: []string{"mapping/…", "gateway/…", "cmd/…"}, tests: true,
			why: "schemas say what documents look like and stand at the bottom",
		},
		{
			from: "mapping/…", deny: []string{"gateway/…", "cmd/…"}, tests: true,
			why: "mappings are pure; what runs lies above them",
		},
		{
			from: "mapping", deny: []string{"schemas/…", "mapping/…"}, allow: []string{"mapping/record"},
			why: "mapping is the words that sources and formats share; it knows none of them",
		},
		{
			from: "mapping/record", deny: []string{"schemas/…", "mapping/…"},
			why: "records are the hub: everything knows them and they know nothing",
		},
		{
			from: "mapping/vocab", deny: []string{"schemas/…", "mapping/…"}, allow: []string{"mapping/record"},
			why: "the vocabulary holds what is true for everyone; a source's or format's table lies in its own package",
		},
		{
			from: "mapping/digest", deny: []string{"schemas/…", "mapping/…"}, allow: []string{"mapping/record", "mapping/vocab"},
			why: "a digest sums up records for whoever shows it; it knows no format",
		},
		{
			from: "mapping/…", except: []string{"mapping", "mapping/record", "mapping/vocab", "mapping/digest"},
			deny: []string{"mapping/…"}, allow: []string{"mapping", "mapping/record", "mapping/vocab", "mapping/digest", "mapping/{self}/…"},
			why: "sources and formats meet in the records and never know each other",
		},
		{
			from: "gateway/…", deny: []string{"cmd/…"}, tests: true,
			why: "commands put the gateway together; it does not know them",
		},
		{
			from: "gateway/serve/…", deny: []string{"gateway/store/*", "gateway/source/*", "gateway/push/*"},
			why: "serving takes small interfaces; which store, source or destination is behind them is wire.go's choice",
		},
		{
			from: "gateway/push/…", deny: []string{"gateway/store/*", "gateway/source/*", "gateway/serve/…"},
			why: "delivering takes small interfaces; it knows no store, source or API",
		},
		{
			from: "gateway/…", except: []string{"gateway/simulate"}, deny: []string{"gateway/simulate"},
			why: "the simulator plays the other side; what runs knows it as an address, and tests and commands start it",
		},
		{
			from: "…", except: []string{"gateway/serve/…"},
			deny: []string{"github.com/gin-gonic/…", "github.com/gin-contrib/…"}, tests: true,
			why: "Gin is a router: pooled contexts, its own 400s and its negotiation stay behind gateway/serve",
		},
		{
			from: "…", except: []string{"conformance/…"}, deny: []string{"conformance/…"},
			why: "conformance watches; only tests call its suites",
		},
		{
			from: "mapping/…", deny: []string{"net", "net/http", "os", "os/exec", "log", "log/slog", "math/rand/v2", "crypto/rand"},
			why: "mappings are pure: the same input gives the same bytes, wherever and whenever",
		},
	}
}

func TestImports(t *testing.T) {
	found, files, err := trespasses(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Errorf("looked at %d files only; is this the root of the repository?", files)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// Each boundary has to refuse something, or it guards nothing.
func TestBoundariesRefuse(t *testing.T) {
	tests := []struct{ name, file, imports, why string }{
		{"a schema that knows a record", "schemas/schemas.go", "nutrigate/mapping/record", "stand at the bottom"},
		{"a test of a schema that knows the gateway", "schemas/x_test.go", "nutrigate/gateway/serve", "stand at the bottom"},
		{"a mapping that knows the store", "mapping/terra/day.go", "nutrigate/gateway/store", "mappings are pure; what runs"},
		{"mapping that knows a format", "mapping/mapping.go", "nutrigate/mapping/fhir", "it knows none of them"},
		{"records that know the vocabulary", "mapping/record/record.go", "nutrigate/mapping/vocab", "they know nothing"},
		{"a vocabulary that knows mapping", "mapping/vocab/vocab.go", "nutrigate/mapping", "in its own package"},
		{"a digest that knows a format", "mapping/digest/digest.go", "nutrigate/mapping/fhir", "it knows no format"},
		{"a format that knows a source", "mapping/fhir/goal.go", "nutrigate/mapping/cronometer", "never know each other"},
		{"a part of a format that knows a format", "mapping/fhir/xml/write.go", "nutrigate/mapping/terra", "never know each other"},
		{"a format that knows a format", "mapping/fit/weight.go", "nutrigate/mapping/terra", "never know each other"},
		{"a gateway that knows a command", "gateway/gateway.go", "nutrigate/cmd/nutrigate", "does not know them"},
		{"a handler that knows SQLite", "gateway/serve/terra/day.go", "nutrigate/gateway/store/sqlite", "wire.go's choice"},
		{"a server that knows the demo", "gateway/serve/serve.go", "nutrigate/gateway/source/demo", "wire.go's choice"},
		{"a server that knows a destination", "gateway/serve/serve.go", "nutrigate/gateway/push/s3", "wire.go's choice"},
		{"a destination that knows the API", "gateway/push/s3/s3.go", "nutrigate/gateway/serve", "knows no store"},
		{"a client that knows the simulator", "gateway/source/cronometer/web.go", "nutrigate/gateway/simulate", "plays the other side"},
		{"Gin in the ingest", "gateway/ingest/ingest.go", "github.com/gin-gonic/gin", "Gin is a router"},
		{"Gin in a test of a command", "cmd/nutrigate/serve_test.go", "github.com/gin-gonic/gin/binding", "Gin is a router"},
		{"a program that knows conformance", "gateway/store/sqlite/sqlite.go", "nutrigate/conformance/store", "conformance watches"},
		{"a mapping that reads a file", "mapping/cronometer/open.go", "os", "wherever and whenever"},
	}
	for _, tt := range tests {
		t.Run("refuses "+tt.name, func(t *testing.T) {
			found, _, err := trespasses(oneFile(tt.file, tt.imports))
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 || !strings.Contains(strings.Join(found, "\n"), tt.why) {
				t.Errorf("got %q, want one that says %q", found, tt.why)
			}
		})
	}
	for _, b := range boundaries() {
		if !slices.ContainsFunc(tests, func(tt struct{ name, file, imports, why string }) bool {
			return strings.Contains(b.why, tt.why)
		}) {
			t.Errorf("nothing proves that this boundary refuses: %s", b.why)
		}
	}
}

func TestBoundariesLetThrough(t *testing.T) {
	tests := []struct{ name, file, imports string }{
		{"a format that knows the vocabulary", "mapping/fhir/goal.go", "nutrigate/mapping/vocab"},
		{"a format that knows a package of its own", "mapping/fhir/goal.go", "nutrigate/mapping/fhir/xml"},
		{"a format that checks a schema", "mapping/terra/check.go", "nutrigate/schemas"},
		{"a test of a format that reads an export", "mapping/fit/fit_test.go", "nutrigate/mapping/cronometer"},
		{"a handler that speaks the store's words", "gateway/serve/terra/day.go", "nutrigate/gateway/store"},
		{"a room of the server with Gin", "gateway/serve/fhir/read.go", "github.com/gin-gonic/gin"},
		{"a store's test that runs the suite", "gateway/store/sqlite/sqlite_test.go", "nutrigate/conformance/store"},
		{"a test of a client that starts the simulator", "gateway/source/cronometer/web_test.go", "nutrigate/gateway/simulate"},
		{"a command that knows everything", "cmd/nutrigate/wire.go", "nutrigate/gateway/store/sqlite"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if found, _, err := trespasses(oneFile(tt.file, tt.imports)); err != nil || len(found) > 0 {
				t.Errorf("got %q, %v", found, err)
			}
		})
	}
}

func oneFile(file, imports string) fs.FS {
	return fstest.MapFS{file: {Data: fmt.Appendf(nil, "package x\nimport %q\n", imports)}}
}

// trespasses returns every import that a boundary refuses, and how many Go
// files it read. It parses the files itself, so that `go test` knows when its
// cached answer is stale: a child process would hide what it read.
func trespasses(tree fs.FS) (found []string, files int, err error) {
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); name != "." && (base[0] == '.' || base == "node_modules" || base == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		files++
		refused, err := refusedImports(tree, name)
		found = append(found, refused...)
		return err
	})
	return found, files, err
}

func refusedImports(tree fs.FS, name string) ([]string, error) {
	src, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", name, err)
	}
	var found []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("import in %s: %w", name, err)
		}
		for _, b := range boundaries() {
			if b.refuses(name, strings.TrimPrefix(imported, module)) {
				found = append(found, fmt.Sprintf("%s imports %s: %s", name, imported, b.why))
			}
		}
	}
	return found, nil
}

func (b boundary) refuses(file, imported string) bool {
	folder := path.Dir(file)
	if strings.HasSuffix(file, "_test.go") && !b.tests {
		return false
	}
	if !within(b.from, folder, "") || slices.ContainsFunc(b.except, func(p string) bool { return within(p, folder, "") }) {
		return false
	}
	denied := func(p string) bool { return within(p, imported, product(folder)) }
	return slices.ContainsFunc(b.deny, denied) && !slices.ContainsFunc(b.allow, denied)
}

// product returns the second element of a folder: the source or format that a
// package of mapping belongs to.
func product(folder string) string {
	_, below, _ := strings.Cut(folder, "/")
	name, _, _ := strings.Cut(below, "/")
	return name
}

// within reports whether name matches the pattern; {self} in it is the product
// of the importing package.
func within(pattern, name, self string) bool {
	pattern = strings.ReplaceAll(pattern, "{self}", self)
	top, below := strings.CutSuffix(pattern, "…")
	if below {
		top = strings.TrimSuffix(top, "/")
		return top == "" || name == top || strings.HasPrefix(name, top+"/")
	}
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}
