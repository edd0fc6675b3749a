package fhir

import (
	"fmt"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
)

// A Patient is a person as the gateway knows one: an id and nothing that names
// the person. The source tells neither name nor date of birth.
type Patient struct {
	ID      string
	Active  bool
	Version int
	Updated time.Time
}

// EncodePatient returns the person's Patient resource.
func EncodePatient(p Patient) (mapping.Document, error) {
	system := SystemPatient
	body, err := marshal(patient{"Patient", &fhir.OtherPatient{
		Id: text(p.ID), Meta: metaOf(p.Version, p.Updated),
		Identifier: []fhir.Identifier{{System: &system, Value: text(p.ID)}},
		Active:     &p.Active,
	}})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("encode patient: %w", err)
	}
	return mapping.Document{Type: "Patient", ID: p.ID, MediaType: MediaType, Body: body}, nil
}
