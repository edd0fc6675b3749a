package digest_test

import (
	"slices"
	"testing"

	"nutrigate/mapping/digest"
	"nutrigate/mapping/record"
)

func total(day record.Date, nutrient, value, unit string) record.Record {
	return record.Record{Kind: record.KindTotal, Day: day, Total: &record.Total{
		Nutrient: nutrient, Quantity: record.Quantity{Value: record.Decimal(value), Unit: unit},
	}}
}

func summary(day record.Date, completed *bool, open bool) record.Record {
	return record.Record{Kind: record.KindDay, Day: day, DayTotals: &record.DayTotals{
		Completed: completed, Open: open, Nutrients: []string{"energy"},
	}}
}

func measured(day record.Date, at record.Clock, metric, value, unit string) record.Record {
	return record.Record{Kind: record.KindBiometric, Day: day, Time: at, Slot: metric + "||0", Biometric: &record.Biometric{
		Metric: metric, Quantity: &record.Quantity{Value: record.Decimal(value), Unit: unit},
	}}
}

func TestAverages(t *testing.T) {
	open := total("2026-01-05", "energy", "9999", "kcal")
	open.Total.Open = true
	gone := total("2026-01-05", "energy", "9999", "kcal")
	gone.Deleted = true
	for _, c := range []struct {
		claim   string
		records []record.Record
		want    digest.Average
	}{
		{
			"a mean has the places of the most exact total, rounded half to even",
			[]record.Record{total("2026-01-05", "energy", "2000.5", "kcal"), total("2026-01-06", "energy", "2001.00", "kcal"), total("2026-01-07", "energy", "1999", "kcal")},
			digest.Average{"energy", qty("2000.17", "kcal"), qty("1999", "kcal"), qty("2001.00", "kcal"), 3},
		},
		{
			"a day without a total is no day of zero",
			[]record.Record{total("2026-01-05", "energy", "2000", "kcal")},
			digest.Average{"energy", qty("2000", "kcal"), qty("2000", "kcal"), qty("2000", "kcal"), 1},
		},
		{
			"a zero that was logged counts",
			[]record.Record{total("2026-01-05", "energy", "2000", "kcal"), total("2026-01-06", "energy", "0.00", "kcal")},
			digest.Average{"energy", qty("1000.00", "kcal"), qty("0.00", "kcal"), qty("2000", "kcal"), 2},
		},
		{
			"days that are not over, and what was deleted, are left out",
			[]record.Record{total("2026-01-05", "energy", "2000", "kcal"), open, gone},
			digest.Average{"energy", qty("2000", "kcal"), qty("2000", "kcal"), qty("2000", "kcal"), 1},
		},
		{
			"other units become the vocabulary's",
			[]record.Record{total("2026-01-05", "energy", "4184", "kJ"), total("2026-01-06", "energy", "2000.000", "kcal")},
			digest.Average{"energy", qty("1500.000", "kcal"), qty("1000.00", "kcal"), qty("2000.000", "kcal"), 2},
		},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := digest.Of(c.records, "2026-01-05", "2026-01-11")
			if a, ok := s.Average("energy"); !ok || a != c.want {
				t.Errorf("got %+v, want %+v", a, c.want)
			}
		})
	}
	t.Run("nothing logged is no average", func(t *testing.T) {
		s := digest.Of([]record.Record{total("2026-01-04", "energy", "1", "kcal"), total("2026-01-05", "~Moonbeam", "1", "g")}, "2026-01-05", "2026-01-11")
		if len(s.Averages) > 0 || s.Days != 7 {
			t.Errorf("got %+v", s)
		}
	})
}

func qty(value, unit string) record.Quantity {
	return record.Quantity{Value: record.Decimal(value), Unit: unit}
}

func TestCoverage(t *testing.T) {
	yes, no := true, false
	empty := summary("2026-01-08", nil, false)
	empty.DayTotals.Nutrients = nil
	records := []record.Record{
		summary("2026-01-05", &yes, false), summary("2026-01-06", &no, false), summary("2026-01-07", nil, true), empty,
	}
	s := digest.Of(records, "2026-01-05", "2026-01-11")
	if s.Logged != 2 || s.Open != 1 || s.Completed != 1 || !s.Marked {
		t.Errorf("got %+v", s)
	}
	if last := digest.LastDay(records); last != "2026-01-06" {
		t.Errorf("the last day: got %s", last)
	}
	if last := digest.LastDay(nil); last != "" {
		t.Errorf("of nothing: got %s", last)
	}
}

func TestLatest(t *testing.T) {
	text := record.Record{Kind: record.KindBiometric, Day: "2026-01-09", Biometric: &record.Biometric{Metric: "mood", Text: "fine"}}
	late := measured("2026-01-06", "", "weight", "71", "kg")
	late.Slot = "weight||1"
	got := digest.Latest([]record.Record{
		measured("2026-01-06", "07:00", "body_fat", "20", "%"), measured("2026-01-06", "", "weight", "70", "kg"), late,
		measured("2026-01-05", "23:00", "weight", "69", "kg"), text,
	})
	values := make([]string, len(got))
	for i, r := range got {
		values[i] = r.Biometric.Quantity.String()
	}
	if want := []string{"71 kg", "20 %"}; !slices.Equal(values, want) {
		t.Errorf("got %v, want %v", values, want)
	}
}

func TestSeries(t *testing.T) {
	pressure := record.Record{Kind: record.KindBiometric, Day: "2026-01-05", Biometric: &record.Biometric{
		Metric: "blood_pressure", BloodPressure: &record.BloodPressure{Systolic: qty("121", "mm[Hg]"), Diastolic: qty("", "mm[Hg]")},
	}}
	records := []record.Record{
		measured("2026-01-06", "07:00", "weight", "70.0", "kg"), measured("2026-01-05", "07:00", "weight", "100", "[lb_av]"),
		measured("2026-01-07", "07:00", "weight", "5", "mm[Hg]"), pressure,
	}
	t.Run("is sorted, in one unit, without what has another dimension", func(t *testing.T) {
		got := digest.Series(records, "weight", "", "kg")
		if len(got) != 2 || got[0].Value.Value != "45.359" || got[1].Value.Value != "70.0" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("knows how heavy a mole of glucose is", func(t *testing.T) {
		glucose := []record.Record{measured("2026-01-05", "", "blood_glucose", "90", "mg/dL"), measured("2026-01-06", "", "blood_glucose", "5.0", "mmol/L")}
		if got := digest.Series(glucose, "blood_glucose", "", "mmol/L"); len(got) != 2 || got[0].Value.Value != "4.996" {
			t.Errorf("got %v", got)
		}
		if got := digest.Series(glucose, "blood_glucose", "", "mg/dL"); len(got) != 2 || got[1].Value.Value != "90.08" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("takes parts of a blood pressure that are there", func(t *testing.T) {
		if got := digest.Series(records, "blood_pressure", "systolic", "mm[Hg]"); len(got) != 1 || got[0].Value.Value != "121" {
			t.Errorf("got %v", got)
		}
		if got := digest.Series(records, "blood_pressure", "diastolic", "mm[Hg]"); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}
