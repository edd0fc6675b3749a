package terra_test

import (
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

func TestBody(t *testing.T) {
	pressure := record.Record{Kind: record.KindBiometric, Slot: "blood_pressure||0", Biometric: &record.Biometric{
		Metric:        "blood_pressure",
		BloodPressure: &record.BloodPressure{Systolic: *quantity(t, "120 mm[Hg]"), Diastolic: *quantity(t, "80 mm[Hg]")},
	}}
	docs, issues := encoded(t, stored(day, "Europe/Zurich",
		timed(biometric(t, "weight", "", "150.0 [lb_av]"), "07:00"),
		biometric(t, "body_fat", "", "22.5 %"), biometric(t, "muscle_mass", "", "30.1 kg"), biometric(t, "insulin", "", "4.0 [iU]"),
		timed(pressure, "07:05"),
		timed(biometric(t, "heart_rate", "", "61.0 /min"), "00:00"), biometric(t, "resting_heart_rate", "", "52.0 /min"),
		biometric(t, "blood_glucose", "", "5.50 mmol/L"), biometric(t, "blood_glucose", "", "95.0 mg/dL"),
		biometric(t, "ketones", "", "1.2 mmol/L"), biometric(t, "body_temperature", "", "98.6 [degF]"),
		biometric(t, "oxygen_saturation", "", "97.0 %"), biometric(t, "vo2max", "", "48.0 mL/kg/min"),
		biometric(t, "heart_rate_variability", "", "41.0 ms"), biometric(t, "mood", "", "4.0 {score}"),
		biometric(t, "~Grip", "", "40.0 {kg}"),
	))
	b := only(t, docs, "body")

	t.Run("measurements are samples at their time, in the units of the fields", func(t *testing.T) {
		expect(t, b,
			"measurements_data.measurements.0", `{"measurement_time":"2026-01-05T07:00:00.000000+01:00","weight_kg":68.0389}`,
			"measurements_data.measurements.1.bodyfat_percentage", "22.5",
			"measurements_data.measurements.2.muscle_mass_g", "30100",
			"measurements_data.measurements.3.insulin_units", "4.0",
			"temperature_data.body_temperature_samples.0.temperature_celsius", "37.000",
			"oxygen_data.saturation_samples.0.percentage", "97.0",
			"oxygen_data.vo2_samples.0.vo2max_ml_per_min_per_kg", "48.0", "oxygen_data.vo2max_ml_per_min_per_kg", "48.0")
	})
	t.Run("a blood pressure is one sample", func(t *testing.T) {
		expect(t, b, "blood_pressure_data.blood_pressure_samples",
			`[{"diastolic_bp":80,"systolic_bp":120,"timestamp":"2026-01-05T07:05:00.000000+01:00"}]`)
	})
	t.Run("heart rates are samples, the resting rate is one for the day", func(t *testing.T) {
		expect(t, b, "heart_data.heart_rate_data.detailed.hr_samples.0", `{"bpm":61.0,"timestamp":"2026-01-05T00:00:00.000000+01:00"}`,
			"heart_data.heart_rate_data.summary.resting_hr_bpm", "52.0")
	})
	t.Run("amounts of substance become masses", func(t *testing.T) {
		expect(t, b, "glucose_data.blood_glucose_samples.0.blood_glucose_mg_per_dL", "99.086",
			"glucose_data.blood_glucose_samples.1.blood_glucose_mg_per_dL", "95.0",
			"ketone_data.ketone_samples.0.ketone_mg_per_dL", "12.49")
	})
	t.Run("nothing is averaged", func(t *testing.T) {
		expect(t, b, "measurements_data.day_avg_weight_kg", "absent", "glucose_data.day_avg_blood_glucose_mg_per_dL", "absent")
	})
	t.Run("what has no field is reported, heart rate variability of an unknown method too", func(t *testing.T) {
		for _, metric := range []string{"heart_rate_variability", "mood", "~Grip"} {
			reported(t, issues, mapping.Lost, "biometric."+metric)
		}
	})
}

func TestBodyEdges(t *testing.T) {
	t.Run("several values for one field of the day: the last stands, and it is reported", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", biometric(t, "resting_heart_rate", "Garmin", "52.0 /min"), biometric(t, "resting_heart_rate", "Fitbit", "54.0 /min")))
		expect(t, only(t, docs, "body"), "heart_data.heart_rate_data.summary.resting_hr_bpm", "54.0", "device_data", "absent")
		reported(t, issues, mapping.Lost, "biometric.resting_heart_rate")
		reported(t, issues, mapping.Lost, "device")
	})
	t.Run("a value for the whole day has no time, and that is reported", func(t *testing.T) {
		_, issues := encoded(t, stored(day, "",
			timed(biometric(t, "resting_heart_rate", "", "52.0 /min"), "07:00"), timed(biometric(t, "steps", "", "9000.0 {steps}"), "21:00"),
			timed(biometric(t, "vo2max", "", "48.0 mL/kg/min"), "07:00"), timed(biometric(t, "weight", "", "70.0 kg"), "07:00")))
		reported(t, issues, mapping.Lost, "biometric.resting_heart_rate.time")
		reported(t, issues, mapping.Lost, "biometric.steps.time")
		if len(issues) != 2 {
			t.Errorf("issues: %v", issues)
		}
	})
	t.Run("one device for all is named", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", biometric(t, "weight", "Google Fit", "70.0 kg"), biometric(t, "body_fat", "Google Fit", "20.0 %")))
		expect(t, only(t, docs, "body"), "device_data", `{"name":"Google Fit"}`)
	})
	t.Run("a value that the field cannot hold stops nothing but itself", func(t *testing.T) {
		text := record.Record{Kind: record.KindBiometric, Slot: "height||0", Biometric: &record.Biometric{Metric: "height", Text: "tall"}}
		docs, issues := encoded(t, stored(day, "", biometric(t, "body_fat", "", "120.0 %"), biometric(t, "weight", "", "70.0 kg"), text, biometric(t, "bmi", "", "22.1 kg")))
		expect(t, only(t, docs, "body"), "measurements_data.measurements", `[{"measurement_time":"2026-01-05T00:00:00.002000","weight_kg":70.0}]`)
		for _, metric := range []string{"body_fat", "height", "bmi"} {
			reported(t, issues, mapping.Lost, "biometric."+metric)
		}
	})
	t.Run("a measurement takes the place of its unit", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", biometric(t, "body_water", "", "41.0 kg"), biometric(t, "body_water", "", "55.0 %"),
			biometric(t, "basal_metabolic_rate", "", "1500.0 kcal"), biometric(t, "resting_metabolic_rate", "", "8368.0 kJ/d")))
		expect(t, only(t, docs, "body"), "hydration_data.hydration_amount_samples.0.hydration_kg", "41.0",
			"measurements_data.measurements.0.water_percentage", "55.0", "measurements_data.measurements.1.BMR", "1500.0",
			"measurements_data.measurements.2.RMR", "2000.000")
		if len(issues) > 0 {
			t.Errorf("issues: %v", issues)
		}
	})
	t.Run("a frost is a temperature", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", biometric(t, "body_temperature", "", "-1.0 Cel")))
		expect(t, only(t, docs, "body"), "temperature_data.body_temperature_samples.0.temperature_celsius", "-1.0")
	})
	t.Run("a day of nothing but sleep has no body", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", biometric(t, "sleep", "", "8.0 h")))
		if len(docs) != 1 || docs[0].Type != "sleep" {
			t.Errorf("got %d documents, the first a %s", len(docs), docs[0].Type)
		}
	})
}

// Every metric of the vocabulary, alone on a day: it is in a document or it is
// reported as lost, never neither.
func TestEveryMetricIsCarriedOrReported(t *testing.T) {
	for _, m := range vocab.Biometrics() {
		r := biometric(t, m.Key, "", "50.0 "+m.Unit)
		if m.Key == "blood_pressure" {
			q := *r.Biometric.Quantity
			r.Biometric.Quantity, r.Biometric.BloodPressure = nil, &record.BloodPressure{Systolic: q, Diastolic: q}
		}
		docs, issues := encoded(t, stored(day, "", r))
		lost := false
		for _, i := range issues {
			lost = lost || (i.Sort == mapping.Lost && i.Path == "biometric."+m.Key)
		}
		if carried := len(docs) > 0; carried == lost {
			t.Errorf("%s: in %d documents, lost %v", m.Key, len(docs), lost)
		}
	}
}
