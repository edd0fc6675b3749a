package fit_test

import (
	"testing"

	"pgregory.net/rapid"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// One bad document fails a whole day, so no record, however odd, may give one:
// each ends as a file that passes its checks or as an issue.
func TestOddRecordsNeverFailADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var day []record.Record
		for i := range rapid.IntRange(1, 6).Draw(t, "records") {
			day = append(day, odd(t, i))
		}
		docs, is, err := mapping.Checked(fit.Format{Records: fit.EndsOnly}, jo, day)
		if err != nil {
			t.Fatal(err)
		}
		in := 0
		for _, d := range docs {
			in += len(d.Records)
		}
		if in < len(day) && len(is) == 0 {
			t.Fatalf("%d of %d records are in files, and there is no issue", in, len(day))
		}
	})
}

func odd(t *rapid.T, i int) record.Record {
	r := record.Record{
		ID: record.NewID(jo.ID, record.KindExercise, day, string(rune('0'+i))),
		Day: record.Date(rapid.SampledFrom([]string{
			"1985-01-01", "1998-07-03", "1998-07-04", "2011-12-30", "2026-01-05", "2026-03-29", "2026-10-25", "2125-12-31", "2126-02-07", "9999-12-31", "tomorrow",
		}).Draw(t, "day")),
		Time: record.Clock(rapid.SampledFrom([]string{"", "00:00", "02:30", "03:30:59", "23:59"}).Draw(t, "time")),
		Zone: rapid.SampledFrom([]string{"", "UTC", "Europe/Athens", "Pacific/Apia", "Africa/Cairo", "Pacific/Kiritimati", "Australia/Lord_Howe", "America/Havana", "Nowhere/Else"}).Draw(t, "zone"),
	}
	if rapid.Bool().Draw(t, "exercise") {
		r.Kind = record.KindExercise
		r.Exercise = &record.Exercise{Name: rapid.String().Draw(t, "name"), Duration: oddQuantity(t, "min"), Energy: oddQuantity(t, "kcal")}
		return r
	}
	b := rapid.SampledFrom(vocab.Biometrics()).Draw(t, "metric")
	r.Kind, r.Biometric = record.KindBiometric, &record.Biometric{Metric: b.Key, Quantity: oddQuantity(t, b.Unit)}
	if b.Key == "blood_pressure" && rapid.Bool().Draw(t, "both") {
		r.Biometric.BloodPressure = &record.BloodPressure{Systolic: *quantity("120 mm[Hg]"), Diastolic: *quantity("80 mm[Hg]")}
	}
	return r
}

// oddQuantity is a quantity of mostly the given unit, or nil.
func oddQuantity(t *rapid.T, unit string) *record.Quantity {
	value := rapid.StringMatching(`-?(0|[1-9][0-9]{0,7})(\.[0-9]{1,6})?`).Draw(t, "value")
	q := &record.Quantity{Value: record.Decimal(value), Unit: rapid.SampledFrom([]string{unit, unit, unit, "[lb_av]", "kJ", "h", "{drops}"}).Draw(t, "unit")}
	return rapid.SampledFrom([]*record.Quantity{q, q, q, nil}).Draw(t, "quantity")
}
