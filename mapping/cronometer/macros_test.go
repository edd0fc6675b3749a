package cronometer_test

import (
	"os"
	"strings"
	"testing"

	"nutrigate/mapping/vocab"
)

// Every macro is a nutrient of the vocabulary, in its unit.
func TestMacros(t *testing.T) {
	doc, err := os.ReadFile("macros.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := vocab.ReadTable("macros.csv", doc, "macro,key,unit,source")
	if err != nil || len(rows) != 10 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		t.Run(r[0], func(t *testing.T) {
			n, known := vocab.NutrientByKey(r[1])
			if !known || n.Unit != r[2] || strings.TrimSpace(r[3]) == "" {
				t.Errorf("got %+v for %q", n, r)
			}
		})
	}
}
