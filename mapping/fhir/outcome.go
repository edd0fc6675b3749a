package fhir

import (
	"nutrigate/mapping"
)

// An OutcomeIssue is one thing that a reader is told.
type OutcomeIssue struct {
	Severity    string   `json:"severity"` // fatal, error, warning, information
	Code        string   `json:"code"`     // http://hl7.org/fhir/R4/valueset-issue-type.html
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"` // a FHIRPath in the resource
	Location    []string `json:"location,omitempty"`   // any other place: "http.date" is the parameter date
}

// OperationOutcome returns the resource that carries issues. Without any it
// says that all is well, since the resource has at least one.
func OperationOutcome(issues []OutcomeIssue) []byte {
	if len(issues) == 0 {
		issues = []OutcomeIssue{{Severity: "information", Code: "informational", Diagnostics: "All OK"}}
	}
	doc, err := marshal(struct {
		ResourceType string         `json:"resourceType"`
		Issue        []OutcomeIssue `json:"issue"`
	}{"OperationOutcome", issues})
	if err != nil { // strings always encode
		return []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`)
	}
	return doc
}

// FromIssues tells a reader what a mapping could not carry, had to assume or
// did not know.
func FromIssues(issues []mapping.Issue) []OutcomeIssue {
	all := make([]OutcomeIssue, len(issues))
	for i, issue := range issues {
		all[i] = OutcomeIssue{
			Severity: "information", Code: "informational",
			Diagnostics: string(issue.Sort) + ": " + issue.Path + ": " + issue.Reason,
		}
	}
	return all
}
