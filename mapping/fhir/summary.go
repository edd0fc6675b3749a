package fhir

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"nutrigate/mapping"
	"nutrigate/mapping/digest"
	"nutrigate/mapping/record"
)

// A Summary is what a patient summary is made of.
type Summary struct {
	Patient Patient
	// State is that of everything of the person.
	State State
	// Records are the person's: the last measurements, the day summaries and
	// totals of the last LongSpan days at least, targets and plan.
	Records []record.Record
	Version string // the gateway's
}

// EncodeComposition returns the Composition of a person's summary. It is a
// function of the records alone: its spans end with the last day logged.
func (f Format) EncodeComposition(s Summary) (mapping.Document, error) {
	d, err := f.draft(s)
	if err != nil {
		return mapping.Document{}, err
	}
	return d.composition()
}

// EncodeSummary returns the document that has the Composition and all that it
// refers to (R4, documents.html), in the form of an International Patient
// Summary (IPS 2.0). base is the address of the FHIR server, and at is when the
// document is put together.
func (f Format) EncodeSummary(s Summary, base string, at time.Time) (mapping.Document, []mapping.Issue, error) {
	d, err := f.draft(s)
	if err != nil {
		return mapping.Document{}, nil, err
	}
	composition, err := d.composition()
	if err != nil {
		return mapping.Document{}, nil, err
	}
	person, err := EncodePatient(s.Patient)
	if err != nil {
		return mapping.Document{}, nil, err
	}
	gateway, err := EncodeGateway(s.Version)
	if err != nil {
		return mapping.Document{}, nil, err
	}
	docs := append([]mapping.Document{composition, person, gateway}, d.listed...)
	entries := make([]Entry, len(docs))
	for i := range docs {
		entries[i] = Entry{FullURL: base + "/" + docs[i].Type + "/" + docs[i].ID, Resource: docs[i].Body}
	}
	id := documentID(composition.ID, s.State, at)
	return mapping.Document{Type: "Bundle", ID: id, MediaType: MediaType, Body: documentBundle(id, at, entries)}, d.issues, nil
}

// documentID names one document: another is one of another state, or made at
// another time (R4, documents.html: no two have the same identifier).
func documentID(composition string, s State, at time.Time) string {
	name := canonical + "Composition/" + composition + "|" + strconv.Itoa(s.Version) + "|" + instant(at)
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}

// documentBundle is a Bundle of the type document, which has an identifier and
// a time (R4, bundle.html, bdl-9 and bdl-10).
func documentBundle(id string, at time.Time, entries []Entry) []byte {
	b := []byte(`{"resourceType":"Bundle","id":`)
	b = appendJSON(b, id)
	b = appendJSON(append(b, `,"identifier":{"system":"`+systemURI+`","value":`...), "urn:uuid:"+id)
	b = appendJSON(append(b, `},"type":"document","timestamp":`...), instant(at))
	return append(appendEntries(b, entries), '}')
}

// A draft is the work on one summary.
type draft struct {
	Format
	of       Summary
	overview digest.Overview
	listed   []mapping.Document // what the sections refer to, each once
	issues   []mapping.Issue
	sections []section
}

func (f Format) draft(s Summary) (*draft, error) {
	d := &draft{Format: f, of: s, overview: digest.Overall(s.Records)}
	for _, write := range []func() error{
		d.unknowns, d.vitalSigns, d.results, d.socialHistory, d.planOfCare, d.diet,
	} {
		if err := write(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// list takes records among those that the summary refers to, and returns their
// references. Those that are not emitted have none.
func (d *draft) list(records ...record.Record) ([]string, error) {
	docs, issues, err := mapping.Checked(d.Format, record.Subject{ID: d.of.Patient.ID}, records)
	if err != nil {
		return nil, fmt.Errorf("encode what the summary refers to: %w", err)
	}
	var refs []string
	for _, doc := range docs {
		refs = append(refs, doc.Type+"/"+doc.ID)
		if !d.has(doc.ID) {
			d.listed = append(d.listed, doc)
		}
	}
	d.issues = append(d.issues, issues...)
	return refs, nil
}

func (d *draft) has(id string) bool {
	for i := range d.listed {
		if d.listed[i].ID == id {
			return true
		}
	}
	return false
}
