package fhir

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

//go:embed sections.csv
var sectionsCSV []byte

// sectionCodes are the code and the title of each section.
var sectionCodes = sync.OnceValue(func() map[string]sectionCode {
	all := map[string]sectionCode{}
	for _, c := range read("sections.csv", sectionsCSV, "key,loinc,display,title,source") {
		all[c[0]] = sectionCode{code{c[1], c[2]}, c[3]}
	}
	return all
})

type sectionCode struct {
	code
	title string
}

type composition struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherComposition
}

// A section of a summary. Without entries it says why (IPS, ips-comp-1).
type section struct {
	key     string
	text    *fhir.Narrative
	entries []string
}

func (d *draft) composition() (mapping.Document, error) {
	id, subject := d.of.Patient.ID, reference("Patient/"+d.of.Patient.ID)
	date := instant(d.of.State.Updated)
	c := &fhir.OtherComposition{
		Id: &id, Meta: metaOf(d.of.State.Version, d.of.State.Updated), Text: said(d.inWords()),
		Status:  fhir.CompositionStatusFinal,
		Type:    concept("Patient summary", coding(SystemLOINC, "60591-5", "Patient summary Document")),
		Subject: &subject, Date: date,
		Author: []fhir.Reference{gatewayReference()},
		Title:  "Patient summary from a food diary",
	}
	for _, s := range d.sections {
		c.Section = append(c.Section, s.encoded())
	}
	body, err := marshal(composition{"Composition", c})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("encode composition: %w", err)
	}
	return mapping.Document{Type: "Composition", ID: id, MediaType: MediaType, Body: body}, nil
}

// inWords says what the summary is of.
func (d *draft) inWords() string {
	if d.overview.Last == "" {
		return "Summary from a food diary of which no day was logged."
	}
	return "Summary from a food diary, up to " + string(d.overview.Last) + ", the last day logged. " + selfReported
}

func (s section) encoded() fhir.CompositionSection {
	known := sectionCodes()[s.key]
	named := concept(known.title, known.loinc()...)
	out := fhir.CompositionSection{Title: text(known.title), Code: &named, Text: s.text}
	for _, to := range s.entries {
		out.Entry = append(out.Entry, reference(to))
	}
	if len(out.Entry) == 0 {
		why := concept("", coding("http://terminology.hl7.org/CodeSystem/list-empty-reason", "unavailable", "Unavailable"))
		out.EmptyReason = &why
	}
	return out
}

func (d *draft) add(key string, n *narrative, entries []string) {
	d.sections = append(d.sections, section{key, n.done(), entries})
}

// unknowns are the sections that every summary has to have and of which a food
// diary knows nothing. That is not to say that there is nothing.
func (d *draft) unknowns() error {
	for _, s := range [][2]string{{"problems", "problems"}, {"allergies", "allergies or intolerances"}, {"medications", "medications"}} {
		var n narrative
		n.paragraph("No information about " + s[1] + " is available: the source is a food diary. The person may have some.")
		d.add(s[0], &n, nil)
	}
	return nil
}

// measurements adds a section of the latest measurements of some categories,
// if there are any.
func (d *draft) measurements(key string, categories ...string) error {
	var some []record.Record
	for _, r := range d.overview.Latest {
		for _, c := range categories {
			if vitals()[r.Biometric.Metric][0].category == c {
				some = append(some, r)
			}
		}
	}
	if len(some) == 0 {
		return nil
	}
	refs, err := d.list(some...)
	if err != nil {
		return err
	}
	var n narrative
	n.paragraph("The latest of each, as the person or a device of theirs logged it.")
	n.table(measurementHeadings, MeasurementRows(some))
	d.add(key, &n, refs)
	return nil
}

var measurementHeadings = []string{"Measurement", "Value", "When", "App or device"}

// MeasurementRows are measurements in words: name, value, when, app or device.
func MeasurementRows(records []record.Record) [][]string {
	var rows [][]string
	for i := range records {
		r := &records[i]
		b, _ := vocab.BiometricByKey(r.Biometric.Metric)
		when := string(r.Day)
		if r.Time != "" {
			when += " " + string(r.Time)
		}
		rows = append(rows, []string{b.Name, measuredText(r.Biometric), when, r.Biometric.Device})
	}
	return rows
}

// measuredText writes a value with its unit: "121/79 mmHg".
func measuredText(b *record.Biometric) string {
	if p := b.BloodPressure; p != nil {
		return string(p.Systolic.Value) + "/" + amountText(p.Diastolic)
	}
	if b.Quantity != nil {
		return amountText(*b.Quantity)
	}
	return b.Text
}

func (d *draft) vitalSigns() error { return d.measurements("vital_signs", "vital-signs") }

func (d *draft) results() error { return d.measurements("results", "laboratory", "exam") }
