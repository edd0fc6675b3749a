package terra_test

import (
	"fmt"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
	"nutrigate/mapping/vocab"
)

// BenchmarkDay is one day of twenty foods with every nutrient, and its totals.
func BenchmarkDay(b *testing.B) {
	var pairs []string
	var records []record.Record
	for i, n := range vocab.Nutrients()[:61] {
		text := fmt.Sprintf("%d.25 %s", 10+i, n.Unit)
		pairs = append(pairs, n.Key, text)
		records = append(records, total(b, n.Key, text))
	}
	for i := range 20 {
		records = append(records, serving(b, "Lunch", fmt.Sprint("Food ", i), "1.00 cup", pairs...))
	}
	records = stored(day, "Europe/Zurich", records...)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := (terra.Format{}).Encode(person, records); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode and check", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := mapping.Checked(terra.Format{}, person, records); err != nil {
				b.Fatal(err)
			}
		}
	})
}
