package fit_test

import (
	"slices"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
)

func TestWeight(t *testing.T) {
	for _, c := range []struct{ name, quantity, want, path string }{
		{"kilograms", "74.35 kg", "7435", ""},
		{"kilograms with one digit", "74.3 kg", "7430", ""},
		{"grams below the step are rounded half to even", "74.345 kg", "7434", "biometric.weight"},
		{"pounds", "150 [lb_av]", "6804", "biometric.weight"},
		{"few digits in a large unit lose nothing more", "5 [stone_av]", "3175", "biometric.weight"},
		{"stones that come out even", "0 [stone_av]", "0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, is := one(t, measurement("weight", "0", measured(c.quantity)))
			has(t, d, "file_id,type,9", "weight_scale,weight,"+c.want, "weight_scale,timestamp,2026-01-05T04:45:00")
			if c.path != "" {
				hasIssue(t, is, mapping.Lost, c.path)
			} else if len(is) > 0 {
				t.Errorf("issues: %v", is)
			}
		})
	}
	t.Run("its diary group is lost", func(t *testing.T) {
		_, is := one(t, measurement("weight", "0", measured("74.35 kg"), func(r *record.Record) { r.Biometric.Group = "Morning" }))
		hasIssue(t, is, mapping.Lost, "biometric.group")
	})
}

func TestBodyComposition(t *testing.T) {
	weight := measurement("weight", "0", measured("74.35 kg"), device("Scale"))
	rest := []record.Record{
		measurement("bmi", "0", measured("23.5 kg/m2"), device("Scale")),
		measurement("body_fat", "0", measured("18.25 %"), device("Scale")),
		measurement("body_water", "0", measured("55.1 %"), device("Scale")),
		measurement("bone_mass", "0", measured("3.1 kg"), device("Scale")),
		measurement("muscle_mass", "0", measured("34.20 kg"), device("Scale")),
		measurement("visceral_fat", "0", measured("7 1"), device("Scale")),
		measurement("basal_metabolic_rate", "0", measured("1650 kcal/d"), device("Scale")),
	}
	t.Run("of the same time and device is in the weight's file", func(t *testing.T) {
		d, is := one(t, append(rest, weight)...)
		has(t, d, "weight_scale,weight,7435", "weight_scale,percent_fat,1825", "weight_scale,percent_hydration,5510",
			"weight_scale,bone_mass,310", "weight_scale,muscle_mass,3420", "weight_scale,visceral_fat_rating,7",
			"weight_scale,basal_met,6600", "weight_scale,bmi,235")
		if d.ID != weight.ID || d.Records[0] != weight.ID || len(d.Records) != 8 || len(is) != 1 {
			t.Errorf("records %v, issues %v", d.Records, is)
		}
		hasIssue(t, is, mapping.Lost, "biometric.device")
		turned := slices.Clone(rest)
		slices.Reverse(turned)
		again, _ := one(t, append([]record.Record{weight}, turned...)...)
		if !slices.Equal(again.Body, d.Body) {
			t.Error("the order of the day's rows changes the bytes")
		}
	})
	t.Run("that nobody timed belongs to the one weight that nobody timed", func(t *testing.T) {
		d, _ := one(t, measurement("weight", "0", measured("74 kg"), at("", athens)), measurement("body_fat", "0", measured("18 %"), at("", athens)))
		has(t, d, "weight_scale,percent_fat,1800")
	})
	for _, c := range []struct {
		name  string
		files int
		day   []record.Record
	}{
		{"of another time stays out", 1, []record.Record{weight, measurement("body_fat", "0", measured("18 %"), device("Scale"), at("19:00", athens))}},
		{"of another device stays out", 1, []record.Record{weight, measurement("body_fat", "0", measured("18 %"))}},
		{"without a weight makes no file", 0, []record.Record{measurement("body_fat", "0", measured("18 %"))}},
		{"is not given to one of two weights by a guess", 2, []record.Record{
			measurement("weight", "0", measured("74 kg")), measurement("weight", "1", measured("75 kg")), measurement("body_fat", "0", measured("18 %")),
		}},
		{"that no field can hold is left out", 1, []record.Record{weight, measurement("body_fat", "0", measured("-1 %"), device("Scale"))}},
		{"that is a text is left out", 1, []record.Record{weight, measurement("body_fat", "0", device("Scale"), func(r *record.Record) { r.Biometric.Text = "low" })}},
		{"in another dimension is left out", 1, []record.Record{weight, measurement("body_fat", "0", measured("12 kg"), device("Scale"))}},
		{"goes with a weight that FIT cannot hold", 0, []record.Record{measurement("weight", "0", measured("700 kg")), measurement("body_fat", "0", measured("18 %"))}},
		{"goes with a weight of a time that FIT cannot hold", 0, []record.Record{
			measurement("weight", "0", measured("70 kg"), old), measurement("body_fat", "0", measured("18 %"), old),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs, is := encode(t, c.day...)
			hasIssue(t, is, mapping.Lost, "biometric.body_fat")
			if len(docs) != c.files {
				t.Fatalf("got %d files, want %d", len(docs), c.files)
			}
			for _, d := range docs {
				if got := lines(t, d, "weight_scale,percent_fat"); len(got) > 0 {
					t.Errorf("got %s", got)
				}
			}
		})
	}
	t.Run("of two values for one field takes the table's first", func(t *testing.T) {
		d, is := one(t, measurement("skeletal_muscle_mass", "0", measured("30 kg"), device("Scale")), rest[4], weight)
		has(t, d, "weight_scale,muscle_mass,3420")
		hasIssue(t, is, mapping.Lost, "biometric.skeletal_muscle_mass")
	})
}

func old(r *record.Record) { r.Day = "1985-06-01" }

func TestBloodPressure(t *testing.T) {
	reading := measurement("blood_pressure", "0", pressure("118 mm[Hg]", "76 mm[Hg]"))
	t.Run("takes the heart rate of the same time and device", func(t *testing.T) {
		pulse := measurement("heart_rate", "0", measured("61 /min"))
		d, is := one(t, pulse, reading)
		has(t, d, "file_id,type,14", "blood_pressure,systolic_pressure,118", "blood_pressure,diastolic_pressure,76", "blood_pressure,heart_rate,61")
		if !slices.Equal(d.Records, []string{reading.ID, pulse.ID}) || len(is) != 0 {
			t.Errorf("records %v, issues %v", d.Records, is)
		}
		if got, want := fit.FileName(d), "2026-01-05-blood_pressure-"+reading.ID[:8]+".fit"; got != want {
			t.Errorf("file name %s, want %s", got, want)
		}
	})
	t.Run("leaves a heart rate of another time alone", func(t *testing.T) {
		d, is := one(t, reading, measurement("heart_rate", "0", measured("61 /min"), at("12:00", athens)))
		if got := lines(t, d, "blood_pressure,heart_rate"); len(got) > 0 {
			t.Errorf("got %s", got)
		}
		hasIssue(t, is, mapping.Lost, "biometric.heart_rate")
	})
	t.Run("a fraction is rounded", func(t *testing.T) {
		d, is := one(t, measurement("blood_pressure", "0", pressure("118.5 mm[Hg]", "76.6 mm[Hg]")))
		has(t, d, "blood_pressure,systolic_pressure,118", "blood_pressure,diastolic_pressure,77")
		hasIssue(t, is, mapping.Lost, "biometric.blood_pressure.systolic")
		hasIssue(t, is, mapping.Lost, "biometric.blood_pressure.diastolic")
	})
	t.Run("half a reading makes no file", func(t *testing.T) {
		docs, is := encode(t, measurement("blood_pressure", "0", pressure("118 mm[Hg]", "-1 mm[Hg]")))
		if len(docs) != 0 {
			t.Error("a file was made")
		}
		hasIssue(t, is, mapping.Lost, "biometric.blood_pressure.diastolic")
	})
	t.Run("a time that nobody logged is assumed", func(t *testing.T) {
		_, is := one(t, measurement("blood_pressure", "0", pressure("118 mm[Hg]", "76 mm[Hg]"), at("", "")))
		hasIssue(t, is, mapping.Assumed, "biometric.time")
		hasIssue(t, is, mapping.Assumed, "biometric.zone")
	})
}
