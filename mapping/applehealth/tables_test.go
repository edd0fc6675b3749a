package applehealth_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// rows are those of a table; each has a source and a key of its own.
func rows(t *testing.T, name, header string) [][]string {
	t.Helper()
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := vocab.ReadTable(name, bytes.TrimSpace(doc), header)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, c := range list {
		source := c[slices.Index(strings.Split(header, ","), "source")]
		if seen[c[0]] || c[0] == "" || !strings.HasPrefix(source, "HK") && !strings.HasPrefix(source, "HealthKit: HK") {
			t.Errorf("%s line %d: %q is there twice, or has no source", name, i+2, c[0])
		}
		seen[c[0]] = true
	}
	return list
}

func TestEveryMetric(t *testing.T) {
	for _, c := range rows(t, "metrics.csv", "type,key,source") {
		if _, known := vocab.BiometricByKey(c[1]); !known || !strings.HasPrefix(c[0], "HKQuantityTypeIdentifier") {
			t.Errorf("%s: %s is no metric", c[0], c[1])
		}
	}
}

func TestEveryUnit(t *testing.T) {
	for _, c := range rows(t, "units.csv", "unit,code,factor,source") {
		if _, known := vocab.UnitByCode(c[1]); !known {
			t.Errorf("%s: %s is no unit", c[0], c[1])
		}
		if (c[0] == "%") != (c[2] == "100") || (c[2] != "" && c[2] != "100") {
			t.Errorf("%s: factor %q", c[0], c[2])
		}
	}
}

func TestEveryWorkout(t *testing.T) {
	for _, c := range rows(t, "workouts.csv", "type,name,key,source") {
		if got := vocab.ExerciseKey(c[1]); got != c[2] {
			t.Errorf("%s: %q is %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestEveryTrack(t *testing.T) {
	known := []string{record.TrackHeartRate, record.TrackCadence, record.TrackPower, record.TrackSpeed}
	for _, c := range rows(t, "tracks.csv", "type,what,unit,source") {
		if _, unit := vocab.UnitByCode(c[2]); !unit || !slices.Contains(known, c[1]) {
			t.Errorf("%s: %s in %s", c[0], c[1], c[2])
		}
	}
}

func TestEveryEventAndStage(t *testing.T) {
	events := []string{record.EventPause, record.EventResume, record.EventLap, record.EventSegment, record.EventMarker}
	for _, c := range rows(t, "events.csv", "type,event,source") {
		if !slices.Contains(events, c[1]) {
			t.Errorf("%s: no event %s", c[0], c[1])
		}
	}
	known := append(record.Asleep(), record.StageInBed, record.StageAwake)
	for _, c := range rows(t, "stages.csv", "value,stage,source") {
		if !slices.Contains(known, c[1]) {
			t.Errorf("%s: no stage %s", c[0], c[1])
		}
	}
}

func TestEveryNutrient(t *testing.T) {
	for i, c := range rows(t, "nutrients.csv", "type,key,unit,factor,to,source,note") {
		n, known := vocab.NutrientByKey(c[1])
		_, named := record.UnknownName(c[1])
		if known == named || !strings.HasPrefix(c[0], "HKQuantityTypeIdentifierDietary") {
			t.Errorf("line %d: %s is no nutrient", i+2, c[1])
		}
		to := c[4]
		if to == "" {
			to = c[2]
		}
		if _, err := vocab.Convert(record.Quantity{Value: "1", Unit: to}, n.Unit); known && err != nil {
			t.Errorf("%s: %v", c[0], err)
		}
		if known && c[3] == "" && n.Unit == "[iU]" {
			t.Errorf("%s: a mass of what is counted in international units", c[0])
		}
	}
}
