package cronometer_test

import (
	"os"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// table returns the rows of a table of this package; no row is there twice and
// none is without a source.
func table(t *testing.T, name, header string) [][]string {
	t.Helper()
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := vocab.ReadTable(name, doc, header)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range rows {
		if seen[c[0]] || c[0] == "" || c[len(c)-1] == "" {
			t.Errorf("%s: %q is there twice, or has no name or source", name, c[0])
		}
		seen[c[0]] = true
	}
	return rows
}

// one reads a file that gives one record.
func one(t *testing.T, file string) record.Record {
	t.Helper()
	batches, _, err := readAll("export.csv", file, mapping.Reading{})
	if err != nil || len(batches) != 1 || len(batches[0].Records) != 1 {
		t.Fatalf("%q: got %+v (%v), want one record", file, batches, err)
	}
	return batches[0].Records[0]
}

func dimension(t *testing.T, code string) string {
	t.Helper()
	u, ok := vocab.UnitByCode(code)
	if !ok {
		t.Errorf("the vocabulary lacks the unit %q", code)
	}
	return u.Dimension
}

func TestColumns(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range table(t, "columns.csv", "header,key,unit,source") {
		n, ok := vocab.NutrientByKey(c[1])
		if !ok || dimension(t, c[2]) != dimension(t, n.Unit) {
			t.Errorf("%s: key %q unknown, or unit %q not one of it", c[0], c[1], c[2])
		}
		if strings.HasPrefix(c[3], "Cronometer catalogue") && (c[2] != n.Unit || c[3] != n.Source) {
			t.Errorf("%s: unit %q and source %q, the vocabulary has %q and %q", c[0], c[2], c[3], n.Unit, n.Source)
		}
		covered[c[1]] = true
		got := one(t, "Day,Food Name,"+c[0]+"\n2026-01-05,Tea,1.50\n").Serving.Nutrients
		want := record.Nutrient{Key: c[1], Quantity: record.Quantity{Value: "1.50", Unit: c[2]}}
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %v", c[0], got, want)
		}
	}
	for _, n := range vocab.Nutrients() {
		if !covered[n.Key] {
			t.Errorf("no column gives %s", n.Key)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range table(t, "units.csv", "label,code,nutrients,source") {
		d := dimension(t, c[1])
		if food := d == "mass" || d == "energy" || d == "arbitrary"; c[2] != "" && (c[2] != "yes" || !food) {
			t.Errorf("%s: %q in column nutrients", c[0], c[2])
		}
		got := one(t, "Day,Metric,Unit,Amount\n2026-01-05,Something,"+c[0]+",1.5\n").Biometric.Quantity
		if want := (record.Quantity{Value: "1.5", Unit: c[1]}); got == nil || *got != want {
			t.Errorf("%s: got %v, want %s", c[0], got, want)
		}
	}
}

func TestMetrics(t *testing.T) {
	names := map[string]string{}
	for _, b := range vocab.Biometrics() {
		names[b.Name] = b.Key
	}
	for _, c := range table(t, "metrics.csv", "name,key,source") {
		if _, ok := vocab.BiometricByKey(c[1]); !ok || names[c[0]] != "" {
			t.Errorf("%s: key %q unknown, or the name is the vocabulary's own", c[0], c[1])
		}
		names[c[0]] = c[1]
	}
	for name, key := range names {
		for _, spelling := range []string{name, strings.ToLower(name), name + " (Garmin)"} {
			got := one(t, "Day,Metric,Unit,Amount\n2026-01-05,"+spelling+",,1/2\n").Biometric
			if got.Metric != key || (got.Device == "Garmin") != strings.HasSuffix(spelling, "(Garmin)") {
				t.Errorf("%s: got %s of %q, want %s", spelling, got.Metric, got.Device, key)
			}
		}
	}
}

func TestDevices(t *testing.T) {
	for _, c := range table(t, "devices.csv", "device,source") {
		if got := one(t, "Day,Metric,Amount\n2026-01-05,Mood ("+c[0]+"),1.0\n").Biometric; got.Metric != "mood" || got.Device != c[0] {
			t.Errorf("got %s of %q, want mood of %s", got.Metric, got.Device, c[0])
		}
		if got := one(t, "Day,Exercise\n2026-01-05,run ("+c[0]+")\n").Exercise; got.Name != "run" || got.Device != c[0] {
			t.Errorf("got %s of %q, want run of %s", got.Name, got.Device, c[0])
		}
	}
}

func TestTotalLabels(t *testing.T) {
	for _, c := range table(t, "totals.csv", "label,source") {
		batches, issues, err := readAll("dailysummary.csv",
			"Date,Group,Iron (mg)\n2026-01-05,Lunch,1.00\n2026-01-05,"+c[0]+",1.00\n", mapping.Reading{})
		if err != nil || len(issues) > 0 || len(batches) != 1 || len(batches[0].Records) != 3 {
			t.Errorf("%s: got %+v %v (%v), want a day, a total and a meal", c[0], batches, issues, err)
		}
	}
}
