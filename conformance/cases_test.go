package conformance_test

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/muktihari/fit/decoder"
	"github.com/muktihari/fit/kit/datetime"
	"github.com/muktihari/fit/kit/scaleoffset"
	"github.com/muktihari/fit/profile"
	"github.com/muktihari/fit/proto"
	"github.com/rogpeppe/go-internal/txtar"

	"nutrigate/gateway/convert"
	"nutrigate/gateway/source"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

var update = flag.Bool("update", false, "rewrite the expected documents of the cases")

// read reads the documents of every source.
var read = source.FirstOf(source.From(cronometer.Open), source.From(cronometer.OpenAnswer), source.From(applehealth.Open))

// person is nobody.
var person = record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", Reference: "case"}

func TestCases(t *testing.T) {
	files, err := filepath.Glob("cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no cases: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(strings.ReplaceAll(name, "_", " "), func(t *testing.T) {
			story, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want := split(story)
			got := represent(t, input)
			if *update {
				rewrite(t, file, story, got)
				return
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("run make golden and review the diff (-want +got):\n%s", diff)
			}
		})
	}
}

// split tells the files that a story starts from and those that it expects.
func split(story *txtar.Archive) (input, want map[string]string) {
	input, want = map[string]string{}, map[string]string{}
	for _, f := range story.Files {
		if isInput(f.Name) {
			input[f.Name] = string(f.Data)
		} else {
			want[f.Name] = string(f.Data)
		}
	}
	return input, want
}

func isInput(name string) bool {
	return name == "zone" || name == "as-of" || isDocument(name)
}

// isDocument reports whether a file of a story is one of an export.
func isDocument(name string) bool {
	return !strings.Contains(name, "/") && slices.Contains([]string{".csv", ".json", ".xml"}, path.Ext(name))
}

func rewrite(t *testing.T, file string, story *txtar.Archive, got map[string]string) {
	t.Helper()
	story.Files = slices.DeleteFunc(story.Files, func(f txtar.File) bool { return !isInput(f.Name) })
	for _, name := range slices.Sorted(maps.Keys(got)) {
		story.Files = append(story.Files, txtar.File{Name: name, Data: []byte(got[name])})
	}
	if err := os.WriteFile(file, txtar.Format(story), 0o644); err != nil {
		t.Fatal(err)
	}
}

// represent converts the story's export as the program does, and returns the
// files that come out, made readable.
func represent(t *testing.T, input map[string]string) map[string]string {
	t.Helper()
	got := map[string]string{}
	issues := map[string]bool{}
	for format, target := range map[string]convert.Target{"terra": convert.Terra(), "fhir": convert.FHIR(), "fit": convert.FIT()} {
		out := t.TempDir()
		report, err := convert.ToFolder(t.Context(), documents(input), options(input, target), out)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Issues {
			issues[fmt.Sprintf("%s %s %s: %s\n", format, c.Sort, c.Path, c.Reason)] = true
		}
		addFiles(t, got, format, out)
	}
	if len(issues) > 0 {
		got["issues.txt"] = strings.Join(slices.Sorted(maps.Keys(issues)), "")
	}
	return got
}

func options(input map[string]string, target convert.Target) convert.Options {
	asOf := cmp.Or(strings.TrimSpace(input["as-of"]), "2027-01-01")
	return convert.Options{Who: person, Zone: strings.TrimSpace(input["zone"]), AsOf: record.Date(asOf), Read: read, To: target}
}

func documents(input map[string]string) []source.Document {
	var docs []source.Document
	for _, name := range slices.Sorted(maps.Keys(input)) {
		if isDocument(name) {
			docs = append(docs, source.Document{Name: name, Size: -1, Open: func() (io.ReadSeekCloser, error) {
				return document{strings.NewReader(input[name])}, nil
			}})
		}
	}
	return docs
}

type document struct{ *strings.Reader }

func (document) Close() error { return nil }

// addFiles adds the files in a folder as text. An envelope without data says nothing.
func addFiles(t *testing.T, got map[string]string, format, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		name, isFIT := strings.CutSuffix(format+"/"+f.Name(), ".fit")
		switch {
		case isFIT:
			got[name+".csv"] = dump(t, body)
		case !bytes.Contains(body, []byte(`"data":[]`)):
			got[name] = indent(t, body)
		}
	}
}

func indent(t *testing.T, doc []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(doc), "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}

// dump writes the messages of a FIT file, one a line, as Garmin's FitCSVTool
// does: the message, then field, value and unit of each field, with scales
// applied and times in UTC.
func dump(t *testing.T, file []byte) string {
	t.Helper()
	content, err := decoder.New(bytes.NewReader(file), decoder.WithNoComponentExpansion()).Decode()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	for _, m := range content.Messages {
		line := []string{m.Num.String()}
		for _, f := range m.Fields {
			line = append(line, f.Name, shown(f), f.Units)
		}
		if err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.String()
}

func shown(f proto.Field) string {
	switch f.Type {
	case profile.DateTime:
		return datetime.ToTime(f.Value.Uint32()).Format("2006-01-02T15:04:05Z")
	case profile.LocalDateTime:
		return datetime.ToTime(f.Value.Uint32()).Format("2006-01-02T15:04:05")
	}
	return fmt.Sprint(scaleoffset.ApplyValue(f.Value, f.Scale, f.Offset).Any())
}
