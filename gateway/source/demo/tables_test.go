package demo_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// rows returns each row of a table of this package as cells by column.
func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	header, lines := table(t, string(body))
	var all []map[string]string
	for _, line := range lines {
		row := map[string]string{}
		for i, cell := range line {
			row[header[i]] = cell
		}
		all = append(all, row)
	}
	return all
}

func TestFoods(t *testing.T) {
	number := regexp.MustCompile(`^\d+\.\d\d$`)
	text := map[string]bool{"name": true, "category": true, "unit": true, "meals": true, "source": true}
	all := rows(t, "foods.csv")
	if len(all) < 60 {
		t.Errorf("%d foods", len(all))
	}
	for _, f := range all {
		value := func(column string) float64 {
			if f[column] == "" {
				return 0
			}
			v, err := strconv.ParseFloat(f[column], 64)
			if err != nil {
				t.Errorf("%s: %s: %v", f["name"], column, err)
			}
			return v
		}
		if f["name"] == "" || f["source"] == "" || !regexp.MustCompile(`^[BLDSPW]+$`).MatchString(f["meals"]) {
			t.Errorf("%q: name, source or meals missing", f["name"])
		}
		for column, cell := range f {
			if !text[column] && !number.MatchString(cell) && (cell != "" || column == "portion") {
				t.Errorf("%s: %s is %q", f["name"], column, cell)
			}
		}
		const slack = 0.06 // of rounding
		for whole, parts := range map[string][]string{
			"Carbs (g)":   {"Net Carbs (g)", "Fiber (g)"},
			"Fiber (g)":   {"Insoluble Fiber (g)", "Soluble Fiber (g)"},
			"Fat (g)":     {"Saturated (g)", "Monounsaturated (g)", "Polyunsaturated (g)"},
			"Omega-3 (g)": {"ALA (g)", "EPA (g)", "DHA (g)"},
			"Protein (g)": {"Leucine (g)", "Lysine (g)", "Valine (g)", "Isoleucine (g)", "Threonine (g)", "Phenylalanine (g)"},
		} {
			sum := 0.0
			for _, p := range parts {
				sum += value(p)
			}
			if sum > value(whole)+slack {
				t.Errorf("%s: parts of %s add up to %.2f of %.2f", f["name"], whole, sum, value(whole))
			}
		}
	}
}

func TestHabits(t *testing.T) {
	whole, days := regexp.MustCompile(`^\d+$`), regexp.MustCompile(`^[0-6]+$`)
	for _, h := range rows(t, "exercises.csv") {
		for _, column := range []string{"minutes_least", "minutes_most", "centikcal_per_minute", "hour"} {
			if !whole.MatchString(h[column]) {
				t.Errorf("%s: %s is %q", h["name"], column, h[column])
			}
		}
		least, most := len(h["minutes_least"]), len(h["minutes_most"])
		if least > most || (least == most && h["minutes_least"] > h["minutes_most"]) {
			t.Errorf("%s: from %s to %s minutes", h["name"], h["minutes_least"], h["minutes_most"])
		}
		if h["name"] == "" || h["source"] == "" || !days.MatchString(h["weekdays"]) {
			t.Errorf("%q: name, source or weekdays missing", h["name"])
		}
	}
}

func TestPositions(t *testing.T) {
	for column, want := range map[string]int{"catalogue": 95, "from_2026": 61, "until_2026": 52, "until_2016": 52} {
		seen := map[string]bool{}
		for _, c := range rows(t, "columns.csv") {
			if c["source"] == "" {
				t.Errorf("%s has no source", c["column"])
			}
			if c[column] != "" {
				seen[c[column]] = true
			}
		}
		for n := 1; n <= want; n++ {
			if !seen[strconv.Itoa(n)] {
				t.Errorf("%s has no column %d", column, n)
			}
		}
		if len(seen) != want {
			t.Errorf("%s has %d columns, want %d", column, len(seen), want)
		}
	}
}
