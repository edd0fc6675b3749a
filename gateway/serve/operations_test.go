package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/xml"
)

// posted is a resource that is posted, as JSON, or as XML where it is that.
func posted(url, body string) call {
	contentType := "application/fhir+json"
	if strings.HasPrefix(body, "<") {
		contentType = "application/fhir+xml; charset=utf-8"
	}
	return call{method: http.MethodPost, url: url, body: strings.NewReader(body), header: map[string]string{"Content-Type": contentType}}
}

// a scenario is a request and what has to come of it.
type scenario struct {
	name       string
	call       call
	status     int
	has, lacks []string
}

func (w *world) play(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			s.call.url = w.url(s.call.url)
			got := w.do(t, s.call)
			if got.Code != s.status {
				t.Errorf("got %d, want %d\n%.500s", got.Code, s.status, got.Body)
			}
			for _, part := range s.has {
				if !strings.Contains(got.Body.String(), part) {
					t.Errorf("body lacks %q:\n%.1500s", part, got.Body)
				}
			}
			for _, part := range s.lacks {
				if strings.Contains(got.Body.String(), part) {
					t.Errorf("body has %q:\n%.1500s", part, got.Body)
				}
			}
		})
	}
}

const (
	goodGoal = `{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"x"},"subject":{"reference":"Patient/1"}}`
	fine     = `"diagnostics":"All OK"`
)

// R4, resource-operation-validate.html.
func TestValidate(t *testing.T) {
	w := newWorld(t)
	goodXML, err := xml.Encode([]byte(goodGoal), false)
	if err != nil {
		t.Fatal(err)
	}
	in := func(more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":` + goodGoal + `}` + more + `]}`
	}
	observation := "/fhir/Observation/" + decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&_count=1"))).ids()[0]
	w.play(t, []scenario{
		{"a good resource", posted("/fhir/Goal/$validate", goodGoal), 200, []string{fine}, nil},
		{"a good resource as XML", posted("/fhir/Goal/$validate", string(goodXML)), 200, []string{fine}, nil},
		{"a good resource in Parameters, with a mode", posted("/fhir/Goal/$validate", in(`,{"name":"mode","valueCode":"create"}`)), 200, []string{fine}, nil},
		{"one of ours, by its address", call{url: observation + "/$validate"}, 200, []string{fine}, nil},
		{"a profile is not looked at, and that is said", posted("/fhir/Goal/$validate?profile=http://example.org/p", goodGoal), 200, []string{`"severity":"warning"`, `"code":"not-supported"`}, nil},
		{"what is missing", posted("/fhir/Goal/$validate", `{"resourceType":"Goal","lifecycleStatus":"active"}`), 200, []string{`"severity":"error"`, `"code":"required"`, "description"}, nil},
		{"a place within the resource", posted("/fhir/Goal/$validate", strings.Replace(goodGoal, `}}`, `},"target":[{},{"due":1}]}`, 1)), 200, []string{`"expression":["Goal.target[1]"]`}, nil},
		{"an invariant", posted("/fhir/Observation/$validate", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a","dataAbsentReason":{"text":"b"}}`), 200, []string{`"code":"invariant"`, "obs-6"}, nil},
		{"an update without an id", posted("/fhir/Goal/$validate", in(`,{"name":"mode","valueCode":"update"}`)), 200, []string{"an update has an id"}, nil},
		{"another type", posted("/fhir/Observation/$validate", goodGoal), 200, []string{`"severity":"error"`, "not a Observation"}, nil},
		{"no value of the resource is told", posted("/fhir/Goal/$validate", strings.Replace(goodGoal, `"active"`, `"my-secret"`, 1)), 200, []string{`"severity":"error"`}, []string{"my-secret"}},
		{"the answer as XML", posted("/fhir/Goal/$validate?_format=xml", goodGoal), 200, []string{`<OperationOutcome xmlns="http://hl7.org/fhir">`}, nil},
		{"nothing can be deleted", posted("/fhir/Goal/$validate", in(`,{"name":"mode","valueCode":"delete"}`)), 400, []string{"http.mode"}, nil},
		{"no resource", call{method: http.MethodPost, url: "/fhir/Goal/$validate"}, 400, []string{"http.resource"}, nil},
		{"a parameter that there is not", posted("/fhir/Goal/$validate?colour=red", goodGoal), 400, []string{"http.colour"}, nil},
		{"half a resource", posted("/fhir/Goal/$validate", goodGoal[:20]), 400, []string{"the body is not JSON"}, nil},
		{"XML that is no resource", posted("/fhir/Goal/$validate", `<Goal xmlns="http://hl7.org/fhir"><due value="1"/></Goal>`), 400, []string{"the element due is none of Goal"}, nil},
		{"a body of another type", call{method: http.MethodPost, url: "/fhir/Goal/$validate", body: strings.NewReader("a,b"), header: map[string]string{"Content-Type": "text/csv"}}, 415, []string{"OperationOutcome"}, nil},
		{"a body that is too large", posted("/fhir/Goal/$validate", `{"resourceType":"`+strings.Repeat("x", 5<<20)+`"}`), 413, []string{"too-long"}, nil},
		{"one that is not there", call{url: "/fhir/Goal/nothing/$validate"}, 404, nil, nil},
	})
}

// R4, codesystem-operation-lookup.html, valueset-operation-expand.html and the
// two of validate-code.
func TestTerminology(t *testing.T) {
	w := newWorld(t)
	system, set := fhir.SystemNutrient, fhir.ValueSetNutrients
	coding := func(code string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"` + system + `","code":"` + code + `"}}]}`
	}
	w.play(t, []scenario{
		{"$lookup by GET", call{url: "/fhir/CodeSystem/$lookup?system=" + system + "&code=energy"}, 200, []string{`"resourceType":"Parameters"`, `"valueString":"Energy"`, `"valueCode":"75298-0"`}, nil},
		{"$lookup by a posted Coding", posted("/fhir/CodeSystem/$lookup", coding("protein")), 200, []string{`"valueString":"Protein"`}, nil},
		{"$lookup of one property", call{url: "/fhir/CodeSystem/$lookup?system=" + system + "&code=energy&property=unit"}, 200, []string{`"valueCode":"kcal"`}, []string{"75298-0"}},
		{"$lookup as XML", call{url: "/fhir/CodeSystem/$lookup?_format=xml&system=" + system + "&code=energy"}, 200, []string{`<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="name"/>`}, nil},
		{"$lookup of a code that there is not", call{url: "/fhir/CodeSystem/$lookup?system=" + system + "&code=phlogiston"}, 404, []string{`"code":"not-found"`}, nil},
		{"$lookup in a system that is not ours", call{url: "/fhir/CodeSystem/$lookup?system=http://loinc.org&code=75298-0"}, 404, nil, nil},
		{"$lookup without a code", call{url: "/fhir/CodeSystem/$lookup?system=" + system}, 400, []string{"http.code"}, nil},
		{"$lookup without a system", call{url: "/fhir/CodeSystem/$lookup?code=energy"}, 400, []string{"http.system"}, nil},
		{"$lookup with a parameter that it does not know", call{url: "/fhir/CodeSystem/$lookup?system=" + system + "&code=energy&date=2026"}, 400, []string{"http.date"}, nil},
		{"$lookup with a parameter that is no Coding", posted("/fhir/CodeSystem/$lookup", `{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":5}]}`), 400, []string{"Parameters.parameter[0]"}, nil},
		{"$expand by its address", call{url: "/fhir/ValueSet/$expand?url=" + set + "&count=2&offset=1"}, 200, []string{`"resourceType":"ValueSet"`, `"expansion"`, `"offset":1`, `"contains"`}, nil},
		{"$expand of a value set with an id", call{url: "/fhir/ValueSet/nutrients/$expand?filter=vitamin%20k"}, 200, []string{`"total":1`, `"code":"vitamin_k"`}, []string{"protein"}},
		{"$expand as XML", call{url: "/fhir/ValueSet/nutrients/$expand?count=1&_format=xml"}, 200, []string{"<ValueSet", "<contains>"}, nil},
		{"$expand by posted parameters", posted("/fhir/ValueSet/$expand", `{"resourceType":"Parameters","parameter":[{"name":"url","valueUri":"`+set+`"},{"name":"count","valueInteger":1}]}`), 200, []string{`"contains":[{`}, nil},
		{"$expand of what there is not", call{url: "/fhir/ValueSet/$expand?url=http://example.org/none"}, 404, nil, nil},
		{"$expand without a name", call{url: "/fhir/ValueSet/$expand"}, 400, []string{"http.url"}, nil},
		{"$expand with a count that is none", call{url: "/fhir/ValueSet/nutrients/$expand?count=-1"}, 400, []string{"http.count"}, nil},
		{"$validate-code in a value set", call{url: "/fhir/ValueSet/loinc/$validate-code?system=http://loinc.org&code=75298-0"}, 200, []string{`{"name":"result","valueBoolean":true}`}, nil},
		{"$validate-code of a stranger", call{url: "/fhir/ValueSet/$validate-code?url=" + set + "&code=phlogiston"}, 200, []string{`{"name":"result","valueBoolean":false}`, `"name":"message"`}, nil},
		{"$validate-code by a posted Coding", posted("/fhir/ValueSet/nutrients/$validate-code", coding("protein")), 200, []string{`"valueBoolean":true`}, nil},
		{"$validate-code in a code system", call{url: "/fhir/CodeSystem/$validate-code?url=" + system + "&code=energy&display=Energy"}, 200, []string{`"valueBoolean":true`}, nil},
		{"$validate-code in a code system with an id", call{url: "/fhir/CodeSystem/cronometer-nutrient/$validate-code?code=energy"}, 200, []string{`"valueBoolean":true`}, nil},
		{"$validate-code in a code system that is not ours", call{url: "/fhir/CodeSystem/$validate-code?url=http://loinc.org&code=1"}, 404, nil, nil},
		{"$validate-code without a code", call{url: "/fhir/CodeSystem/cronometer-nutrient/$validate-code"}, 400, []string{"http.code"}, nil},
	})
}
