package conformance_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	tableFile  = "r4.csv"
	tableBegin = "<!-- made from r4.csv by TestTableOfR4; -update rewrites it -->\n"
	tableEnd   = "<!-- end of r4.csv -->\n"
)

// An item is something that R4's pages on search and REST say of a server.
type item struct {
	page, name, section, verdict, note string
	tests                              []string
}

// TestTableOfR4 holds the table of what works of R4 against the tests that it names,
// and README.md against the table. A test's name is that of a Go test with the
// folder before it, "gateway/search TestDate/a day", or of an oracle with a text
// that stands in its script, "fhir-walk :missing=".
func TestTableOfR4(t *testing.T) {
	items := readItems(t)
	known := testNames(t)
	for _, it := range items {
		t.Run(it.page+" "+it.name, func(t *testing.T) {
			switch {
			case !slices.Contains([]string{"works", "partly", "not"}, it.verdict):
				t.Errorf("the verdict is %q", it.verdict)
			case it.verdict != "not" && len(it.tests) == 0:
				t.Error("no test shows it")
			case it.verdict != "works" && it.note == "":
				t.Error("it does not say what is missing")
			case !strings.HasPrefix(it.section, "http://hl7.org/fhir/R4/"):
				t.Errorf("the section is %q", it.section)
			}
			for _, name := range it.tests {
				if !known.has(name) {
					t.Errorf("there is no test %q", name)
				}
			}
		})
	}
	t.Run("README.md has the table", func(t *testing.T) {
		want, got := tableOf(items), between(t)
		if *update {
			rewriteTable(t, want)
		} else if want != got {
			t.Error("run go test ./conformance -run TableOfR4 -update, and look at the diff")
		}
	})
}

func readItems(t *testing.T) []item {
	t.Helper()
	file, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if header := strings.Join(rows[0], ","); header != "page,item,section,verdict,tests,note" {
		t.Fatalf("the header is %s", header)
	}
	var items []item
	for _, row := range rows[1:] {
		it := item{page: row[0], name: row[1], section: row[2], verdict: row[3], note: row[5]}
		for name := range strings.SplitSeq(row[4], "; ") {
			if name != "" {
				it.tests = append(it.tests, name)
			}
		}
		items = append(items, it)
	}
	return items
}

// names are the tests in Go by folder and function, each with the texts in it, and
// the oracles' scripts.
type names struct {
	tests   map[string]map[string]bool
	scripts map[string]string
}

func (n names) has(name string) bool {
	place, what, _ := strings.Cut(name, " ")
	if script, is := n.scripts[place]; is {
		return what == "" || strings.Contains(script, what)
	}
	function, subtest, _ := strings.Cut(what, "/")
	texts, is := n.tests[place+" "+function]
	return is && (subtest == "" || texts[subtest])
}

func testNames(t *testing.T) names {
	t.Helper()
	n := names{tests: map[string]map[string]bool{}, scripts: map[string]string{}}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", "bin", ".git"}, entry.Name()) {
			return filepath.SkipDir
		}
		switch {
		case strings.HasSuffix(path, "_test.go"):
			return n.addTests(path)
		case strings.HasPrefix(path, "../conformance/oracles/") && strings.HasSuffix(path, ".mjs"):
			script, err := os.ReadFile(path)
			n.scripts[strings.TrimSuffix(entry.Name(), ".mjs")] = string(script)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// addTests reads the test functions of a file, with the texts in each.
func (n names) addTests(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("read the tests: %w", err)
	}
	folder := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../"))
	for _, d := range file.Decls {
		f, is := d.(*ast.FuncDecl)
		if !is || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
			continue
		}
		texts := map[string]bool{}
		ast.Inspect(f, func(node ast.Node) bool {
			if literal, is := node.(*ast.BasicLit); is && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts[text] = true
				}
			}
			return true
		})
		n.tests[folder+" "+f.Name.Name] = texts
	}
	return nil
}

// tableOf writes the table: counts, and a row for each item.
func tableOf(items []item) string {
	counts := map[string]int{}
	var b strings.Builder
	for _, it := range items {
		counts[it.verdict]++
	}
	fmt.Fprintf(&b, "Of %d items %d work, %d do partly, %d do not.\n\n", len(items), counts["works"], counts["partly"], counts["not"])
	b.WriteString("| Page | Item | Verdict | Shown by, or why not |\n|---|---|---|---|\n")
	for _, it := range items {
		why := it.note
		if len(it.tests) > 0 {
			why = strings.TrimPrefix(it.note+"; `"+strings.Join(it.tests, "`, `")+"`", "; ")
		}
		fmt.Fprintf(&b, "| %s | [%s](%s) | %s | %s |\n", it.page, cell(it.name), it.section, it.verdict, cell(why))
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// between returns what README.md has between the marks.
func between(t *testing.T) string {
	t.Helper()
	_, after, found := strings.Cut(readme(t), tableBegin)
	table, _, ended := strings.Cut(after, tableEnd)
	if !found || !ended {
		t.Fatalf("README.md lacks %q or %q", tableBegin, tableEnd)
	}
	return table
}

func rewriteTable(t *testing.T, table string) {
	t.Helper()
	text := readme(t)
	before, after, _ := strings.Cut(text, tableBegin)
	_, after, _ = strings.Cut(after, tableEnd)
	if err := os.WriteFile("README.md", []byte(before+tableBegin+table+tableEnd+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
