package fhir

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Systems of codes that say who did what (R4, provenance.html).
const (
	systemParticipant = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
	systemOperation   = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
	systemURI         = "urn:ietf:rfc:3986"
)

type provenance struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherProvenance
}

// ProvenanceID returns the id of the Provenance of one version of a record.
func ProvenanceID(record string, version int) string {
	return record + "." + strconv.Itoa(version)
}

// ProvenanceOf returns the record and version of which id is the Provenance.
func ProvenanceOf(id string) (record string, version int, ok bool) {
	record, number, _ := strings.Cut(id, ".")
	version, err := strconv.Atoi(number)
	return record, version, err == nil && version > 0 && number == strconv.Itoa(version)
}

// EncodeProvenance says where one version of a record comes from: the person
// logged it, the gateway read it in a line of a document that it keeps, and
// made the resource of it. It is a function of that version alone.
func EncodeProvenance(who record.Subject, r *record.Record) (mapping.Document, error) {
	id := ProvenanceID(r.ID, r.Version)
	target := TypeOf(r.Kind) + "/" + r.ID + "/_history/" + strconv.Itoa(r.Version)
	p := &fhir.OtherProvenance{
		Id: &id, Meta: metaOf(1, r.Updated), Text: said(whence(r)),
		Target:   []fhir.Reference{reference(target)},
		Recorded: instant(r.Updated),
		Activity: operation(r),
		Agent: []fhir.ProvenanceAgent{
			{Type: participant("author", "Author"), Who: reference("Patient/" + who.ID)},
			{Type: participant("assembler", "Assembler"), Who: gatewayReference()},
		},
	}
	if what, ok := rawDocument(r.Origin); ok {
		p.Entity = []fhir.ProvenanceEntity{{Role: fhir.ProvenanceEntityRoleSource, What: what}}
	}
	body, err := marshal(provenance{"Provenance", p})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("encode provenance of record %s: %w", r.ID, err)
	}
	return mapping.Document{Type: "Provenance", ID: id, Day: r.Day, MediaType: MediaType, Body: body, Records: []string{r.ID}}, nil
}

// Provenances is the format of the Provenance of each record: one for its
// version.
type Provenances struct{ Format }

// Encode returns the Provenance of each record that has a resource.
func (p Provenances) Encode(who record.Subject, records []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	docs := make([]mapping.Document, 0, len(records))
	for i := range records {
		if !p.Emits(records[i].Kind, records[i].Metric()) {
			continue
		}
		doc, err := EncodeProvenance(who, &records[i])
		if err != nil {
			return nil, nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil, nil
}

// TypeOf returns the type of the resource that a record of a kind becomes.
func TypeOf(k record.Kind) string {
	switch k {
	case record.KindTarget:
		return "Goal"
	case record.KindPlan:
		return "NutritionOrder"
	}
	return "Observation"
}

// whence says in words where a version comes from.
func whence(r *record.Record) string {
	said := "Logged by the person; put together by Nutrigate"
	if r.Origin.Line > 0 {
		said += " from line " + strconv.Itoa(r.Origin.Line) + " of a document of the source"
	}
	return said + "."
}

func participant(code, display string) *fhir.CodeableConcept {
	c := concept("", coding(systemParticipant, code, display))
	return &c
}

// operation says whether the version is the first, a later one or the last.
func operation(r *record.Record) *fhir.CodeableConcept {
	code, display := "UPDATE", "revise"
	switch {
	case r.Deleted:
		code, display = "DELETE", "delete"
	case r.Version <= 1:
		code, display = "CREATE", "create"
	}
	c := concept("", coding(systemOperation, code, display))
	return &c
}

// rawDocument names the document in which a record was read by its hash, as a
// URI (RFC 6920 section 3); the line is for people. Without a store documents
// have file names, which are nobody else's business.
func rawDocument(o record.Origin) (fhir.Reference, bool) {
	hash, err := hex.DecodeString(o.Document)
	if err != nil || len(hash) != 32 {
		return fhir.Reference{}, false
	}
	system := systemURI
	name := "ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(hash)
	what := fhir.Reference{Identifier: &fhir.Identifier{System: &system, Value: &name}, Display: text("Document of the source")}
	if o.Line > 0 {
		what.Display = text("Document of the source, line " + strconv.Itoa(o.Line))
	}
	return what, true
}
