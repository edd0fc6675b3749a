package terra_test

import (
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
	"nutrigate/mapping/vocab"
)

func TestActivity(t *testing.T) {
	t.Run("a timed exercise spans its duration", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "Europe/Zurich", timed(exercise(t, "Running", "Garmin", "30.5 min", "310.00 kcal"), "18:00")))
		expect(t, only(t, docs, "activity"),
			"metadata.start_time", "2026-01-05T18:00:00.000000+01:00", "metadata.end_time", "2026-01-05T18:30:30.000000+01:00",
			"metadata.summary_id", record.NewID(person.ID, record.KindExercise, day, "0"),
			"metadata.name", "Running", "metadata.type", "8", "metadata.upload_type", "1", "metadata.timestamp_localization", "1",
			"active_durations_data", `{"activity_seconds":1830.0}`, "calories_data", `{"net_activity_calories":310.00}`,
			"device_data", `{"name":"Garmin"}`)
	})
	t.Run("it ends with the offset of its end", func(t *testing.T) {
		docs, _ := encoded(t, stored("2026-03-29", "Europe/Zurich", timed(exercise(t, "Running", "", "60.0 min", ""), "01:30")))
		expect(t, only(t, docs, "activity"), "metadata.start_time", "2026-03-29T01:30:00.000000+01:00", "metadata.end_time", "2026-03-29T03:30:00.000000+02:00")
	})
	t.Run("without a time it starts at the marker, without a zone it has no offset", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", exercise(t, "Running", "", "30.0 min", "")))
		expect(t, only(t, docs, "activity"), "metadata.start_time", "2026-01-05T00:00:00.001000", "metadata.end_time", "2026-01-05T00:30:00.001000",
			"metadata.upload_type", "2", "calories_data", "absent", "device_data", "absent")
		reported(t, issues, mapping.Assumed, "exercise.time")
	})
	t.Run("without a duration it ends when it starts", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", timed(exercise(t, "Running", "", "", "0.00 kcal"), "18:00")))
		expect(t, only(t, docs, "activity"), "metadata.end_time", "2026-01-05T18:00:00.000000", "active_durations_data", "absent",
			"calories_data", `{"net_activity_calories":0.00}`)
		reported(t, issues, mapping.Assumed, "exercise.duration")
	})
	t.Run("a duration that cannot be one does not set the end", func(t *testing.T) {
		for _, text := range []string{"-5.0 min", "30.0 kg", "99999999999999999999.0 min", "600000.0 min"} {
			docs, issues := encoded(t, stored(day, "", timed(exercise(t, "Running", "", text, ""), "18:00")))
			expect(t, only(t, docs, "activity"), "metadata.end_time", "2026-01-05T18:00:00.000000")
			reported(t, issues, mapping.Assumed, "exercise.duration")
		}
	})
	t.Run("an exercise that nobody knows is of type Other and keeps its name", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", exercise(t, "Zorbing for beginners", "", "30.0 min", "418.4 kJ")))
		expect(t, only(t, docs, "activity"), "metadata.type", "108", "metadata.name", "Zorbing for beginners",
			"calories_data.net_activity_calories", "100.000")
		reported(t, issues, mapping.Lost, "exercise.name")
	})
}

func TestSleep(t *testing.T) {
	docs, issues := encoded(t, stored("2026-03-29", "Europe/Zurich", timed(biometric(t, "sleep", "Garmin", "7.51667 h"), "06:45")))
	expect(t, only(t, docs, "sleep"),
		"sleep_durations_data.asleep.duration_asleep_state_seconds", "27060.012",
		"metadata.start_time", "2026-03-29T00:00:00.000000+01:00", "metadata.end_time", "2026-03-30T00:00:00.000000+02:00",
		"metadata.summary_id", docs[0].ID, "metadata.upload_type", "2", "device_data.name", "Garmin")
	reported(t, issues, mapping.Assumed, "biometric.sleep")
	reported(t, issues, mapping.Lost, "biometric.sleep.time")

	t.Run("a sleep entered by hand is manual, which is 1 here and 2 for activities", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", biometric(t, "sleep", "", "450.0 min")))
		expect(t, only(t, docs, "sleep"), "metadata.upload_type", "1", "device_data", "absent",
			"sleep_durations_data.asleep.duration_asleep_state_seconds", "27000.0")
	})
	t.Run("a sleep whose value is no duration is left out and reported", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", biometric(t, "sleep", "", "81.0 {score}")))
		if len(docs) != 0 {
			t.Errorf("got a %s", docs[0].Type)
		}
		reported(t, issues, mapping.Lost, "biometric.sleep")
	})
}

func TestDaily(t *testing.T) {
	docs, _ := encoded(t, stored(day, "",
		exercise(t, "Running", "Garmin", "30.0 min", "310.00 kcal"), exercise(t, "Cycling", "Garmin", "45.5 min", "100.5 kcal"),
		exercise(t, "Stretching", "Garmin", "", ""),
		biometric(t, "resting_heart_rate", "Garmin", "52.0 /min"), biometric(t, "steps", "Garmin", "8432.0 {steps}"),
		biometric(t, "sleep_score", "Garmin", "81.0 {score}"),
	))
	d := only(t, docs, "daily")

	t.Run("exercises are summed exactly", func(t *testing.T) {
		expect(t, d, "active_durations_data.activity_seconds", "4530.0", "calories_data.net_activity_calories", "410.50")
	})
	t.Run("what is measured once a day is here", func(t *testing.T) {
		expect(t, d, "distance_data.steps", "8432", "heart_rate_data.summary.resting_hr_bpm", "52.0", "scores.sleep", "81.0")
	})
	t.Run("a day of one device is automatic", func(t *testing.T) {
		expect(t, d, "metadata.upload_type", "1", "device_data.name", "Garmin")
	})
	t.Run("a note makes it manual, and is a tag", func(t *testing.T) {
		docs, _ := encoded(t, stored(day, "", biometric(t, "steps", "Garmin", "10 {steps}"), timed(note("long day\n<tired>"), "21:15:30")))
		expect(t, only(t, docs, "daily"), "metadata.upload_type", "2", "device_data.name", "Garmin",
			"tag_data.tags", `[{"notes":"long day\n\u003ctired\u003e","tag_name":"note","timestamp":"2026-01-05T21:15:30.000000"}]`)
	})
	t.Run("there are no half steps", func(t *testing.T) {
		docs, issues := encoded(t, stored(day, "", biometric(t, "steps", "", "8432.5 {steps}")))
		if len(docs) != 0 {
			t.Errorf("got a %s", docs[0].Type)
		}
		reported(t, issues, mapping.Lost, "biometric.steps")
	})
}

func TestActivityTypesAreOfTheSchema(t *testing.T) {
	for _, name := range vocab.ExerciseKeys() {
		docs, _, err := terra.Format{}.Encode(person, stored(day, "", exercise(t, name, "", "1.0 min", "")))
		if err != nil || (terra.Format{}).Check(docs[0]) != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
