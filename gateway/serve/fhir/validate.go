package fhir

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/schemas"
)

// maxFaults is how many faults of a resource are told.
const maxFaults = 200

// validate answers $validate: what is wrong with a resource, by the schema and
// the rules that everything which leaves us is checked by. It is not a
// validator of profiles and value sets, and says so where one is asked for. A
// bad resource is a good answer, with 200 (R4, resource-operation-validate.html).
func (m *Room) validate(r *http.Request, in input) (room.Answer, error) {
	resourceType, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/fhir/"), "/")
	t, ok := m.types.Type(resourceType)
	if !ok {
		return room.Answer{}, fault.New(fault.NotFound, "no type %s is served here", resourceType)
	}
	doc := in.resource
	if id := r.PathValue("id"); id != "" && doc == nil {
		found, err := m.readable(r, &t)
		if err != nil {
			return room.Answer{}, err
		}
		if found.Deleted {
			return room.Answer{Patient: found.Patient}, fault.New(fault.Gone, "the %s was deleted", t.Name)
		}
		if doc, err = found.Body(); err != nil {
			return room.Answer{}, err
		}
	}
	switch mode := in.Get("mode"); mode {
	case "", "create", "update", "profile":
	default:
		return room.Answer{}, fault.BadParam("mode", "mode: create, update or profile; nothing can be deleted here")
	}
	if doc == nil {
		return room.Answer{}, fault.BadParam("resource", "resource: post one, alone or in a Parameters resource")
	}
	issues := validated(resourceType, doc, in.Get("mode"))
	if profile := in.Get("profile"); profile != "" {
		issues = append(issues, fhir.OutcomeIssue{
			Severity: "warning", Code: "not-supported", Diagnostics: "the base definition of R4 was looked at, and not the profile",
		})
	}
	return room.Answer{Page: represent.NewPage(fhir.MediaType, fhir.OperationOutcome(issues))}, nil
}

// validated returns what is wrong with a resource.
func validated(resourceType string, doc []byte, mode string) []fhir.OutcomeIssue {
	var head struct{ ResourceType, ID string }
	if err := json.Unmarshal(doc, &head); err != nil {
		return []fhir.OutcomeIssue{{Severity: "fatal", Code: "structure", Diagnostics: "not a resource"}}
	}
	if head.ResourceType != resourceType {
		return []fhir.OutcomeIssue{{Severity: "error", Code: "invalid", Diagnostics: "not a " + resourceType, Expression: []string{"resourceType"}}}
	}
	var issues []fhir.OutcomeIssue
	if mode == "update" && head.ID == "" {
		issues = append(issues, fhir.OutcomeIssue{Severity: "error", Code: "required", Diagnostics: "an update has an id", Expression: []string{resourceType + ".id"}})
	}
	err := fhir.Format{}.Check(mapping.Document{Type: resourceType, ID: head.ID, Body: doc})
	var bad *schemas.Error
	switch {
	case errors.As(err, &bad):
		for i, f := range bad.Faults {
			if i == maxFaults {
				break
			}
			issues = append(issues, fhir.OutcomeIssue{
				Severity: "error", Code: issueCode(f.Rule), Diagnostics: f.Rule, Expression: []string{expression(resourceType, f.Path)},
			})
		}
	case err != nil:
		issues = append(issues, fhir.OutcomeIssue{Severity: "error", Code: "structure", Diagnostics: "it cannot be checked"})
	}
	return issues
}

// invariant is how rules of the specification are named: obs-7.
var invariant = regexp.MustCompile(`^[a-z]{2,4}-\d+`)

// issueCode is a fault's code of http://hl7.org/fhir/R4/valueset-issue-type.html.
func issueCode(rule string) string {
	switch {
	case strings.HasPrefix(rule, "missing"):
		return "required"
	case invariant.MatchString(rule):
		return "invariant"
	case strings.Contains(rule, "code"), strings.HasPrefix(rule, "pattern"), strings.HasPrefix(rule, "enum"):
		return "value"
	}
	return "structure"
}

// expression is a JSON pointer as FHIRPath has it: Observation.component[1].code.
func expression(resourceType, pointer string) string {
	var path strings.Builder
	path.WriteString(resourceType)
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch _, err := strconv.Atoi(part); {
		case part == "":
		case err == nil:
			path.WriteString("[" + part + "]")
		default:
			path.WriteString("." + part)
		}
	}
	return path.String()
}
