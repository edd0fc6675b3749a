package convert_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/gateway/convert"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

const end record.Date = "2026-03-01"

var who = record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11", Reference: "person-1"}

func export(t testing.TB, days int, v demo.Variant) []source.Document {
	t.Helper()
	docs, err := demo.Documents(demo.Options{Seed: 7, Days: days, End: end, Variant: v})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// text is a document with the given content.
func text(name, body string) source.Document {
	return source.Document{
		Name: name, Size: int64(len(body)),
		Open: func() (io.ReadSeekCloser, error) { return closer{strings.NewReader(body)}, nil },
	}
}

type closer struct{ *strings.Reader }

func (closer) Close() error { return nil }

func options(to convert.Target) convert.Options {
	return convert.Options{Who: who, AsOf: end, Zone: "Europe/Berlin", Read: source.From(cronometer.Open), To: to}
}

func toFolder(t testing.TB, docs []source.Document, to convert.Target) (convert.Report, string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "made", "out")
	report, err := convert.ToFolder(t.Context(), docs, options(to), out)
	if err != nil {
		t.Fatal(err)
	}
	return report, out
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

func decode(t testing.TB, path string, v any) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestTerra(t *testing.T) {
	report, out := toFolder(t, export(t, 20, demo.Variant{}), convert.Terra())
	for _, typ := range []string{"nutrition", "body", "activity", "sleep", "daily"} {
		t.Run(typ+" is the API's answer", func(t *testing.T) {
			var answer struct {
				Status, Type string
				User         struct {
					ID        string `json:"user_id"`
					Reference string `json:"reference_id"`
				}
				Data []json.RawMessage
			}
			decode(t, filepath.Join(out, typ+".json"), &answer)
			if answer.Status != "success" || answer.Type != typ || answer.User.ID != who.ID || answer.User.Reference != who.Reference {
				t.Errorf("got %s %s %v", answer.Status, answer.Type, answer.User)
			}
			if len(answer.Data) == 0 || len(answer.Data) != report.Documents[typ] {
				t.Errorf("%d documents, reported %d", len(answer.Data), report.Documents[typ])
			}
			for _, d := range answer.Data {
				if err := schemas.Check("terra/"+typ, d); err != nil {
					t.Error(err)
				}
			}
		})
	}
	t.Run("as a stream it is one object of the answers", func(t *testing.T) {
		var all map[string]json.RawMessage
		if err := json.Unmarshal(stream(t, convert.Terra()), &all); err != nil || len(all) != 5 {
			t.Fatalf("%d types: %v", len(all), err)
		}
		for typ, answer := range all {
			file, err := os.ReadFile(filepath.Join(out, typ+".json"))
			if err != nil || !bytes.Equal(bytes.TrimSpace(file), bytes.TrimSpace(answer)) {
				t.Errorf("%s differs from its file: %v", typ, err)
			}
		}
	})
	t.Run("an export without rows gives answers without data", func(t *testing.T) {
		_, out := toFolder(t, []source.Document{text("notes.csv", "Day,Note\n")}, convert.Terra())
		body, err := os.ReadFile(filepath.Join(out, "nutrition.json"))
		if err != nil || !bytes.Contains(body, []byte(`"data":[]`)) {
			t.Errorf("got %s, %v", body, err)
		}
	})
}

func stream(t testing.TB, to convert.Target) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := convert.ToStream(t.Context(), export(t, 20, demo.Variant{}), options(to), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFHIR(t *testing.T) {
	report, out := toFolder(t, export(t, 6, demo.Variant{Targets: true}), convert.FHIR())
	var bundle struct {
		ResourceType, Type string
		Entry              []struct {
			FullURL  string
			Resource json.RawMessage
		}
	}
	decode(t, filepath.Join(out, "bundle.json"), &bundle)
	if bundle.ResourceType != "Bundle" || bundle.Type != "collection" {
		t.Errorf("got a %s of type %s", bundle.ResourceType, bundle.Type)
	}
	types, urls := map[string]int{}, map[string]bool{}
	for _, e := range bundle.Entry {
		var r struct{ ResourceType, ID string }
		if err := json.Unmarshal(e.Resource, &r); err != nil {
			t.Fatal(err)
		}
		if err := schemas.Check("fhir/"+r.ResourceType, e.Resource); err != nil {
			t.Error(err)
		}
		if urls[e.FullURL] || e.FullURL == "" {
			t.Errorf("full URL %q is empty or there twice", e.FullURL)
		}
		urls[e.FullURL] = true
		types[r.ResourceType]++
	}
	for typ, n := range report.Documents {
		if types[typ] != n {
			t.Errorf("%d of type %s, reported %d", types[typ], typ, n)
		}
	}
	if types["Patient"] != 1 || types["OperationOutcome"] != 1 || types["Goal"] == 0 {
		t.Errorf("got %v", types)
	}
	if !urls["https://nutrigate.dev/fhir/Patient/"+who.ID] {
		t.Error("a reference to Patient/id finds no entry")
	}
}

func TestRecords(t *testing.T) {
	report, out := toFolder(t, export(t, 30, demo.Variant{Targets: true}), convert.Records())
	body, err := os.ReadFile(filepath.Join(out, "records.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	ids, lines := map[string]bool{}, 0
	for s := bufio.NewScanner(bytes.NewReader(body)); s.Scan(); lines++ {
		var r record.Record
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.ID == "" || ids[r.ID] || r.Origin.Line < 1 || r.Origin.Document == "" {
			t.Errorf("%s of %s: id or origin missing, or the id is there twice", r.Kind, r.Day)
		}
		ids[r.ID] = true
	}
	want := 0
	for _, n := range report.Records {
		want += n
	}
	if lines != want || lines == 0 {
		t.Errorf("%d lines, reported %d", lines, want)
	}
	t.Run("the same files give the same bytes", func(t *testing.T) {
		_, again := toFolder(t, export(t, 30, demo.Variant{Targets: true}), convert.Records())
		if b, err := os.ReadFile(filepath.Join(again, "records.ndjson")); err != nil || !bytes.Equal(b, body) {
			t.Errorf("they differ: %v", err)
		}
	})
}

// Every variant of an export reads, and says the same as the default.
func TestVariants(t *testing.T) {
	want, _ := toFolder(t, export(t, 45, demo.Variant{}), convert.Records())
	for name, v := range map[string]demo.Variant{
		"without times":    {NoTimestamps: true},
		"short servings":   {Short: true},
		"52 nutrients":     {Nutrients: 52},
		"95 nutrients":     {Nutrients: 95},
		"grouped":          {Grouped: true},
		"in kJ":            {Kilojoules: true},
		"old":              {Legacy: true},
		"saved again":      {Spreadsheet: true},
		"old, saved again": {Legacy: true, Spreadsheet: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := toFolder(t, export(t, 45, v), convert.Records())
			for _, k := range []record.Kind{record.KindServing, record.KindDay, record.KindExercise, record.KindBiometric, record.KindNote, record.KindFast} {
				if got.Records[k] != want.Records[k] {
					t.Errorf("%d of kind %s, want %d", got.Records[k], k, want.Records[k])
				}
			}
			for _, issue := range got.Issues {
				if issue.Sort == "unknown" && !strings.Contains(issue.Path, "Grip Strength") {
					t.Errorf("%s: %s", issue.Path, issue.Reason)
				}
			}
		})
	}
}

func TestLaterDocument(t *testing.T) {
	report, out := toFolder(t, []source.Document{
		text("a.csv", "Day,Note\n2026-01-05,\"first\"\n2026-01-05,\"two\"\n2026-01-06,\"three\"\n"),
		text("b.csv", "Day,Note\n2026-01-05,\"four\"\n"),
	}, convert.Records())
	if report.Records[record.KindNote] != 2 || report.Days != 2 || len(report.Files) != 2 || report.Files[0].Rows != 3 {
		t.Errorf("got %+v", report)
	}
	body, err := os.ReadFile(filepath.Join(out, "records.ndjson"))
	if err != nil || !bytes.Contains(body, []byte("four")) || bytes.Contains(body, []byte("first")) {
		t.Errorf("the later file does not replace the day: %v", err)
	}
	if len(report.Issues) != 1 || report.Issues[0].Count != 1 || report.Issues[0].Path != "note" {
		t.Errorf("what was replaced is not reported: %v", report.Issues)
	}
}

func TestErrors(t *testing.T) {
	good := text("notes.csv", "Day,Note\n2026-01-05,\"one\"\n")
	for name, c := range map[string]struct {
		doc  source.Document
		want string
	}{
		"a row that is broken":  {text("exercises.csv", "Day,Group,Exercise,Minutes,Calories Burned\n2026-01-05,Uncategorized,\"Run\",thirty,-10.00\n"), "exercises.csv line 2"},
		"a file of no kind":     {text("other.csv", "A,B\n1,2\n"), "other.csv"},
		"a file without header": {text("empty.csv", ""), "empty.csv"},
	} {
		t.Run(name+" leaves nothing behind", func(t *testing.T) {
			parent := t.TempDir()
			_, err := convert.ToFolder(t.Context(), []source.Document{good, c.doc}, options(convert.Terra()), filepath.Join(parent, "out"))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if left := names(t, parent); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			var b bytes.Buffer
			if _, err := convert.ToStream(t.Context(), []source.Document{good, c.doc}, options(convert.Terra()), &b); err == nil || b.Len() > 0 {
				t.Errorf("streamed %d bytes, error %v", b.Len(), err)
			}
		})
	}
	t.Run("a folder keeps its other files and gets new ones", func(t *testing.T) {
		_, out := toFolder(t, []source.Document{good}, convert.Records())
		if err := os.WriteFile(filepath.Join(out, "mine.txt"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := convert.ToFolder(t.Context(), []source.Document{good}, options(convert.Terra()), out); err != nil {
			t.Fatal(err)
		}
		if got := names(t, out); len(got) != 7 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a file in place of the folder is refused", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "out")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := convert.ToFolder(t.Context(), []source.Document{good}, options(convert.Terra()), path); err == nil {
			t.Error("no error")
		}
	})
}

func TestProgress(t *testing.T) {
	seen := map[string][2]int{}
	o := options(convert.Records())
	o.Progress = func(step string, done, total int) { seen[step] = [2]int{done, total} }
	report, err := convert.ToStream(t.Context(), export(t, 9, demo.Variant{}), o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if seen[convert.StepRead] != [2]int{6, 6} || seen[convert.StepWrite] != [2]int{report.Days, report.Days} {
		t.Errorf("got %v", seen)
	}
}

func TestFIT(t *testing.T) {
	report, out := toFolder(t, export(t, 20, demo.Variant{}), convert.FIT())
	files, want := names(t, out), 0
	for _, n := range report.Documents {
		want += n
	}
	if len(files) != want || want == 0 {
		t.Errorf("%d files, reported %d", len(files), want)
	}
	body := stream(t, convert.FIT())
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range z.File {
		if f.Name != files[i] || filepath.Ext(f.Name) != ".fit" {
			t.Errorf("entry %d is %s, want %s", i, f.Name, files[i])
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(convert.Records())
	o.Progress = func(step string, done, _ int) {
		if step == convert.StepWrite && done == 3 {
			cancel()
		}
	}
	parent := t.TempDir()
	_, err := convert.ToFolder(ctx, export(t, 30, demo.Variant{}), o, filepath.Join(parent, "out"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := names(t, parent); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
