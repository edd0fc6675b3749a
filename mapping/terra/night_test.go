package terra_test

import (
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// night is a sleep over midnight, as a watch records it.
func night() record.Record {
	return record.Record{
		ID: "5f0e6f7e-0d5f-5c38-9b5e-0a8f3c1b2d4e", Kind: record.KindSleep, Day: day, Time: "23:04:30", Zone: "+01:00", Source: "applehealth",
		Sleep: &record.Sleep{Device: "Apple Watch", EndDay: day.AddDays(1), EndTime: "06:40:00", Stages: []record.Stage{
			{Stage: record.StageCore, At: "0", Length: "1500"},
			{Stage: record.StageDeep, At: "1500", Length: "2400.5"},
			{Stage: record.StageAwake, At: "3900.5", Length: "60"},
		}},
	}
}

func TestNight(t *testing.T) {
	represent := func(f terra.Format, r record.Record) ([]mapping.Document, []mapping.Issue) {
		t.Helper()
		docs, issues, err := mapping.Checked(f, record.Subject{ID: "6f1c2c5e-3b7e-4f57-9a3a-0d6f0a4f2f11"}, []record.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		return docs, issues
	}
	t.Run("a sleep has its start, its end and how long each stage took", func(t *testing.T) {
		docs, issues := represent(terra.Format{}, night())
		expect(t, only(t, docs, "sleep"),
			"metadata.end_time", string(day.AddDays(1))+"T06:40:00.000000+01:00",
			"sleep_durations_data.asleep.duration_asleep_state_seconds", "3900.5",
			"sleep_durations_data.asleep.duration_light_sleep_state_seconds", "1500",
			"sleep_durations_data.awake.duration_awake_state_seconds", "60",
			"sleep_durations_data.hypnogram_samples", "absent",
			"device_data.name", "Apple Watch")
		reported(t, issues, mapping.Lost, "sleep.stages")
	})
	t.Run("and when each began for whoever wants samples", func(t *testing.T) {
		docs, _ := represent(terra.Format{Samples: true}, night())
		expect(t, only(t, docs, "sleep"), "sleep_durations_data.hypnogram_samples.1.level", "5",
			"sleep_durations_data.hypnogram_samples.2.timestamp", string(day.AddDays(1))+"T00:09:30.500000+01:00")
	})
	t.Run("one that ends before it starts has no length", func(t *testing.T) {
		r := night()
		r.Sleep.EndDay = day.AddDays(-1)
		docs, _ := represent(terra.Format{}, r)
		expect(t, only(t, docs, "sleep"), "metadata.end_time", string(day)+"T23:04:30.000000+01:00")
	})
}
