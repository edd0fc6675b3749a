package fit_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestCheckRefuses(t *testing.T) {
	docs, _ := encode(t, wholeDay()...)
	t.Run("any changed byte", func(t *testing.T) {
		for _, d := range docs {
			for i := range d.Body {
				broken := d
				broken.Body = slices.Clone(d.Body)
				broken.Body[i] ^= 0x10
				if (fit.Format{}).Check(broken) == nil {
					t.Errorf("%s: byte %d may be changed", d.Type, i)
				}
			}
		}
	})
	t.Run("any cut", func(t *testing.T) {
		for n := range docs[0].Body {
			short := docs[0]
			short.Body = short.Body[:n]
			if (fit.Format{}).Check(short) == nil {
				t.Errorf("%d bytes are enough", n)
			}
		}
	})
	for _, c := range []struct {
		name   string
		change func(*mapping.Document)
	}{
		{"bytes after the end", func(d *mapping.Document) { d.Body = append(slices.Clone(d.Body), 0) }},
		{"two files in a chain", func(d *mapping.Document) { d.Body = append(slices.Clone(d.Body), d.Body...) }},
		{"another day", func(d *mapping.Document) { d.Day = "2026-01-07" }},
		{"another type of document", func(d *mapping.Document) { d.Type = fit.TypeWeight }},
		{"a type that is none", func(d *mapping.Document) { d.Type = "nutrition" }},
		{"another media type", func(d *mapping.Document) { d.MediaType = "application/json" }},
		{"nothing", func(d *mapping.Document) { d.Body = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := docs[0]
			c.change(&d)
			if (fit.Format{}).Check(d) == nil {
				t.Error("taken")
			}
		})
	}
}

// The comparison after encoding is only worth something if it looks at every
// field: each is falsified once, and each must be noticed.
func TestReadBackNoticesEveryField(t *testing.T) {
	all, unnoticed, err := fit.Falsified(jo, wholeDay())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range unnoticed {
		// The second library drops sport messages; session.sport and
		// sport_profile_name say the same and are compared.
		if !strings.HasPrefix(name, "sport.") {
			t.Errorf("%s may differ", name)
		}
	}
	for _, want := range []string{
		"file_id.serial_number", "session.total_calories", "activity.local_timestamp",
		"record.calories", "weight_scale.percent_fat", "blood_pressure.heart_rate",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("%s was not tried", want)
		}
	}
	without, tooMany := fit.Missing(jo, exercise("0"))
	if without == nil || tooMany == nil {
		t.Errorf("a missing message: %v; one too many: %v", without, tooMany)
	}
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		day  []record.Record
	}{
		{"running", []record.Record{exercise("0")}},
		{"greek_name_without_time", []record.Record{exercise("1", named("Ποδηλασία στο βουνό"), at("", athens), lasting("3.0 min"))}},
		{"no_energy_no_zone", []record.Record{exercise("2", named("Yoga, Hatha"), at("18:00", ""), lasting("2.5 min"), func(r *record.Record) { r.Exercise.Energy = nil })}},
		{"weight", []record.Record{measurement("weight", "0", measured("164.5 [lb_av]"))}},
		{"body_composition", wholeDay()[2:5]},
		{"blood_pressure", wholeDay()[5:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := one(t, c.day...)
			golden(t, c.name+".fit", string(d.Body))
			golden(t, c.name+".csv", text(t, d.Body))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run the test with -update and review", path)
	}
}
