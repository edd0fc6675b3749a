package fhir

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
)

// Systems of codes of an AuditEvent (R4, auditevent.html).
const (
	systemAuditType   = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	systemInteraction = "http://hl7.org/fhir/restful-interaction"
	systemDICOM       = "http://dicom.nema.org/resources/ontology/DCM"
	systemEntityType  = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	systemObjectRole  = "http://terminology.hl7.org/CodeSystem/object-role"
	systemSourceType  = "http://terminology.hl7.org/CodeSystem/security-source-type"
)

// SystemClient is that of the identifiers of who asks: dev-ids, and ids of
// SMART clients.
const SystemClient = "https://nutrigate.dev/fhir/NamingSystem/client"

// An Outcome says how a request ended.
type Outcome string

// The outcomes (R4 value set audit-event-outcome).
const (
	Succeeded Outcome = "0"
	Refused   Outcome = "4" // the client's fault
	Failed    Outcome = "8" // the gateway's
)

// An Access is one request for somebody's data, or for a token.
type Access struct {
	ID string
	At time.Time
	// Interaction is the RESTful one (read, vread, search-type, history-instance,
	// operation, batch, …); empty: a client signed in.
	Interaction string
	Client      string // who asked; empty: nobody that is known
	Address     string // the address on the network; may be empty
	Patient     string // whose data; empty: of several people, or nobody
	Resource    string // relative to the base: Observation/1; may be empty
	Query       string // as it was asked: Observation?code=…; may be empty
	Outcome     Outcome
	// Reason says why it did not succeed, without any value of a person.
	Reason string
}

type auditEvent struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherAuditEvent
}

// EncodeAuditEvent returns the AuditEvent of an access, in the pattern of IHE's
// Basic Audit Log Patterns: the person is an entity of its own.
func EncodeAuditEvent(a Access) (mapping.Document, error) {
	e := &fhir.OtherAuditEvent{
		Id: text(a.ID), Meta: metaOf(1, a.At), Text: said(inWords(a)), Recorded: instant(a.At),
		Outcome: outcomeOf(a.Outcome), OutcomeDesc: text(a.Reason),
		Agent:  []fhir.AuditEventAgent{asking(a)},
		Source: fhir.AuditEventSource{Observer: gatewayReference(), Type: []fhir.Coding{coding(systemSourceType, "4", "Application Server")}},
		Entity: entities(a),
	}
	e.Type, e.Subtype, e.Action = classified(a)
	body, err := marshal(auditEvent{"AuditEvent", e})
	if err != nil {
		return mapping.Document{}, fmt.Errorf("encode audit event: %w", err)
	}
	return mapping.Document{Type: "AuditEvent", ID: a.ID, MediaType: MediaType, Body: body}, nil
}

// classified returns the type, the subtype and the action. What reads is R,
// what runs a query or an operation E (R4 value set audit-event-action).
func classified(a Access) (fhir.Coding, []fhir.Coding, *fhir.AuditEventAction) {
	action := fhir.AuditEventActionE
	if a.Interaction == "" {
		return coding(systemDICOM, "110114", "User Authentication"), []fhir.Coding{coding(systemDICOM, "110122", "Login")}, &action
	}
	if strings.Contains(a.Interaction, "read") || strings.HasPrefix(a.Interaction, "history") {
		action = fhir.AuditEventActionR
	}
	return coding(systemAuditType, "rest", "RESTful Operation"), []fhir.Coding{coding(systemInteraction, a.Interaction, a.Interaction)}, &action
}

// inWords says who asked for what; whose it is, the reference says.
func inWords(a Access) string {
	who, what := cmp.Or(a.Client, "somebody unknown"), "asked to sign in"
	if a.Interaction != "" {
		what = "asked for " + strings.TrimSpace(a.Interaction+" "+a.Resource)
	}
	return who + " " + what + "."
}

func outcomeOf(o Outcome) *fhir.AuditEventOutcome {
	code := fhir.AuditEventOutcome8
	switch o {
	case Succeeded:
		code = fhir.AuditEventOutcome0
	case Refused:
		code = fhir.AuditEventOutcome4
	case Failed:
	}
	return &code
}

func asking(a Access) fhir.AuditEventAgent {
	agent := fhir.AuditEventAgent{
		Type: &fhir.CodeableConcept{Coding: []fhir.Coding{coding(systemDICOM, "110153", "Source Role ID")}}, Requestor: true,
	}
	if a.Client == "" {
		agent.Who = &fhir.Reference{Display: text("unknown")}
	} else {
		system := SystemClient
		agent.Who = &fhir.Reference{Identifier: &fhir.Identifier{System: &system, Value: &a.Client}}
	}
	if a.Address != "" {
		ip := fhir.AuditEventAgentNetworkType2
		agent.Network = &fhir.AuditEventAgentNetwork{Address: &a.Address, Type: &ip}
	}
	return agent
}

// entities are the person, the resource and the query, as far as there are any.
func entities(a Access) []fhir.AuditEventEntity {
	var all []fhir.AuditEventEntity
	add := func(what *fhir.Reference, query *string, typ, typeName, role, roleName string) {
		kind, part := coding(systemEntityType, typ, typeName), coding(systemObjectRole, role, roleName)
		all = append(all, fhir.AuditEventEntity{What: what, Query: query, Type: &kind, Role: &part})
	}
	if a.Patient != "" {
		person := reference("Patient/" + a.Patient)
		add(&person, nil, "1", "Person", "1", "Patient")
	}
	if a.Resource != "" && a.Resource != "Patient/"+a.Patient {
		asked := reference(a.Resource)
		add(&asked, nil, "2", "System Object", "4", "Domain Resource")
	}
	if a.Query != "" {
		add(nil, text(base64.StdEncoding.EncodeToString([]byte(a.Query))), "2", "System Object", "24", "Query")
	}
	return all
}
