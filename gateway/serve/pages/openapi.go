package pages

import (
	"net/http"
	"slices"
	"strings"

	"nutrigate/gateway/serve/room"
)

// The parts of an OpenAPI 3.0.3 document that we use (https://spec.openapis.org/oas/v3.0.3).
type (
	document struct {
		OpenAPI    string                          `json:"openapi"`
		Info       info                            `json:"info"`
		Paths      map[string]map[string]operation `json:"paths"`
		Components components                      `json:"components"`
	}
	info struct {
		Title       string  `json:"title"`
		Description string  `json:"description"`
		Version     string  `json:"version"`
		License     license `json:"license"`
	}
	license struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	operation struct {
		Summary     string                `json:"summary"`
		Tags        []string              `json:"tags"`
		Parameters  []parameter           `json:"parameters,omitempty"`
		RequestBody *body                 `json:"requestBody,omitempty"`
		Responses   map[string]response   `json:"responses"`
		Security    []map[string][]string `json:"security"`
	}
	parameter struct {
		Name        string `json:"name"`
		In          string `json:"in"`
		Description string `json:"description,omitempty"`
		Required    bool   `json:"required,omitempty"`
		Example     string `json:"example,omitempty"`
		Schema      schema `json:"schema"`
	}
	schema struct {
		Type   string   `json:"type,omitempty"`
		Format string   `json:"format,omitempty"`
		Enum   []string `json:"enum,omitempty"`
	}
	body struct {
		Required bool                 `json:"required"`
		Content  map[string]mediaType `json:"content"`
	}
	response struct {
		Description string               `json:"description"`
		Content     map[string]mediaType `json:"content,omitempty"`
	}
	mediaType struct {
		Schema schema `json:"schema"`
	}
	components struct {
		SecuritySchemes map[string]scheme `json:"securitySchemes"`
	}
	scheme struct {
		Type   string `json:"type"`
		In     string `json:"in,omitempty"`
		Name   string `json:"name,omitempty"`
		Scheme string `json:"scheme,omitempty"`
	}
)

// describe makes the API's description from the routes themselves.
func describe(routes []room.Route, version string) document {
	if version == "" {
		version = "unknown"
	}
	d := document{
		OpenAPI: "3.0.3",
		Info: info{
			Title:       "Nutrigate",
			Description: "What people log in their food diary, as Terra JSON, FHIR R4 or FIT. Everything below /v2 is also there below /api/v2.",
			Version:     version,
			License:     license{"Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		Paths: map[string]map[string]operation{},
		Components: components{map[string]scheme{
			"devId":    {Type: "apiKey", In: "header", Name: "dev-id"},
			"apiKey":   {Type: "apiKey", In: "header", Name: "x-api-key"},
			"operator": {Type: "http", Scheme: "bearer"},
		}},
	}
	for _, r := range routes {
		if d.Paths[r.Path] == nil {
			d.Paths[r.Path] = map[string]operation{}
		}
		d.Paths[r.Path][strings.ToLower(r.Method)] = operationOf(r)
	}
	return d
}

func operationOf(r room.Route) operation {
	o := operation{
		Summary: r.Summary, Tags: []string{tag(r.Path)}, Responses: responsesOf(r),
		Security: []map[string][]string{{"devId": {}, "apiKey": {}}},
	}
	switch {
	case r.Public:
		o.Security = []map[string][]string{}
	case r.Operator:
		o.Security = []map[string][]string{{"operator": {}}}
	}
	for _, p := range r.Params {
		o.Parameters = append(o.Parameters, parameterOf(r.Path, p))
	}
	if len(r.Takes) > 0 {
		o.RequestBody = &body{Required: true, Content: takenOf(r.Takes)}
	}
	return o
}

func parameterOf(path string, p room.Param) parameter {
	in := "query"
	if strings.Contains(path, "{"+p.Name+"}") {
		in = "path"
	}
	return parameter{
		Name: p.Name, In: in, Description: p.Summary, Required: p.Required, Example: p.Example,
		Schema: schema{Type: "string", Enum: p.Values},
	}
}

// responsesOf lists what every route may answer with. Errors are described
// once, by what they all have in common.
func responsesOf(r room.Route) map[string]response {
	failure := "application/problem+json"
	if slices.Contains(r.Gives, "application/fhir+json") && strings.HasPrefix(r.Path, "/fhir") {
		failure = "application/fhir+json"
	}
	all := map[string]response{
		"200":     {Description: "The answer", Content: contentOf(r.Gives, schema{})},
		"default": {Description: "An error: a problem document, or an OperationOutcome below /fhir", Content: contentOf([]string{failure}, schema{Type: "object"})},
	}
	if r.Method == http.MethodGet {
		all["304"] = response{Description: "The client has it already: If-None-Match names its entity tag"}
	}
	return all
}

// takenOf describes a body: JSON, or the bytes of files.
func takenOf(mediaTypes []string) map[string]mediaType {
	if slices.Contains(mediaTypes, "application/json") {
		return contentOf(mediaTypes, schema{})
	}
	return contentOf(mediaTypes, schema{Type: "string", Format: "binary"})
}

func contentOf(mediaTypes []string, s schema) map[string]mediaType {
	all := map[string]mediaType{}
	for _, t := range mediaTypes {
		all[t] = mediaType{s}
	}
	return all
}

// tag groups routes by their room.
func tag(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "v2":
		switch second, _, _ := strings.Cut(rest, "/"); second {
		case "endpoints", "deliveries":
			return "Webhooks"
		case "connections", "push":
			return "Connecting"
		}
		return "Terra"
	case "api", "widget":
		return "Terra"
	case "connect":
		return "Connecting"
	case "fhir":
		return "FHIR"
	}
	return "Operation"
}
