package serve_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/mapping/applehealth"
)

// health is an export of the Health app with a run and a night.
const health = `<?xml version="1.0"?><HealthData>
<Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" startDate="2026-02-10 08:00:05 -0500" endDate="2026-02-10 08:00:05 -0500" value="121"/>
<Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Watch" startDate="2026-02-10 23:00:00 -0500" endDate="2026-02-11 06:00:00 -0500" value="HKCategoryValueSleepAnalysisAsleepDeep"/>
<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30" durationUnit="min" sourceName="Watch" startDate="2026-02-10 08:00:00 -0500" endDate="2026-02-10 08:30:00 -0500"/>
</HealthData>`

type text struct{ *strings.Reader }

func (text) Close() error { return nil }

func TestSamples(t *testing.T) {
	w := newWorld(t)
	doc := source.Document{Name: "export.xml", Size: -1, Open: func() (io.ReadSeekCloser, error) { return text{strings.NewReader(health)}, nil }}
	if _, err := ingest.Run(t.Context(), w.store, source.From(applehealth.Open), w.ann, []source.Document{doc}, ingest.Options{}); err != nil {
		t.Fatal(err)
	}
	const sample, stage = `"hr_samples":[{"timestamp":"2026-02-10T08:00:05.000000-05:00","bpm":121}]`, `"hypnogram_samples":[{"timestamp":"2026-02-10T23:00:00.000000-05:00","level":5}]`
	for name, c := range map[string]struct {
		typ, more, part string
		there           bool
	}{
		"an activity has samples for whoever asks":     {"activity", "&with_samples=true", sample, true},
		"and none for whoever does not":                {"activity", "", sample, false},
		"nor for whoever says so":                      {"activity", "&with_samples=false", sample, false},
		"a sleep has its stages in order":              {"sleep", "&with_samples=true", stage, true},
		"and how long each took in any case":           {"sleep", "", `"duration_deep_sleep_state_seconds":25200`, true},
		"but not when each began":                      {"sleep", "", stage, false},
		"a sleep of which the end is known ends there": {"sleep", "", `"end_time":"2026-02-11T06:00:00.000000-05:00"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.get(t, "/v2/"+c.typ+"?user_id="+w.ann.ID+"&start_date=2026-02-10&end_date=2026-02-10&to_webhook=false"+c.more)
			if r.Code != 200 || strings.Contains(r.Body.String(), c.part) != c.there {
				t.Errorf("%d %s", r.Code, r.Body)
			}
		})
	}
	t.Run("FIT files have records with them either way", func(t *testing.T) {
		r := w.get(t, "/v2/activity?user_id="+w.ann.ID+"&start_date=2026-02-10&end_date=2026-02-10&to_webhook=false", "application/zip")
		z, err := zip.NewReader(bytes.NewReader(r.Body.Bytes()), int64(r.Body.Len()))
		if r.Code != 200 || err != nil || len(z.File) == 0 {
			t.Errorf("%d %v", r.Code, err)
		}
	})
	for name, c := range map[string]struct {
		query string
		want  string
	}{
		"a sleep is found by its code until it ends": {"code=http://loinc.org%7C93832-4&date=ge2026-02-11T05:00:00-05:00", `"end":"2026-02-11T06:00:00-05:00"`},
		"and not after it":                           {"code=http://loinc.org%7C93832-4&date=ge2026-02-11T06:30:00-05:00", `"total":0`},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.get(t, "/fhir/Observation?patient="+w.ann.ID+"&"+c.query)
			if r.Code != 200 || !strings.Contains(r.Body.String(), c.want) {
				t.Errorf("%d %s", r.Code, r.Body)
			}
		})
	}
}
