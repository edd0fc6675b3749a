package fit_test

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/muktihari/fit/profile/typedef"

	"nutrigate/mapping"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// later are the numbers that Garmin gave after the profile of the library that
// encodes (21.188). They are in profile 21.217.
var later = map[string]bool{
	"sport 58": true, "sport 70": true, "sport 79": true, "sport 81": true, "sport 88": true,
	"sub 78": true, "sub 90": true, "sub 91": true, "sub 92": true, "sub 123": true,
}

func table(t *testing.T, name, header string) [][]string {
	t.Helper()
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := vocab.ReadTable(name, bytes.TrimSpace(doc), header)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestEverySport(t *testing.T) {
	sports := fit.Sports()
	for _, key := range vocab.ExerciseKeys() {
		pair, ok := sports[key]
		if !ok {
			t.Errorf("%s has no row", key)
		}
		if typedef.Sport(pair[0]).String() == unknown("Sport", pair[0]) && !later["sport "+num(pair[0])] {
			t.Errorf("%s: sport %d is not in the profile", key, pair[0])
		}
		if typedef.SubSport(pair[1]).String() == unknown("SubSport", pair[1]) && !later["sub "+num(pair[1])] {
			t.Errorf("%s: sub-sport %d is not in the profile", key, pair[1])
		}
		delete(sports, key)
	}
	for key := range sports {
		t.Errorf("%s is no key of an exercise", key)
	}
	for i, c := range table(t, "sports.csv", "key,sport,sub_sport,source,note") {
		isNew := later["sport "+c[1]] || later["sub "+c[2]]
		if want := map[bool]string{false: "FIT profile 21.188", true: "FIT profile 21.217"}[isNew]; c[3] != want {
			t.Errorf("line %d: source %q, want %q", i+2, c[3], want)
		}
	}
	if sports := fit.Sports(); sports[vocab.OtherExercise] != [2]uint8{0, 0} {
		t.Errorf("an unknown exercise has the sport %v", sports[vocab.OtherExercise])
	}
}

func TestEveryMeasurement(t *testing.T) {
	places := fit.Places()
	for i, c := range table(t, "measurements.csv", "key,message,field,unit,source,note") {
		key, part, _ := strings.Cut(c[0], ".")
		b, ok := vocab.BiometricByKey(key)
		if !ok || c[4] == "" || (part != "") != (key == "blood_pressure") {
			t.Errorf("line %d: metric %s unknown, or no source", i+2, c[0])
		}
		if _, err := vocab.Convert(record.Quantity{Value: "1", Unit: b.Unit}, c[3]); err != nil {
			t.Errorf("line %d: %v", i+2, err)
		}
		if p := places[c[0]]; p.Unit != c[3] || p.Scale < 1 {
			t.Errorf("line %d: loaded as %+v", i+2, p)
		}
	}
}

func TestEverythingIsMappedOrListed(t *testing.T) {
	listed := fit.Unmapped()
	for _, c := range table(t, "unmapped.csv", "key,reason,source") {
		if c[1] == "" || c[2] == "" {
			t.Errorf("%s: no reason or source", c[0])
		}
	}
	met := map[string]bool{} // a kind and a metric may have one name
	check := func(key string, mapped bool) {
		if _, ok := listed[key]; ok == mapped {
			t.Errorf("%s: mapped is %t, listed as unmapped is %t", key, mapped, ok)
		}
		met[key] = true
	}
	for _, k := range record.Kinds() {
		check(string(k), k == record.KindExercise || k == record.KindBiometric)
	}
	for _, b := range vocab.Biometrics() {
		_, mapped := fit.Places()[b.Key]
		check(b.Key, mapped || b.Key == "blood_pressure")
	}
	for key := range listed {
		if met[key] {
			continue
		}
		t.Errorf("%s is no kind of record and no metric", key)
	}
}

// Every record that leaves no file leaves an issue.
func TestNothingIsLostSilently(t *testing.T) {
	for _, k := range record.Kinds() {
		if k == record.KindExercise || k == record.KindBiometric {
			continue
		}
		docs, is := encode(t, record.Record{ID: "1", Kind: k, Day: day}, record.Record{ID: "2", Kind: k, Day: day})
		if len(docs) != 0 || len(is) != 1 {
			t.Errorf("%s: %d documents, issues %v", k, len(docs), is)
		}
		hasIssue(t, is, mapping.Lost, string(k))
	}
	metrics := []string{record.Unknown("Moonbeam")}
	for _, b := range vocab.Biometrics() {
		metrics = append(metrics, b.Key)
	}
	for _, metric := range metrics {
		r := measurement(metric, "0", measured("1 {drops}"))
		docs, is := encode(t, r)
		if len(docs) != 0 {
			t.Errorf("%s: a number of drops became a file", metric)
		}
		if len(is) == 0 {
			t.Errorf("%s: lost without a word", metric)
		}
	}
}

// unknown is what the library writes for a number that its profile lacks.
func unknown(kind string, n uint8) string { return kind + "Invalid(" + num(n) + ")" }

func num(n uint8) string { return strconv.Itoa(int(n)) }
