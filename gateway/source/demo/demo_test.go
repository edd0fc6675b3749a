package demo_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

const end record.Date = "2026-03-01"

// texts returns the files of an export by name.
func texts(t testing.TB, o demo.Options) map[string]string {
	t.Helper()
	docs, err := demo.Documents(o)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, d := range docs {
		r, err := d.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil || int64(len(body)) != d.Size {
			t.Fatalf("%s: %d bytes of %d: %v", d.Name, len(body), d.Size, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		files[d.Name] = string(body)
	}
	return files
}

// table reads a file into its header and rows.
func table(t testing.TB, text string) (header []string, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func person(days int, v demo.Variant) demo.Options {
	return demo.Options{Seed: 7, Days: days, End: end, Variant: v}
}

func TestDocuments(t *testing.T) {
	files := texts(t, person(400, demo.Variant{}))
	t.Run("there are six files", func(t *testing.T) {
		if len(files) != 6 {
			t.Errorf("got %d", len(files))
		}
	})
	t.Run("the same seed gives the same bytes and another one others", func(t *testing.T) {
		again := texts(t, person(400, demo.Variant{}))
		other := texts(t, demo.Options{Seed: 8, Days: 400, End: end})
		for name, text := range files {
			if again[name] != text {
				t.Errorf("%s differs", name)
			}
			if other[name] == text {
				t.Errorf("%s is the same for another person", name)
			}
		}
	})
	for name, text := range files {
		t.Run(name+" is UTF-8 with LF and no mark", func(t *testing.T) {
			if strings.ContainsAny(text, "\r\uFEFF") || strings.Contains(text, "\u03BCg") || !strings.HasSuffix(text, "\n") {
				t.Error("has CR, a byte order mark or a Greek mu, or no final newline")
			}
		})
	}
	for name, options := range map[string]demo.Options{
		"no days":           {Seed: 1, End: end},
		"no end":            {Seed: 1, Days: 3},
		"no such nutrients": {Seed: 1, Days: 3, End: end, Variant: demo.Variant{Nutrients: 7}},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, err := demo.Documents(options); err == nil {
				t.Error("no error")
			}
		})
	}
}

// Every line of a file has the form in which Cronometer writes it.
func TestLines(t *testing.T) {
	const (
		date   = `20\d\d-\d\d-\d\d`
		clock  = `((1[0-2]|[1-9]):[0-5]\d [AP]M)?`
		quoted = `"([^"]|"")*"`
		double = `\d+\.(0|\d{0,4}[1-9])`
	)
	files := texts(t, person(400, demo.Variant{}))
	for name, form := range map[string]string{
		"servings.csv":     date + `,` + clock + `,` + quoted + `,` + quoted + `,"\d+\.\d\d ([^"]|"")+"(,(\d+\.\d\d)?){61},` + quoted,
		"dailysummary.csv": date + `(,(\d+\.\d\d)?){61},(true|false)`,
		"exercises.csv":    date + `,` + clock + `,Uncategorized,` + quoted + `,` + double + `,-\d+\.\d\d`,
		"biometrics.csv":   date + `,` + clock + `,Uncategorized,` + quoted + `,[^",]*,(` + double + `|\d+/\d+)`,
		"notes.csv":        date + `,` + clock + `,[^",]+,` + quoted,
		"fasts.csv":        quoted + `,` + date + ` \d\d:\d\d:\d\d,(` + date + ` \d\d:\d\d:\d\d)?,"(Daily|None)",` + quoted,
	} {
		t.Run(name, func(t *testing.T) {
			_, rows, _ := strings.Cut(files[name], "\n")
			if !regexp.MustCompile(`^(` + form + "\n)+$").MatchString(rows) {
				line := regexp.MustCompile(`^` + form + `$`)
				for i, l := range strings.Split(rows, "\n") {
					if !line.MatchString(l) {
						t.Fatalf("row %d: %s", i, l)
					}
				}
			}
		})
	}
}

// What makes real exports awkward is there.
func TestAwkwardThings(t *testing.T) {
	files := texts(t, person(400, demo.Variant{}))
	for name, forms := range map[string][]string{
		"servings.csv": {
			`"1.00 medium - 7"" long"`, `"Τζατζίκι \(homemade\)"`, `"納豆 \(Natto\)"`, `"Bagel, ""Everything"", Plain"`,
			`"2nd Breakfast"`, `"Water","8.00 fl oz"`, `,,,`, `,0\.00,`, `,""\n`, `"1.00  capsule"`, `"1.00 full recipe  — 240.0g"`,
		},
		"dailysummary.csv": {`\n20[\d-]+,{62}false`, `,true\n`},
		"exercises.csv":    {`"walking - total time \(Google Fit\)"`, `"Gardening ""the big bed"""`, `\.0,-`, `\.[1-9],-`},
		"biometrics.csv": {
			`"Weight",kg,`, `"Weight",lbs,`, `"Weight \(Apple Health\)",kg,`, `mmHg,\d+/\d+\n`, `hours,\d\.\d{5}\n`,
			`12:00 AM,Uncategorized,"Heart Rate \(Garmin\)"`, `"Heart Rate Variability \(HRV\) \(Apple Health\)",ms,`, `,170\.0\n`,
		},
		"notes.csv": {`\n\n`, `""just a taste""`},
		"fasts.csv": {`:00,,"`},
	} {
		for _, form := range forms {
			t.Run(name+" has "+form, func(t *testing.T) {
				if name == "fasts.csv" {
					files[name] = running(t)
				}
				if !regexp.MustCompile(form).MatchString(files[name]) {
					t.Error("it has not")
				}
			})
		}
	}
	t.Run("two servings are equal rows", func(t *testing.T) {
		lines := strings.Split(files["servings.csv"], "\n")
		if !slices.ContainsFunc(lines[1:], func(l string) bool { return strings.Count(files["servings.csv"], l) > 1 }) {
			t.Error("no two are")
		}
	})
	t.Run("some days have no entries", func(t *testing.T) {
		if days := strings.Count(files["dailysummary.csv"], "\n") - 1; days < 360 || days >= 400 {
			t.Errorf("%d of 400 have", days)
		}
	})
}

// running returns the fasts of the first export in which one is running.
func running(t *testing.T) string {
	for n := range 60 {
		text := texts(t, demo.Options{Seed: 7, Days: 30, End: end.AddDays(n)})["fasts.csv"]
		if strings.Contains(text, `:00,,"`) {
			return text
		}
	}
	return ""
}

func TestDailySummary(t *testing.T) {
	t.Run("is the exact sum of the servings", func(t *testing.T) {
		files := texts(t, person(120, demo.Variant{}))
		header, rows := table(t, files["servings.csv"])
		totals := map[string]string{}
		for cell, sum := range addUp(t, header[5:66], rows) {
			totals[cell] = fmt.Sprintf("%d.%02d", sum/100, sum%100)
		}
		header, rows = table(t, files["dailysummary.csv"])
		cells := 0
		for _, r := range rows {
			for i, name := range header[1:62] {
				if want := totals[r[0]+name]; r[i+1] != want {
					t.Errorf("%s %s: got %q, want %q", r[0], name, r[i+1], want)
				}
				cells++
			}
		}
		if cells < 61*100 {
			t.Errorf("only %d cells", cells)
		}
	})
	t.Run("the day of the export is not completed", func(t *testing.T) {
		_, rows := table(t, texts(t, person(30, demo.Variant{}))["dailysummary.csv"])
		completed := 0
		for _, r := range rows {
			if r[62] == "true" {
				completed++
			}
		}
		if last := rows[len(rows)-1]; last[0] != string(end) || last[62] != "false" {
			t.Errorf("last is %s, %s", last[0], last[62])
		}
		if completed < 15 {
			t.Errorf("only %d days are completed", completed)
		}
	})
	t.Run("groups add up to their total, which comes last", func(t *testing.T) {
		header, rows := table(t, texts(t, person(60, demo.Variant{Grouped: true}))["dailysummary.csv"])
		if header[1] != "Group" {
			t.Fatalf("header %v", header[:3])
		}
		sum := int64(0)
		for i, r := range rows {
			if r[1] != "Total" {
				sum += hundredths(t, r[2])
				continue
			}
			if r[2] != "" && hundredths(t, r[2]) != sum || (r[2] == "" && sum != 0) {
				t.Errorf("row %d: energy %s, want %d hundredths", i, r[2], sum)
			}
			sum = 0
		}
		if sum != 0 {
			t.Error("the last row is no total")
		}
	})
}

// addUp returns the sums of the nutrient columns of servings by day and name.
func addUp(t *testing.T, names []string, rows [][]string) map[string]int64 {
	sums := map[string]int64{}
	for _, r := range rows {
		for i, name := range names {
			if r[i+5] != "" {
				sums[r[0]+name] += hundredths(t, r[i+5])
			}
		}
	}
	return sums
}

func hundredths(t testing.TB, cell string) int64 {
	t.Helper()
	if cell == "" {
		return 0
	}
	n, err := strconv.ParseInt(strings.Replace(cell, ".", "", 1), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestVariants(t *testing.T) {
	for _, c := range []struct {
		name, file, form string
		variant          demo.Variant
	}{
		{"times can be left out", "servings.csv", `^Day,Group,Food Name,Amount,Energy`, demo.Variant{NoTimestamps: true}},
		{"exercises without times", "exercises.csv", `^Day,Group,Exercise,Minutes,Calories Burned\n`, demo.Variant{NoTimestamps: true}},
		{"biometrics without times", "biometrics.csv", `^Day,Group,Metric,Unit,Amount\n`, demo.Variant{NoTimestamps: true}},
		{"servings without nutrients", "servings.csv", `^Day,Time,Group,Food Name,Amount,Category\n`, demo.Variant{Short: true}},
		{"short servings still have their totals", "dailysummary.csv", `\n20[\d-]+,\d+\.\d\d,`, demo.Variant{Short: true}},
		{"52 nutrients, net carbs after sugars", "dailysummary.csv", `^Date,([^,\n]+,){52}Completed\n`, demo.Variant{Nutrients: 52}},
		{"net carbs stood after sugars until 2026", "dailysummary.csv", `Added Sugars \(g\),Net Carbs \(g\),Fat`, demo.Variant{Nutrients: 52}},
		{"net carbs stand before carbs since", "dailysummary.csv", `Zinc \(mg\),Net Carbs \(g\),Carbs`, demo.Variant{}},
		{"95 nutrients", "servings.csv", `^Day,Time,Group,Food Name,Amount,([^,\n]+,){95}Category\n`, demo.Variant{Nutrients: 95}},
		{"energy in kJ", "servings.csv", `,Energy \(kJ\),`, demo.Variant{Kilojoules: true}},
		{"old servings", "servings.csv", `^Day,Food Name,Amount,Energy \(kcal\),.*B12 .*B2 .*Vitamin A \(IU\),[^\n]*Valine \(g\)\n2026-1-\d`, demo.Variant{Legacy: true}},
		{"a spreadsheet's marks", "dailysummary.csv", "^\uFEFFDate,[^\\n]*\r\n1/\\d+/2026,[^\\n]*,(TRUE|FALSE)\r\n", demo.Variant{Spreadsheet: true}},
		{"a spreadsheet's numbers", "servings.csv", `,0,`, demo.Variant{Spreadsheet: true}},
		{"targets", "targets.csv", `^Nutrient,Min,Max,Unit\n"Energy",1900.00,2300.00,kcal\n`, demo.Variant{Targets: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := texts(t, person(45, c.variant))[c.file]
			if !regexp.MustCompile(c.form).MatchString(text) {
				t.Errorf("%s begins with %.300q", c.file, text)
			}
		})
	}
}

func TestHeaderOnly(t *testing.T) {
	for n := range 60 {
		files := texts(t, demo.Options{Seed: 7, Days: 1, End: end.AddDays(n)})
		if strings.Count(files["servings.csv"], "\n") == 1 {
			return
		}
	}
	t.Error("no file of sixty single days is without rows")
}

// A later export says the same about the days that were over.
func TestLaterExport(t *testing.T) {
	past := func(text string) string {
		before, _, _ := strings.Cut(text, "\n"+string(end))
		return strings.TrimSuffix(before, "\n")
	}
	files := texts(t, person(60, demo.Variant{}))
	later := texts(t, demo.Options{Seed: 7, Days: 61, End: end.AddDays(1)})
	for _, name := range []string{"servings.csv", "dailysummary.csv", "exercises.csv", "biometrics.csv", "notes.csv"} {
		if past(files[name]) != past(later[name]) {
			t.Errorf("%s differs about days that were over", name)
		}
	}
	if files["servings.csv"] == later["servings.csv"] {
		t.Error("the day of the export did not go on")
	}
}

func TestColumns(t *testing.T) {
	known := map[string]bool{"Vitamin A (IU)": true}
	for _, n := range vocab.Nutrients() {
		unit, _ := vocab.UnitByCode(n.Unit)
		known[n.Name+" ("+unit.Display+")"] = true
	}
	for _, v := range []demo.Variant{{}, {Nutrients: 52}, {Nutrients: 95}, {Legacy: true}} {
		header, _ := table(t, texts(t, person(1, v))["dailysummary.csv"])
		for _, name := range header[1 : len(header)-1] {
			if !known[name] {
				t.Errorf("%q is no nutrient of the vocabulary", name)
			}
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "x")
	if err := demo.Write(dir, person(5, demo.Variant{})); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := demo.WriteZIP(&archive, person(5, demo.Variant{})); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts(t, person(5, demo.Variant{})) {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s differs in the folder: %v", name, err)
		}
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || string(got) != text {
			t.Errorf("%s differs in the archive: %v", name, err)
		}
	}
}

func BenchmarkDocuments(b *testing.B) {
	for b.Loop() {
		texts(b, person(365, demo.Variant{}))
	}
}
