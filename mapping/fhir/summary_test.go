package fhir_test

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

var moment = time.Date(2026, 1, 7, 10, 0, 0, 0, time.UTC)

func summary(records ...record.Record) fhir.Summary {
	return fhir.Summary{
		Patient: fhir.Patient{ID: person.ID, Active: true, Version: 2, Updated: moment},
		State:   fhir.State{Version: 41, Updated: moment}, Records: records, Version: "1.2.3",
	}
}

// diary is two days, one of them not over, and what was measured and aimed for.
func diary() []record.Record {
	closed := stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Nutrients: []string{"energy", "sodium", "alcohol", "vitamin_k"}}})
	open := stored(record.KindDay, record.Record{DayTotals: &record.DayTotals{Open: true, Nutrients: []string{"energy"}}})
	open.Day, open.ID = day.AddDays(1), record.NewID(person.ID, record.KindDay, day.AddDays(1), "")
	return []record.Record{
		closed, open,
		total("energy", q("2130.50", "kcal")), total("sodium", q("2300.0", "mg")), total("alcohol", q("4.2", "g")), total("vitamin_k", q("80", "ug")),
		biometric("weight", q("72.50", "kg")), pressure(), biometric("blood_glucose", q("5.4", "mmol/L")), biometric("body_fat", q("20", "%")),
		target("energy", qp("2000", "kcal"), qp("2200", "kcal")), target("sodium", nil, qp("2300", "mg")),
		stored(record.KindPlan, record.Record{Plan: &record.Plan{Targets: []record.Target{{Nutrient: "sodium", Max: qp("2300", "mg")}}}}),
	}
}

const base = "https://gateway.example.org/fhir"

func document(t *testing.T, f fhir.Format, s fhir.Summary) map[string]any {
	t.Helper()
	d, _, err := f.EncodeSummary(s, base, moment)
	if err != nil {
		t.Fatal(err)
	}
	return check(t, d.Type, d.Body)
}

// sectionsOf returns the sections of the document by their codes.
func sectionsOf(t *testing.T, doc map[string]any) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, s := range at(doc, "entry", 0, "resource", "section").([]any) {
		all[at(s, "code", "coding", 0, "code").(string)] = s
	}
	return all
}

func TestSummary(t *testing.T) {
	doc := document(t, fhir.Format{}, summary(diary()...))
	sections := sectionsOf(t, doc)
	t.Run("is a document with an identifier and a time", func(t *testing.T) {
		want(t, "type", at(doc, "type"), any("document"))
		want(t, "timestamp", at(doc, "timestamp"), any("2026-01-07T10:00:00.000Z"))
		if id, _ := at(doc, "identifier", "value").(string); !strings.HasPrefix(id, "urn:uuid:") {
			t.Errorf("identifier %q", id)
		}
	})
	t.Run("says of what a diary does not know that it is unavailable, and not that there is none", func(t *testing.T) {
		for _, code := range []string{"11450-4", "48765-2", "10160-0"} {
			want(t, code, at(sections[code], "emptyReason", "coding", 0, "code"), any("unavailable"))
			want(t, code, at(sections[code], "entry"), nil)
		}
	})
	t.Run("has the sections of which something was logged", func(t *testing.T) {
		for code, entries := range map[string]int{"8716-3": 2, "30954-2": 2, "29762-2": 1, "18776-5": 3, "61144-2": 3} {
			some, _ := at(sections[code], "entry").([]any)
			want(t, "entries of "+code, len(some), entries)
		}
	})
	t.Run("every section has a narrative of well-formed XHTML", func(t *testing.T) {
		for code, s := range sections {
			div, _ := at(s, "text", "div").(string)
			if err := wellFormed(div); err != nil {
				t.Errorf("%s: %v in %s", code, err, div)
			}
		}
	})
	t.Run("means say over how many days they are, beside the targets", func(t *testing.T) {
		div, _ := at(sections["61144-2"], "text", "div").(string)
		const row = "<tr><td>Energy</td><td>2130.50 kcal</td><td>1 of 7</td><td>2130.50 kcal</td><td>1 of 30</td><td>2000 to 2200 kcal</td></tr>"
		if !strings.Contains(div, row) || strings.Contains(div, "Vitamin K") {
			t.Error(div)
		}
	})
	t.Run("all that it refers to is in it, once", func(t *testing.T) {
		var held []string
		for _, e := range doc["entry"].([]any) {
			held = append(held, strings.TrimPrefix(at(e, "fullUrl").(string), base+"/"))
		}
		for _, to := range references(at(doc, "entry", 0)) {
			if !slices.Contains(held, to) {
				t.Errorf("no %s", to)
			}
		}
		sorted := slices.Sorted(slices.Values(held))
		want(t, "entries", len(slices.Compact(sorted)), len(held))
	})
	t.Run("is the same whenever it is made, but for its time", func(t *testing.T) {
		a, err := fhir.Format{}.EncodeComposition(summary(diary()...))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "composition", decode(t, a.Body), doc["entry"].([]any)[0].(map[string]any)["resource"].(map[string]any))
	})
}

func TestSummaryOfNothing(t *testing.T) {
	sections := sectionsOf(t, document(t, fhir.Format{}, summary()))
	want(t, "sections", len(sections), 4)
	want(t, "diet", at(sections["61144-2"], "emptyReason", "coding", 0, "code"), any("unavailable"))
}

// references lists what a node refers to.
func references(node any) []string {
	var all []string
	switch node := node.(type) {
	case map[string]any:
		if to, ok := node["reference"].(string); ok {
			all = append(all, to)
		}
		for _, child := range node {
			all = append(all, references(child)...)
		}
	case []any:
		for _, child := range node {
			all = append(all, references(child)...)
		}
	}
	return all
}

func wellFormed(doc string) error {
	if !strings.HasPrefix(doc, `<div xmlns="http://www.w3.org/1999/xhtml">`) {
		return errors.New("no div of XHTML")
	}
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestWeeks(t *testing.T) {
	for _, c := range []struct {
		day    record.Date
		week   fhir.Week
		monday record.Date
	}{
		{"2026-01-05", "2026-W02", "2026-01-05"},
		{"2026-01-11", "2026-W02", "2026-01-05"},
		{"2025-12-29", "2026-W01", "2025-12-29"},
		{"2021-01-03", "2020-W53", "2020-12-28"},
		{"2024-02-29", "2024-W09", "2024-02-26"},
	} {
		want(t, "week of "+string(c.day), fhir.WeekOf(c.day), c.week)
		want(t, "monday of "+string(c.week), c.week.Monday(), c.monday)
		parsed, err := fhir.ParseWeek(string(c.week))
		if err != nil || parsed != c.week {
			t.Errorf("%s: got %s, %v", c.week, parsed, err)
		}
	}
	for _, wrong := range []string{"", "2026-W00", "2026-W54", "2026-W1", "2025-W53", "x", "2026-W02 ", "0000-W01"} {
		if w, err := fhir.ParseWeek(wrong); err == nil {
			t.Errorf("%q was read as %s", wrong, w)
		}
	}
}

func TestEncodeWeek(t *testing.T) {
	week := fhir.WeekOf(day)
	report := func(t *testing.T, records ...record.Record) map[string]any {
		t.Helper()
		d, ok, err := fhir.Format{}.EncodeWeek(person, week, records, fhir.State{Version: 7, Updated: moment})
		if err != nil || !ok {
			t.Fatalf("%t, %v", ok, err)
		}
		return check(t, d.Type, d.Body)
	}
	t.Run("its results are the panels of the days", func(t *testing.T) {
		v := report(t, diary()...)
		want(t, "results", len(at(v, "result").([]any)), 2)
		want(t, "period", at(v, "effectivePeriod"), any(map[string]any{"start": "2026-01-05", "end": "2026-01-11"}))
		want(t, "code", codesAt(v, "code"), []string{loinc + "|75282-4", fhir.SystemRecord + "|week"})
		want(t, "version", at(v, "meta", "versionId"), any("7"))
		if err := wellFormed(at(v, "text", "div").(string)); err != nil {
			t.Error(err)
		}
	})
	t.Run("a conclusion says over how many days", func(t *testing.T) {
		said, _ := at(report(t, diary()...), "conclusion").(string)
		for _, part := range []string{"1 day of 7 logged", "1 day not over yet", "Energy: mean 2130.50 kcal per day (1 of 7 days)", "not measured by a clinician"} {
			if !strings.Contains(said, part) {
				t.Errorf("no %q in %s", part, said)
			}
		}
	})
	t.Run("its status says whether all of it is there", func(t *testing.T) {
		want(t, "a day that is not over", at(report(t, diary()...), "status"), any("preliminary"))
		want(t, "days missing", at(report(t, diary()[0]), "status"), any("partial"))
		var all []record.Record
		for i := range 7 {
			d := diary()[0]
			d.Day = week.Monday().AddDays(i)
			d.ID = record.NewID(person.ID, record.KindDay, d.Day, "")
			all = append(all, d)
		}
		want(t, "all of it", at(report(t, all...), "status"), any("final"))
	})
	t.Run("the id leads back to the person and the week", func(t *testing.T) {
		user, w, ok := fhir.ReportOf(fhir.ReportID(person.ID, week))
		if user != person.ID || w != week || !ok {
			t.Errorf("got %s, %s, %t", user, w, ok)
		}
		if _, _, ok := fhir.ReportOf(person.ID); ok {
			t.Error("a person's id is no report's")
		}
	})
	t.Run("a week without a panel has no report", func(t *testing.T) {
		if _, ok, err := (fhir.Format{}).EncodeWeek(person, week, []record.Record{pressure()}, fhir.State{}); ok || err != nil {
			t.Errorf("%t, %v", ok, err)
		}
	})
}
