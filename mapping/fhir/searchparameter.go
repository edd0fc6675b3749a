package fhir

import (
	"strings"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
)

// A SearchParameter is a parameter that the server knows.
type SearchParameter struct {
	ID, Base, Name string
	Kind           string   // token, date, …
	Expression     string   // what it looks at, as FHIRPath
	Targets        []string // of a reference; "*" is any type
	Of             string   // the canonical address of the definition that it follows
	Parts          []SearchPart
}

// A SearchPart is one of the parameters that a composite one is made of.
type SearchPart struct {
	ID         string // of its SearchParameter
	Expression string // within what the composite one looks at
}

type (
	searchParameter struct {
		ResourceType string          `json:"resourceType"`
		ID           string          `json:"id"`
		Text         *fhir.Narrative `json:"text"`
		URL          string          `json:"url"`
		Version      string          `json:"version"`
		Name         string          `json:"name"`
		Status       string          `json:"status"`
		Publisher    string          `json:"publisher"`
		Description  string          `json:"description"`
		Code         string          `json:"code"`
		Base         []string        `json:"base"`
		Type         string          `json:"type"`
		Expression   string          `json:"expression"`
		Target       []string        `json:"target,omitempty"`
		Component    []searchPart    `json:"component,omitempty"`
	}
	searchPart struct {
		Definition string `json:"definition"`
		Expression string `json:"expression"`
	}
)

// EncodeSearchParameter returns the definition of a parameter as the server
// follows it: it looks at what ours can have, where HL7's looks at more.
func EncodeSearchParameter(p SearchParameter) mapping.Document {
	description := "The parameter " + p.Name + " of " + p.Base + ", after " + p.Of + "."
	d := searchParameter{
		ResourceType: "SearchParameter", ID: p.ID, Text: said(description),
		URL: searchParameterURL(p.ID), Version: codeSystemVersion, Name: camel(p.Base + "-" + strings.TrimPrefix(p.Name, "_")),
		Status: "active", Publisher: "Nutrigate", Description: description,
		Code: p.Name, Base: []string{p.Base}, Type: p.Kind, Expression: p.Expression, Target: p.Targets,
	}
	if len(p.Targets) == 1 && p.Targets[0] == "*" {
		d.Target = nil
	}
	for _, part := range p.Parts {
		d.Component = append(d.Component, searchPart{searchParameterURL(part.ID), part.Expression})
	}
	return published("SearchParameter", p.ID, d)
}

func searchParameterURL(id string) string { return canonical + "SearchParameter/" + id }
