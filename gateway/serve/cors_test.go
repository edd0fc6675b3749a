package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

func TestScriptsOfOtherSites(t *testing.T) {
	w := newWorld(t)
	const origin = "https://app.example"
	for _, tt := range []struct {
		name, method, url string
		origins           []string
		origin            string
		status            int
		allowed           string
	}{
		{"may ask before they read", http.MethodOptions, "/fhir/Observation", []string{"*"}, origin, 204, "*"},
		{"may ask before they get a token", http.MethodOptions, "/oauth/token", []string{"*"}, origin, 204, "*"},
		{"may see what is offered", http.MethodGet, "/fhir/.well-known/smart-configuration", []string{"*"}, origin, 200, "*"},
		{"may see that they are refused", http.MethodGet, "/fhir/Observation", []string{"*"}, origin, 401, "*"},
		{"are told by name where not all may", http.MethodGet, "/fhir/metadata", []string{origin, "https://b.example"}, origin, 200, origin},
		{"are told nothing where they are not listed", http.MethodGet, "/fhir/metadata", []string{"https://b.example"}, origin, 200, ""},
		{"are told nothing where none may", http.MethodGet, "/fhir/metadata", nil, origin, 200, ""},
		{"cannot ask where they are not listed", http.MethodOptions, "/fhir/Observation", nil, origin, 405, ""},
		{"have no business on the consent page", http.MethodOptions, "/oauth/authorize", []string{"*"}, origin, 405, ""},
		{"have no business below /v2", http.MethodGet, "/v2/integrations", []string{"*"}, origin, 200, ""},
		{"are no matter for who is no script", http.MethodGet, "/fhir/metadata", []string{"*"}, "", 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.origins = tt.origins
			w.handler = w.serve(t, w.log)
			header := map[string]string{"Access-Control-Request-Method": "GET"}
			if tt.origin != "" {
				header["Origin"] = tt.origin
			}
			got := w.do(t, call{method: tt.method, url: tt.url, bare: true, header: header})
			h := got.Header()
			if got.Code != tt.status || h.Get("Access-Control-Allow-Origin") != tt.allowed || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("got %d %v", got.Code, h)
			}
			if tt.allowed == "" {
				return
			}
			if !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Location") || strings.Contains(h.Get("Vary"), "Origin") != (tt.allowed != "*") {
				t.Errorf("got %v", h)
			}
			if tt.status == 204 && !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
				t.Errorf("got %v", h)
			}
		})
	}
}

func TestStatementOfSecurity(t *testing.T) {
	w := newWorld(t)
	body := w.get(t, "/fhir/metadata").Body
	if err := (fhir.Format{}).Check(mapping.Document{Type: "CapabilityStatement", Body: body.Bytes()}); err != nil {
		t.Error(err)
	}
	for _, part := range []string{`"url":"authorize","valueUri":"http://example.com/oauth/authorize"`, `"code":"SMART-on-FHIR"`} {
		if !strings.Contains(body.String(), part) {
			t.Errorf("it lacks %s: %.600s", part, body)
		}
	}
}
