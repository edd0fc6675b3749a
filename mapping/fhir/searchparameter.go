package fhir

import (
	"strings"

	"nutrigate/mapping"
)

// A SearchParameter is a parameter that the server knows.
type SearchParameter struct {
	ID, Base, Name string
	Kind           string   // token, date, …
	Expression     string   // what it looks at, as FHIRPath; may be empty
	Targets        []string // of a reference; "*" is any type
	Of             string   // the canonical address of the definition that it follows
}

// EncodeSearchParameter returns the definition of a parameter: HL7's own, which
// it is derived from, as far as it is followed.
func EncodeSearchParameter(p SearchParameter) mapping.Document {
	targets := p.Targets
	if len(targets) == 1 && targets[0] == "*" {
		targets = nil
	}
	return published("SearchParameter", p.ID, struct {
		ResourceType string   `json:"resourceType"`
		ID           string   `json:"id"`
		URL          string   `json:"url"`
		Version      string   `json:"version"`
		Name         string   `json:"name"`
		DerivedFrom  string   `json:"derivedFrom,omitempty"`
		Status       string   `json:"status"`
		Publisher    string   `json:"publisher"`
		Description  string   `json:"description"`
		Code         string   `json:"code"`
		Base         []string `json:"base"`
		Type         string   `json:"type"`
		Expression   string   `json:"expression,omitempty"`
		Target       []string `json:"target,omitempty"`
	}{
		"SearchParameter", p.ID, canonical + "SearchParameter/" + p.ID, codeSystemVersion, parameterName(p), p.Of, "active", "Nutrigate",
		"The parameter " + p.Name + " of " + p.Base + ", as far as this server follows it.", p.Name,
		[]string{p.Base},
		p.Kind, p.Expression, targets,
	})
}

// parameterName makes a name that programs can use: ObservationComboCode.
func parameterName(p SearchParameter) string {
	return camel(p.Base + "-" + strings.TrimPrefix(p.Name, "_"))
}
