package serve_test

import (
	"net/http"
	"strings"
	"testing"
)

// Whatever a client sends to be kept, or asks to have exported, it is told what
// is wrong with it; nothing of it is ever our fault.
func FuzzWritten(f *testing.F) {
	const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
	for _, s := range []string{
		`{"resourceType":"Subscription","status":"requested","reason":"r","criteria":"Observation?code=http://loinc.org|29463-7","channel":{"type":"rest-hook","endpoint":"https://hooks.example/a","header":["A: b","c"]}}`,
		`{"resourceType":"Subscription","status":"requested","reason":"r","end":"2030","criteria":"https://nutrigate.dev/fhir/SubscriptionTopic/day-changed","_criteria":{"extension":[{"url":"` + backport + `backport-filter-criteria","valueString":"Observation?date=ge2026"}]},"channel":{"extension":[{"url":"` + backport + `backport-max-count","valuePositiveInt":-1}],"type":"rest-hook","endpoint":"https://hooks.example/a","payload":"application/fhir+json","_payload":{"extension":[{"url":"` + backport + `backport-payload-content","valueCode":"id-only"}]}}}`,
		`{"resourceType":"Parameters","parameter":[{"name":"patient","valueReference":{"reference":"Patient/x"}},{"name":"_typeFilter","valueString":"Observation?code=a,b,Goal?target-date=2026"},{"name":"_since","valueInstant":"2026-01-01T00:00:00+25:00"}]}`,
		`{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Observation,"},{"part":[]}]}`, `[]`, `{`, ``,
	} {
		f.Add(s)
	}
	w := newWorld(f)
	f.Fuzz(func(t *testing.T, body string) {
		for _, target := range []string{"/fhir/Subscription", "/fhir/$export", "/fhir/Patient/$export"} {
			got := w.do(t, call{method: http.MethodPost, url: target, body: strings.NewReader(body), header: map[string]string{
				"Content-Type": "application/fhir+json", "Prefer": "respond-async",
			}})
			if got.Code >= http.StatusInternalServerError {
				t.Errorf("%s: %d %s for %q", target, got.Code, got.Body, body)
			}
		}
	})
}
