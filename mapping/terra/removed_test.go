package terra_test

import (
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

func TestRemoved(t *testing.T) {
	docs, _ := encoded(t, stored(
		day, "Europe/Zurich", serving(t, "Lunch", "Apple", "100.00 g", "energy", "52.00 kcal"), biometric(t, "weight", "", "70.5 kg"),
		biometric(t, "sleep", "", "7.5 h"), timed(exercise(t, "Running", "Garmin", "30.0 min", "310.00 kcal"), "18:00"),
	))
	midnight := []string{"metadata.start_time", "2026-01-05T00:00:00.000000+01:00", "metadata.end_time", "2026-01-06T00:00:00.000000+01:00"}
	want := map[string][]string{
		"nutrition": append(midnight, "meals", "absent", "summary", "absent"),
		"body":      append(midnight, "measurements_data", "absent"),
		"daily":     append(midnight, "metadata.upload_type", "4", "calories_data", "absent"),
		"activity": {
			"metadata.summary_id", record.NewID(person.ID, record.KindExercise, day, "0"), "metadata.upload_type", "4", "metadata.type", "8",
			"metadata.start_time", "2026-01-05T18:00:00.000000+01:00", "metadata.end_time", "2026-01-05T18:00:00.000000+01:00",
			"metadata.name", "absent", "calories_data", "absent", "device_data", "absent",
		},
		"sleep": {
			"metadata.start_time", "2026-01-05T00:00:00.000000+01:00", "metadata.end_time", "2026-01-05T00:00:00.000000+01:00",
			"metadata.upload_type", "0", "sleep_durations_data", "absent",
		},
	}
	seen := map[string]bool{}
	for _, d := range docs {
		t.Run(d.Type+" has its key and no content", func(t *testing.T) {
			gone, err := terra.Removed(d)
			if err != nil || gone.ID != d.ID || gone.Day != d.Day {
				t.Fatalf("got %s of %s, %v", gone.ID, gone.Day, err)
			}
			expect(t, only(t, []mapping.Document{gone}, d.Type), want[d.Type]...)
			if string(gone.Body) == string(d.Body) {
				t.Error("nothing was removed")
			}
		})
		seen[d.Type] = true
	}
	for typ := range want {
		if !seen[typ] {
			t.Errorf("no %s was removed", typ)
		}
	}
	docs[0].Body = []byte(`{`)
	if _, err := terra.Removed(docs[0]); err == nil {
		t.Error("what is not a document was removed")
	}
}
