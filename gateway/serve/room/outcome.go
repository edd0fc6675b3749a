package room

import (
	"github.com/google/uuid"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// Outcome returns the entry of a Bundle that tells what a mapping reports.
// Every entry has an address (R4, bundle.html#bundle-unique); an outcome, which
// is stored nowhere, has one made of what it says.
func Outcome(issues []mapping.Issue, mode string) fhir.Entry {
	resource := fhir.OperationOutcome(fhir.FromIssues(issues))
	return fhir.Entry{FullURL: uuid.NewSHA1(uuid.NameSpaceOID, resource).URN(), Resource: resource, Mode: mode}
}
