package summary_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/serve/summary"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

var made = time.Date(2026, 1, 7, 10, 0, 0, 0, time.UTC)

func quantity(value, unit string) *record.Quantity {
	return &record.Quantity{Value: record.Decimal(value), Unit: unit}
}

func weight(day record.Date, value, device string) record.Record {
	return record.Record{Kind: record.KindBiometric, Day: day, Slot: "weight||0", Biometric: &record.Biometric{
		Metric: "weight", Device: device, Quantity: quantity(value, "kg"),
	}}
}

func diary() []record.Record {
	return []record.Record{
		{Kind: record.KindDay, Day: "2026-01-05", DayTotals: &record.DayTotals{Nutrients: []string{"energy"}}},
		{Kind: record.KindTotal, Day: "2026-01-05", Total: &record.Total{Nutrient: "energy", Quantity: *quantity("2130.50", "kcal")}},
		{Kind: record.KindTarget, Target: &record.Target{Nutrient: "energy", Max: quantity("2200", "kcal")}},
		weight("2026-01-04", "71.5", ""), weight("2026-01-05", "72.50", "<Anna's> scale"),
	}
}

func page(t *testing.T, records []record.Record) string {
	t.Helper()
	body, err := summary.Page(fhir.Summary{Patient: fhir.Patient{ID: "person"}, Records: records}, made)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPage(t *testing.T) {
	body := page(t, diary())
	for claim, part := range map[string]string{
		"names the person":                         "<dd>person</dd>",
		"says how much was logged":                 "1 of 30",
		"says the mean beside the target":          `2130.50 kcal<td class="d">1 of 7<td class="n">2130.50 kcal<td class="d">1 of 30<td>at most 2200 kcal`,
		"keeps the digits of a measurement":        "<b>72.50 kg</b> Weight",
		"escapes what people wrote":                "&lt;Anna&#39;s&gt; scale",
		"says what it is not":                      "self-reported; not measured by a clinician",
		"draws a trend":                            "<svg",
		"says what a trend shows":                  "2 values from 2026-01-04 to 2026-01-05, the last 72.50",
		"does not say that there are no allergies": "not to say that there are none",
	} {
		if !strings.Contains(body, part) {
			t.Errorf("%s: no %q in\n%s", claim, part, body)
		}
	}
	if strings.Contains(body, "<script") || strings.Contains(body, "<?xml") || strings.Contains(body, "http://127") {
		t.Error("it is not whole in itself")
	}
}

func TestPageOfLittle(t *testing.T) {
	t.Run("of nothing says so", func(t *testing.T) {
		if body := page(t, nil); !strings.Contains(body, "No day was logged.") || strings.Contains(body, "<svg") {
			t.Error(body)
		}
	})
	t.Run("of one value there is no trend", func(t *testing.T) {
		if body := page(t, diary()[:4]); strings.Contains(body, "<svg") {
			t.Error("a line was drawn through one value")
		}
	})
	t.Run("of values that are all the same there is one", func(t *testing.T) {
		var same []record.Record
		for i := range 3 {
			same = append(same, weight(record.Date(fmt.Sprintf("2026-01-%02d", i+1)), "70", ""))
		}
		if body := page(t, same); !strings.Contains(body, "<svg") || strings.Contains(body, "NaN") {
			t.Error(body)
		}
	})
}
