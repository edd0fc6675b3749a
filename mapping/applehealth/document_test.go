package applehealth_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/record"
)

// health is an export with the given elements.
func health(elements ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary|ClinicalRecord)*)>
<!-- Note: Any Records that appear as children of a correlation also appear as top-level records in this document. -->
]>
<HealthData locale="de_DE">
` + strings.Join(elements, "\n") + "\n</HealthData>\n"
}

// weight is a measurement at a time.
func weight(at, value string) string {
	return `<Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="` + at + `" endDate="` + at + `" value="` + value + `"/>`
}

func heartRate(at, value string) string {
	return `<Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" startDate="` + at + `" endDate="` + at + `" value="` + value + `"/>`
}

func pressure(typ, at, value string) string {
	return `<Record type="HKQuantityTypeIdentifierBloodPressure` + typ + `" sourceName="Cuff" unit="mmHg" startDate="` + at + `" endDate="` + at + `" value="` + value + `"/>`
}

func workout(from, to string, parts ...string) string {
	return `<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30.5" durationUnit="min" sourceName="Watch" startDate="` +
		from + `" endDate="` + to + `">` + strings.Join(parts, "\n") + `</Workout>`
}

// read reads a document to its end.
func read(doc string) ([]mapping.Batch, *applehealth.Export, error) {
	e, err := applehealth.Open("export.xml", strings.NewReader(doc), mapping.Reading{})
	if err != nil {
		return nil, nil, err
	}
	var all []mapping.Batch
	for {
		b, err := e.Next()
		if errors.Is(err, io.EOF) {
			return all, e, nil
		}
		if err != nil {
			return nil, e, err
		}
		all = append(all, b)
	}
}

// records are all records of a document.
func records(t *testing.T, doc string) ([]record.Record, *applehealth.Export) {
	t.Helper()
	batches, e, err := read(doc)
	if err != nil {
		t.Fatal(err)
	}
	var all []record.Record
	for _, b := range batches {
		all = append(all, b.Records...)
	}
	return all, e
}

// said are the contents of the records, without where they stand.
func said(t *testing.T, list []record.Record) string {
	t.Helper()
	var b strings.Builder
	for i := range list {
		c, err := list[i].Content()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(c, '\n'))
	}
	return b.String()
}

func hasIssue(e *applehealth.Export, sort mapping.Sort, path string) bool {
	for _, i := range e.Issues() {
		if i.Sort == sort && strings.HasPrefix(i.Path, path) {
			return true
		}
	}
	return false
}
