package terra

import (
	"archive/zip"
	"bytes"
	"fmt"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fit"
	"nutrigate/mapping/terra"
)

// An Offer is one format in which the data routes answer.
type Offer struct {
	// MediaTypes are what a client asks for it by, the main one first.
	MediaTypes []string
	Format     represent.Format
	// Sampled is Format for whoever asks for samples; without one, Format is.
	Sampled *represent.Format
	// PerRecord says that the format's documents are functions of one record
	// each; otherwise they are functions of a day.
	PerRecord bool
	// MaxBytes is how long the documents of one answer may be together where
	// PerRecord; 0: of any length.
	MaxBytes int
	// Types has, for each data type of the API that the format can show, the
	// format's own document types that belong to it.
	Types map[string][]string
	// Pack makes one answer of the documents.
	Pack func(Collection) (*represent.Page, error)
}

// A Collection is what an answer is made of.
type Collection struct {
	Type      string
	MediaType string // the one that was chosen
	User      store.User
	// Base is the address of the FHIR server on which the records are too.
	Base      string
	Documents []mapping.Document
	Issues    []mapping.Issue
	// Single says that one record was asked for, and not what a range of days has.
	Single bool
}

// sampled returns the offer as it is with samples, if they were asked for.
func (o Offer) sampled(samples bool) Offer {
	if samples && o.Sampled != nil {
		o.Format = *o.Sampled
	}
	return o
}

const (
	fitMediaType = "application/vnd.ant.fit"
	zipMediaType = "application/zip"
)

// Offers returns the formats that the gateway knows, the default first. f says
// how FHIR's is.
func Offers(f mapping.Format) []Offer {
	observations := []string{"Observation"}
	return []Offer{
		{
			MediaTypes: []string{terra.MediaType},
			Format:     represent.Format{Name: "terra", Format: terra.Format{}},
			Sampled:    &represent.Format{Name: "terra samples", Format: terra.Format{Samples: true}},
			Types: map[string][]string{
				"nutrition": {"nutrition"}, "body": {"body"}, "activity": {"activity"},
				"daily": {"daily"}, "sleep": {"sleep"}, "menstruation": nil,
			},
			Pack: packTerra,
		},
		{
			MediaTypes: []string{fhir.MediaType},
			Format:     represent.Format{Name: "fhir", Format: f},
			PerRecord:  true,
			MaxBytes:   128 << 20, // more than a year of all nutrients of all food
			Types: map[string][]string{
				"nutrition": observations, "body": observations, "activity": observations,
				"daily": observations, "sleep": observations, "menstruation": nil,
			},
			Pack: packFHIR,
		},
		{
			MediaTypes: []string{fitMediaType, zipMediaType},
			Format:     represent.Format{Name: "fit", Format: fit.Format{}},
			Types:      map[string][]string{"activity": {"activity"}, "body": {"weight", "blood_pressure"}},
			Pack:       packFIT,
		},
	}
}

// packTerra is the API's envelope, also around a single record: clients read
// "data" whatever they asked for.
func packTerra(c Collection) (*represent.Page, error) {
	bodies := make([][]byte, len(c.Documents))
	for i := range c.Documents {
		bodies[i] = c.Documents[i].Body
	}
	body := terra.Envelope(c.Type, terra.EncodeUser(terraUser(c.User)), bodies)
	return represent.NewPage(terra.MediaType, body, warning(c.Issues)...), nil
}

// packFHIR is a Bundle of type collection, with the Patient that the resources
// refer to, or one resource by itself. What the mapping reports stands in the
// Bundle as an OperationOutcome.
func packFHIR(c Collection) (*represent.Page, error) {
	if c.Single && len(c.Documents) == 1 {
		return represent.NewPage(fhir.MediaType, c.Documents[0].Body, warning(c.Issues)...), nil
	}
	entries := make([]fhir.Entry, 0, len(c.Documents)+2)
	if len(c.Documents) > 0 {
		patient, err := patientEntry(c.User, c.Base)
		if err != nil {
			return nil, err
		}
		entries = append(entries, patient)
	}
	for i := range c.Documents {
		d := &c.Documents[i]
		entries = append(entries, fhir.Entry{FullURL: c.Base + "/" + d.Type + "/" + d.ID, Resource: d.Body})
	}
	if len(c.Issues) > 0 {
		entries = append(entries, room.Outcome(c.Issues, ""))
	}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("collection", entries, nil, -1), warning(c.Issues)...), nil
}

func patientEntry(u store.User, base string) (fhir.Entry, error) {
	d, err := fhir.EncodePatient(fhir.Patient{ID: u.ID, Active: u.Active, Version: u.Version, Updated: u.Updated})
	return fhir.Entry{FullURL: base + "/Patient/" + u.ID, Resource: d.Body}, err
}

// packFIT is the file if there is one, and an archive otherwise or where an
// archive was asked for: FIT has no form for several activities on several days.
func packFIT(c Collection) (*represent.Page, error) {
	fields := warning(c.Issues)
	if len(c.Documents) == 1 && c.MediaType != zipMediaType {
		return represent.NewPage(fitMediaType, c.Documents[0].Body, append(fields, attachment(fit.FileName(c.Documents[0])))...), nil
	}
	body, err := archive(c.Documents)
	if err != nil {
		return nil, err
	}
	return represent.NewPage(zipMediaType, body, append(fields, attachment(c.Type+".zip"))...), nil
}

func attachment(name string) [2]string {
	return [2]string{"Content-Disposition", fmt.Sprintf("attachment; filename=%q", name)}
}

// archive puts the files into a ZIP without times, so that the same files make
// the same bytes.
func archive(docs []mapping.Document) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range docs {
		w, err := z.Create(fit.FileName(docs[i]))
		if err != nil {
			return nil, fmt.Errorf("archive FIT files: %w", err)
		}
		if _, err := w.Write(docs[i].Body); err != nil {
			return nil, fmt.Errorf("archive FIT files: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("archive FIT files: %w", err)
	}
	return b.Bytes(), nil
}
