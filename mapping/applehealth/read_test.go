package applehealth_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/record"
)

func TestDays(t *testing.T) {
	doc := health(
		weight("2026-01-07 08:00:00 +0100", "71"),
		weight("2026-01-05 08:00:00 +0100", "70"),
		heartRate("2026-01-05 09:00:00 +0100", "60"),
		weight("2026-01-05 00:10:00 +1300", "72"),
		`<Record type="HKQuantityTypeIdentifierStepCount" sourceName="Phone" unit="count" startDate="2026-01-06 08:00:00 +0100" endDate="2026-01-06 08:10:00 +0100" value="500"/>`,
	)
	batches, e, err := read(doc)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("days come in order, each once, and none for what is left out", func(t *testing.T) {
		if len(batches) != 2 || batches[0].Day != "2026-01-05" || batches[1].Day != "2026-01-07" || len(batches[0].Records) != 3 {
			t.Errorf("got %+v", batches)
		}
	})
	t.Run("every record names its source, day, time and offset", func(t *testing.T) {
		for _, b := range batches {
			for _, r := range b.Records {
				if r.Source != applehealth.Source || b.Source != r.Source || r.Day != b.Day || r.Time == "" || r.Zone == "" || r.Origin.Line == 0 {
					t.Errorf("got %+v", r)
				}
			}
		}
		east := batches[0].Records[2]
		at, exact, ok := east.Instant()
		if !ok || !exact || at.UTC().Format("2006-01-02 15:04:05") != "2026-01-04 11:10:00" {
			t.Errorf("the day is the one that the clock showed, and the instant is real: %v %v %v", at, exact, ok)
		}
	})
	t.Run("what is left out is told with its number", func(t *testing.T) {
		want := mapping.Issue{Sort: mapping.Lost, Path: "Record HKQuantityTypeIdentifierStepCount", Reason: "records have no place for it; 1 left out"}
		if !slices.Contains(e.Issues(), want) || e.Rows() != 4 {
			t.Errorf("%d rows, issues %v", e.Rows(), e.Issues())
		}
	})
	t.Run("the days that are left are known", func(t *testing.T) {
		e, err := applehealth.Open("export.xml", strings.NewReader(doc), mapping.Reading{})
		if err != nil || !slices.Equal(e.Days(), []record.Date{"2026-01-05", "2026-01-07"}) {
			t.Fatalf("got %v, %v", e.Days(), err)
		}
		if _, err := e.Next(); err != nil || !slices.Equal(e.Days(), []record.Date{"2026-01-07"}) {
			t.Errorf("got %v, %v", e.Days(), err)
		}
	})
}

func TestNothingIsDoubled(t *testing.T) {
	const at, late, next = "2026-01-05 08:00:00 +0100", "2026-01-05 23:59:59 +0100", "2026-01-06 00:00:01 +0100"
	for name, c := range map[string]struct {
		doc  string
		want int
	}{
		"a correlation's samples come again by themselves": {health(
			pressure("Systolic", at, "120"), pressure("Diastolic", at, "80"),
			`<Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" startDate="`+at+`" endDate="`+at+`">`,
			pressure("Systolic", at, "120"), pressure("Diastolic", at, "80"), `</Correlation>`,
		), 1},
		"so do those of the next day": {health(
			pressure("Systolic", late, "120"), pressure("Diastolic", next, "80"),
			`<Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" startDate="`+late+`" endDate="`+next+`">`,
			pressure("Systolic", late, "120"), pressure("Diastolic", next, "80"), `</Correlation>`,
		), 1},
		"a heart rate in the time of a workout is a sample of it": {health(
			heartRate(late, "120"), heartRate(next, "121"), workout("2026-01-05 23:30:00 +0100", "2026-01-06 00:00:30 +0100"),
		), 1},
		"a heart rate after it is a measurement": {health(
			heartRate(late, "120"), heartRate("2026-01-06 00:00:31 +0100", "121"), workout("2026-01-05 23:30:00 +0100", "2026-01-06 00:00:30 +0100"),
		), 2},
		"two equal measurements are two": {health(weight(at, "70"), weight(at, "70")), 2},
	} {
		t.Run(name, func(t *testing.T) {
			list, e := records(t, c.doc)
			if len(list) != c.want {
				t.Errorf("got %d records:\n%s", len(list), said(t, list))
			}
			if hasIssue(e, mapping.Lost, "HKQuantityTypeIdentifierBloodPressure") {
				t.Errorf("issues %v", e.Issues())
			}
		})
	}
	t.Run("a workout over midnight has the samples of both days", func(t *testing.T) {
		list, _ := records(t, health(
			heartRate(next, "121"), heartRate(late, "120"), workout("2026-01-05 23:30:00 +0100", "2026-01-06 00:00:30 +0100"),
		))
		points, _ := list[0].Exercise.Tracks[0].Points.MarshalText()
		if string(points) != "1799 120;1801 121" {
			t.Errorf("got %s", points)
		}
	})
}

// An export that is made later, or by another version, has the same samples in
// another order and the address of each device anew.
func TestAnotherExportOfTheSameSaysTheSame(t *testing.T) {
	device := func(address string) string {
		return strings.Replace(weight("2026-01-05 08:00:00 +0100", "70"), ` unit=`, ` device="&lt;&lt;HKDevice: `+address+
			`&gt;, name:Body Cardio, manufacturer:Withings, model:WBS04&gt;" unit=`, 1)
	}
	first, _ := records(t, health(heartRate("2026-01-05 09:00:00 +0100", "60"), device("0x28")))
	second, _ := records(t, health(device("0x99"), heartRate("2026-01-05 09:00:00 +0100", "60"), weight("2026-02-01 08:00:00 +0100", "69")))
	slices.Reverse(first)
	if got, want := said(t, second[:2]), said(t, first); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if d := first[0].Biometric.Device; d != "Body Cardio" {
		t.Errorf("device %q", d)
	}
}

func TestUnits(t *testing.T) {
	sample := func(typ, unit, value string) string {
		return `<Record type="HKQuantityTypeIdentifier` + typ + `" sourceName="App" unit="` + unit + `" startDate="2026-01-05 08:00:00 +0100" endDate="2026-01-05 08:00:00 +0100" value="` + value + `"/>`
	}
	for name, c := range map[string]struct{ typ, unit, value, want string }{
		"digits stay as written":            {"BodyMass", "lb", "154.50", "154.50 [lb_av]"},
		"a percentage is written as a part": {"BodyFatPercentage", "%", "0.2350", "23.50 %"},
		"a molar mass in a unit is left":    {"BloodGlucose", "mmol&lt;180.15588000005408&gt;/L", "5.4", "5.4 mmol/L"},
		"a temperature":                     {"BodyTemperature", "degF", "98.6", "98.6 [degF]"},
		"a count that is a ratio":           {"BodyMassIndex", "count", "22.5", "22.5 kg/m2"},
		"a unit that nobody knows":          {"Height", "furlong/fortnight", "1", "1 {furlong/fortnight}"},
		"an exponent is written out":        {"VO2Max", "mL/min·kg", "4.1e1", "41 mL/kg/min"},
	} {
		t.Run(name, func(t *testing.T) {
			list, _ := records(t, health(sample(c.typ, c.unit, c.value)))
			if got := list[0].Biometric.Quantity.String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("a value below zero is left out and told", func(t *testing.T) {
		list, e := records(t, health(sample("BodyMass", "kg", "-1")))
		if len(list) != 0 || !hasIssue(e, mapping.Lost, "HKQuantityTypeIdentifierBodyMass") {
			t.Errorf("got %v, %v", list, e.Issues())
		}
	})
	t.Run("what a person typed has no device", func(t *testing.T) {
		typed := strings.Replace(sample("BodyMass", "kg", "70"), "/>", `><MetadataEntry key="HKWasUserEntered" value="1"/></Record>`, 1)
		if list, _ := records(t, health(typed)); list[0].Biometric.Device != "" {
			t.Errorf("got %q", list[0].Biometric.Device)
		}
	})
}

func TestRefused(t *testing.T) {
	good := health(weight("2026-01-05 08:00:00 +0100", "70"))
	entity := func(declared string) string {
		return strings.Replace(good, "<!DOCTYPE HealthData [", "<!DOCTYPE HealthData [\n"+declared, 1)
	}
	for name, c := range map[string]struct {
		doc, message string
		foreign      bool
	}{
		"nothing":               {"", "not an export of the Health app", true},
		"a table":               {"Day,Food Name\n2026-01-05,Oats\n", "not an export of the Health app", true},
		"another XML document":  {`<?xml version="1.0"?><ClinicalDocument/>`, "not an export of the Health app", true},
		"an entity":             {entity(`<!ENTITY a "b">`), "declares entities", false},
		"an entity from a file": {entity(`<!ENTITY a SYSTEM "file:///etc/passwd">`), "declares entities", false},
		"a billion laughs":      {entity(`<!ENTITY a "ha"><!ENTITY b "&a;&a;">`), "declares entities", false},
		"an entity of a stranger": {
			strings.Replace(good, `"70"`, `"&seventy;"`, 1), "export.xml line 7: this is not well-formed XML: invalid character entity", false,
		},
		"a file cut short":        {good[:len(good)-20], "export.xml line 7: this is not well-formed XML: unexpected EOF", false},
		"a file cut in a tag":     {good[:strings.Index(good, "unit")], "export.xml line 7: this is not well-formed XML: unexpected EOF", false},
		"another's end":           {strings.Replace(good, "</HealthData>", "</HealthDate>", 1), "export.xml line 8: this is not well-formed XML: an element is closed by another's end", false},
		"bytes that are no text":  {strings.Replace(good, "Scale", "Sc\xffale", 1), "export.xml line 7: this is not well-formed XML: invalid UTF-8", false},
		"a control character":     {strings.Replace(good, "Scale", "Sc\x0bale", 1), "export.xml line 7: this is not well-formed XML: illegal character code", false},
		"a very long tag":         {strings.Replace(good, "Scale", strings.Repeat("Scale", 300_000), 1), "a tag or text of more than 1 MiB ends here", false},
		"a day that is none":      {health(weight("2026-02-30 08:00:00 +0100", "70")), `export.xml line 7, column "startDate": the Record has no time`, false},
		"a day before anybody":    {health(weight("0001-01-01 08:00:00 +0100", "70")), `export.xml line 7, column "startDate": the Record has no time`, false},
		"an offset of a day":      {health(weight("2026-01-05 08:00:00 +2300", "70")), `export.xml line 7, column "startDate": the Record has no time`, false},
		"a time without offset":   {health(weight("2026-01-05 08:00:00", "70")), `export.xml line 7, column "startDate": the Record has no time`, false},
		"a value that is a word":  {health(weight("2026-01-05 08:00:00 +0100", "seventy")), `export.xml line 7, column "value": the value is no number`, false},
		"a workout without end":   {health(workout("2026-01-05 08:00:00 +0100", "")), `export.xml line 7, column "endDate": the Workout has no time`, false},
		"a workout turned around": {health(workout("2026-01-05 08:00:00 +0100", "2026-01-05 07:00:00 +0100")), `column "endDate": the workout ends before it starts`, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(c.doc)
			refused, ours := errors.AsType[*mapping.ReadError](err)
			if !ours || !strings.Contains(err.Error(), c.message) || refused.Foreign != c.foreign || refused.Advice == "" {
				t.Errorf("got %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "seventy") || strings.Contains(err.Error(), "Scale")) {
				t.Errorf("the message quotes the document: %v", err)
			}
		})
	}
	t.Run("more samples of one day than fit", func(t *testing.T) {
		var many strings.Builder
		for i := range 100_001 {
			fmt.Fprintln(&many, heartRate("2026-01-05 08:00:00 +0100", fmt.Sprint(60+i%100)))
		}
		if _, _, err := read(health(many.String())); err == nil || !strings.Contains(err.Error(), "more than 100000 samples") {
			t.Errorf("got %v", err)
		}
	})
}
