package fhir

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
)

//go:embed operations.csv
var operationsCSV []byte

//go:embed parameters.csv
var parametersCSV []byte

// An operationDefinition is our own type: the library's writes enumerations of
// resource types, of which there is none for every type.
type operationDefinition struct {
	ResourceType string               `json:"resourceType"`
	ID           string               `json:"id"`
	Text         *fhir.Narrative      `json:"text"`
	URL          string               `json:"url"`
	Version      string               `json:"version"`
	Name         string               `json:"name"`
	Title        string               `json:"title"`
	Status       string               `json:"status"`
	Kind         string               `json:"kind"`
	Publisher    string               `json:"publisher"`
	Description  string               `json:"description"`
	AffectsState bool                 `json:"affectsState"`
	Code         string               `json:"code"`
	Base         string               `json:"base"`
	Resource     []string             `json:"resource,omitempty"`
	System       bool                 `json:"system"`
	Type         bool                 `json:"type"`
	Instance     bool                 `json:"instance"`
	Parameter    []operationParameter `json:"parameter"`
}

// operationParameter is a parameter, in or out.
type operationParameter struct {
	Name          string `json:"name"`
	Use           string `json:"use"`
	Min           int    `json:"min"`
	Max           string `json:"max"`
	Documentation string `json:"documentation"`
	Type          string `json:"type"`
}

// OperationDefinitions returns the definitions of the operations that the
// server knows, with the parameters that it takes of them.
func OperationDefinitions() []mapping.Document { return operationDefinitions() }

var operationDefinitions = sync.OnceValue(func() []mapping.Document {
	params := map[string][]operationParameter{}
	for _, c := range read("parameters.csv", parametersCSV, "operation,name,use,min,max,type,documentation,source") {
		least, _ := strconv.Atoi(c[3]) // the test reads every row
		params[c[0]] = append(params[c[0]], operationParameter{Name: c[1], Use: c[2], Min: least, Max: c[4], Type: c[5], Documentation: c[6]})
	}
	var all []mapping.Document
	for _, c := range read("operations.csv", operationsCSV, "id,code,base,resource,system,type,instance,title,description,source") {
		d := operationDefinition{
			ResourceType: "OperationDefinition", ID: c[0], Text: said(c[8]), URL: canonical + "OperationDefinition/" + c[0], Version: codeSystemVersion,
			Name: camel(c[0]), Title: c[7], Status: "active", Kind: "operation", Publisher: "Nutrigate", Description: c[8],
			Code: c[1], Base: c[2], Resource: strings.Fields(c[3]),
			System: c[4] != "", Type: c[5] != "", Instance: c[6] != "", Parameter: params[c[0]],
		}
		all = append(all, published("OperationDefinition", d.ID, d))
	}
	return all
})

// An Operation is what the server needs to know of one that it is to do.
type Operation struct {
	Code string // without the dollar
	// Base is HL7's definition, to which ours conforms.
	Base string
	// Resources are the types that it is for; Resource stands for every one.
	Resources              []string
	System, Type, Instance bool
	In                     []OperationInput
}

// An OperationInput is a parameter that an operation takes.
type OperationInput struct{ Name, Documentation string }

// OperationOf returns an operation of the table by its id.
func OperationOf(id string) (Operation, bool) {
	for _, doc := range operationDefinitions() {
		var d operationDefinition
		if doc.ID != id || json.Unmarshal(doc.Body, &d) != nil {
			continue
		}
		o := Operation{Code: d.Code, Base: d.Base, Resources: d.Resource, System: d.System, Type: d.Type, Instance: d.Instance}
		for _, p := range d.Parameter {
			if p.Use == "in" {
				o.In = append(o.In, OperationInput{p.Name, p.Documentation})
			}
		}
		return o, true
	}
	return Operation{}, false
}

// camel makes a name that programs can use of an id: "Patient-everything" is
// PatientEverything (R4, OperationDefinition, opd-0).
func camel(id string) string {
	var name strings.Builder
	for part := range strings.SplitSeq(id, "-") {
		name.WriteRune(unicode.ToUpper(rune(part[0])))
		name.WriteString(part[1:])
	}
	return name.String()
}

// Fixed returns the documents that are the same for everybody: code systems,
// value sets, definitions of operations and the Device of the gateway.
func Fixed(version string) ([]mapping.Document, error) {
	gateway, err := EncodeGateway(version)
	if err != nil {
		return nil, err
	}
	all := append([]mapping.Document{gateway}, CodeSystems()...)
	return append(append(all, ValueSets()...), OperationDefinitions()...), nil
}
