package serve_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/terra"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

func TestLog(t *testing.T) {
	w := newWorld(t)
	w.get(t, w.url(nutrition))
	w.get(t, w.url("/fhir/Observation?patient={ann}&code=29463-7&_count=1"))
	w.get(t, w.url("/v2/nutrition?user_id={ann}&start_date=yesterday"))
	w.do(t, call{url: "/v2/subscriptions", header: map[string]string{"x-api-key": "wrong-secret", "X-Request-Id": "line\nbreak"}})
	w.do(t, call{url: "/healthz", header: map[string]string{"X-Request-Id": "from-a-proxy.7"}})
	log := w.log.String()
	for _, part := range []string{"route=/v2/:type status=200", "route=/fhir/Observation", "status=400", "status=401", "id=from-a-proxy.7"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %q:\n%s", part, log)
		}
	}
	for _, secret := range []string{w.ann.ID, "demo-key", "wrong-secret", "start_date", "29463", "yesterday", "line"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %q:\n%s", secret, log)
		}
	}
}

func TestPanicsStayInside(t *testing.T) {
	w := newWorld(t)
	w.offers = append(w.offers, terra.Offer{
		MediaTypes: []string{"text/plain"}, Format: w.offers[0].Format, Types: map[string][]string{"body": nil},
		Pack: func(terra.Collection) (*represent.Page, error) { panic("the secret of the house") },
	})
	w.handler = w.serve(t, w.log)
	got := w.get(t, w.url("/v2/body?user_id={ann}&start_date=2026-02-01"), "text/plain")
	if p := got.Body.String(); got.Code != http.StatusInternalServerError || !strings.Contains(p, `"detail":"internal error"`) || strings.Contains(p, "secret") || strings.Contains(p, ".go") {
		t.Errorf("got %d %s", got.Code, p)
	}
	if log := w.log.String(); !strings.Contains(log, "the secret of the house") || !strings.Contains(log, "status=500") {
		t.Errorf("the log does not tell:\n%s", log)
	}
}

func TestCausesStayInside(t *testing.T) {
	w := newWorld(t)
	w.store.Close()
	for _, url := range []string{nutrition, "/fhir/Observation?patient={ann}", "/readyz"} {
		got := w.get(t, w.url(url))
		if got.Code < http.StatusInternalServerError || strings.Contains(got.Body.String(), "sql") || strings.Contains(got.Body.String(), "closed") {
			t.Errorf("%s: %d %s", url, got.Code, got.Body)
		}
	}
	if !strings.Contains(w.log.String(), "closed") {
		t.Errorf("the cause is not in the log:\n%s", w.log)
	}
}

func TestDescription(t *testing.T) {
	w := newWorld(t)
	doc, err := openapi3.NewLoader().LoadFromData(w.get(t, "/openapi.json").Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/v2/{type}", "/v2/import", "/fhir/Observation", "/fhir/Patient/{id}", "/fhir/metadata", "/healthz"} {
		if doc.Paths.Find(path) == nil {
			t.Errorf("%s is not described", path)
		}
	}
}

// What the server says it can do is tried: each type is read and searched, and
// each search parameter is understood.
func TestCapabilities(t *testing.T) {
	w := newWorld(t)
	w.do(t, call{
		method: http.MethodPost, url: "/fhir/Subscription", header: map[string]string{"Content-Type": "application/fhir+json"},
		body: strings.NewReader(`{"resourceType":"Subscription","status":"requested","reason":"to be found","criteria":"Goal","channel":{"type":"rest-hook","endpoint":"https://hooks.example/a"}}`),
	})
	r := w.get(t, "/fhir/metadata")
	if err := (fhir.Format{}).Check(mapping.Document{Type: "CapabilityStatement", Body: r.Body.Bytes()}); err != nil {
		t.Error(err)
	}
	var statement struct {
		REST []struct {
			Resource []struct {
				Type        string
				Interaction []struct{ Code string }
				SearchParam []struct{ Name, Type string }
			}
		}
	}
	if err := json.Unmarshal(r.Body.Bytes(), &statement); err != nil {
		t.Fatal(err)
	}
	examples := map[string]string{"token": "true", "reference": w.ann.ID, "date": "2026-02-01"}
	for _, resource := range statement.REST[0].Resource {
		for _, i := range resource.Interaction {
			if i.Code == "search-type" {
				first := decode[bundle](t, w.get(t, "/fhir/"+resource.Type+"?_count=1"))
				if got := w.get(t, first.Entry[0].FullURL); got.Code != http.StatusOK {
					t.Errorf("read %s: %d", first.Entry[0].FullURL, got.Code)
				}
			}
		}
		for _, p := range resource.SearchParam {
			url := "/fhir/" + resource.Type + "?" + p.Name + "=" + examples[p.Type]
			if got := w.get(t, url); got.Code != http.StatusOK {
				t.Errorf("%s: %d %s", url, got.Code, got.Body)
			}
		}
	}
}

func TestDocumentsThatLeaveAreValid(t *testing.T) {
	w := newWorld(t)
	for _, url := range []string{
		"/fhir/Observation?patient={ann}&_count=60", "/fhir/Goal?patient={ann}", "/fhir/NutritionOrder", "/fhir/Patient",
		"/fhir/Observation?patient={ann}&date=1999", "/fhir/Observation?patient={ann}&_count=0",
	} {
		if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: w.get(t, w.url(url)).Body.Bytes()}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, typ := range []string{"nutrition", "body", "activity", "daily", "sleep"} {
		url := w.url("/v2/" + typ + "?user_id={ann}&start_date=2026-02-07&end_date=2026-02-09")
		if err := (fhir.Format{}).Check(mapping.Document{Type: "Bundle", Body: w.get(t, url, "application/fhir+json").Body.Bytes()}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if err := (fhir.Format{}).Check(mapping.Document{Type: "OperationOutcome", Body: w.get(t, "/fhir/Nothing").Body.Bytes()}); err != nil {
		t.Error(err)
	}
}
