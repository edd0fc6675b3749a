package applehealth_test

import (
	"errors"
	"testing"

	"nutrigate/mapping"
	"nutrigate/schemas"
)

// Whatever is read is what the schemas of records allow and comes by day, each
// day once; whatever is not is an error of the document.
func FuzzOpen(f *testing.F) {
	const at = "2026-01-05 23:50:00 +0100"
	f.Add(health(weight(at, "70"), heartRate(at, "120"), workout(at, "2026-01-06 00:10:00 +0100")))
	f.Add(health(`<Correlation type="HKCorrelationTypeIdentifierBloodPressure" startDate="`+at+`">`+pressure("Systolic", at, "120")+pressure("Diastolic", at, "80")+`</Correlation>`, pressure("Systolic", at, "120")))
	f.Add(health(`<Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="W" startDate="` + at + `" endDate="2026-01-06 06:00:00 +0100" value="HKCategoryValueSleepAnalysisAsleepREM"/>`))
	f.Add(health(workout(at, "2026-01-06 00:10:00 +0100",
		`<WorkoutEvent type="HKWorkoutEventTypeLap" date="`+at+`" duration="1.5" durationUnit="min"/>`,
		`<WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" average="120.5" unit="count/min"/>`,
		`<WorkoutRoute><FileReference path="/workout-routes/a.gpx"/></WorkoutRoute>`,
	)) + "<?nutrigate-route a.gpx?>\n" + `<gpx><trk><trkseg><trkpt lon="13.4" lat="52.5"><ele>34</ele><time>2026-01-05T22:50:01.5Z</time><extensions><speed>2</speed></extensions></trkpt></trkseg></trk></gpx>`)
	f.Add(health(food("Banana", at, dietary("Iron", "mg", at, "1")), dietary("Iron", "mg", at, "1"), dietary("Water", "fl_oz_us", at, "8"), dietary("VitaminD", "mcg", at, "2.5")))
	f.Add(`<!DOCTYPE HealthData [<!ENTITY a "b">]><HealthData>&a;</HealthData>`)
	f.Fuzz(func(t *testing.T, doc string) {
		batches, _, err := read(doc)
		if err != nil {
			if _, ours := errors.AsType[*mapping.ReadError](err); !ours {
				t.Fatalf("not an error of the document: %v", err)
			}
			return
		}
		last := mapping.Batch{}
		for _, b := range batches {
			if b.Day <= last.Day {
				t.Fatalf("%s comes after %s", b.Day, last.Day)
			}
			last = b
			sound(t, b)
		}
	})
}

func sound(t *testing.T, b mapping.Batch) {
	for i := range b.Records {
		r := &b.Records[i]
		if r.Day != b.Day || r.Source != b.Source {
			t.Fatalf("a record of %s, %q in the batch of %s, %q", r.Day, r.Source, b.Day, b.Source)
		}
		content, err := r.Content()
		if err == nil {
			err = schemas.Check("record/"+string(r.Kind), content)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, content)
		}
	}
}
