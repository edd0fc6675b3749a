package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

const vitalSigns = "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs"

// What a token may see is tried over every way of seeing it.
func TestScopes(t *testing.T) {
	w := newWorld(t)
	carl, err := w.store.PutUser(t.Context(), store.User{Tenant: "demo", Reference: "carl", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	of := func(user string, s store.Selector) string {
		page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", User: user, Select: []store.Selector{s}, Limit: 1})
		if err != nil || len(page.Records) == 0 {
			t.Fatal(s, err)
		}
		return page.Records[0].ID
	}
	ids := strings.NewReplacer(
		"{ann}", w.ann.ID, "{bob}", w.bob.ID, "{carl}", carl.ID,
		"{weight}", of(w.ann.ID, store.Selector{Kind: record.KindBiometric, Metric: "weight"}),
		"{serving}", of(w.ann.ID, store.Selector{Kind: record.KindServing}),
	)
	c, _ := w.app(t, store.PublicApp, "")
	ofCarl := `{"user_id":"` + carl.ID + `"}`
	key := privateKey(t, "ES384")
	service := w.service(t, key, "")
	for _, tt := range []struct {
		name  string
		token string
		// url -> "403", "404", "200", or what is found: "some", "none"
		want map[string]string
	}{
		{"a service reads everything of its tenant", w.serviceToken(t, key, service, "system/*.rs"), map[string]string{
			"/fhir/Patient/{ann}": "200", "/fhir/Patient/{carl}": "200", "/fhir/Patient/{bob}": "404", "/fhir/Observation/{weight}": "200",
			"/fhir/Observation": "some", "/fhir/Observation?patient={bob}": "none", "/fhir/Goal": "some",
		}},
		{"a service for one type", w.serviceToken(t, key, service, "system/Observation.rs"), map[string]string{
			"/fhir/Observation": "some", "/fhir/Observation/{weight}": "200", "/fhir/Patient": "403", "/fhir/Patient/{ann}": "403", "/fhir/Goal": "403",
			"/fhir/Observation?_count=1&_include=Observation:patient": "one type", "/fhir/NutritionOrder?_count=0": "403",
			"/fhir/Patient/{ann}/Observation?_count=1": "some", "/fhir/Patient/{ann}/Goal": "403", "/fhir/Patient/{bob}/Observation": "404",
		}},
		{"a service that searches and does not read", w.serviceToken(t, key, service, "system/Observation.s"), map[string]string{
			"/fhir/Observation": "some", "/fhir/Observation/{weight}": "403",
		}},
		{"a service that reads and does not search", w.serviceToken(t, key, service, "system/Observation.r"), map[string]string{
			"/fhir/Observation": "403", "/fhir/Observation/{weight}": "200",
		}},
		{"a service for vital signs", w.serviceToken(t, key, service, "system/Observation.rs?"+vitalSigns), map[string]string{
			"/fhir/Observation/{weight}": "200", "/fhir/Observation/{serving}": "404", "/fhir/Observation?category=survey": "none", "/fhir/Observation?code=29463-7": "some",
			"/fhir/Observation?_id={serving}": "none",
		}},
		{"an app for Ann", w.tokensFor(t, c, "launch/patient patient/*.rs", w.ofAnn()).AccessToken, map[string]string{
			"/fhir/Patient/{ann}": "200", "/fhir/Patient/{carl}": "404", "/fhir/Patient/{bob}": "404", "/fhir/Observation/{weight}": "200",
			"/fhir/Observation": "some", "/fhir/Observation?patient={ann}": "some", "/fhir/Observation?patient={carl}": "none", "/fhir/Patient": "some",
		}},
		{"an app for Carl, who has nothing", w.tokensFor(t, c, "launch/patient patient/*.rs", ofCarl).AccessToken, map[string]string{
			"/fhir/Observation/{weight}": "404", "/fhir/Observation": "none", "/fhir/Observation?patient={ann}": "none", "/fhir/Goal": "none",
			"/fhir/Patient?_id={ann}": "none", "/fhir/Patient/{carl}": "200", "/fhir/Patient?identifier=ann": "none",
		}},
		{"an app of Carl's with scopes of a user", w.tokensFor(t, c, "user/*.rs", ofCarl).AccessToken, map[string]string{
			"/fhir/Observation": "none", "/fhir/Patient/{ann}": "404",
		}},
		{"an app for Ann's vital signs", w.tokensFor(t, c, "patient/Observation.rs?"+vitalSigns, w.ofAnn()).AccessToken, map[string]string{
			"/fhir/Observation/{weight}": "200", "/fhir/Observation/{serving}": "404", "/fhir/Patient/{ann}": "403",
		}},
		{"a clinician's for everybody", w.tokensFor(t, c, "user/Patient.rs user/Observation.rs", `{"practitioner":"Ada"}`).AccessToken, map[string]string{
			"/fhir/Patient/{ann}": "200", "/fhir/Patient/{carl}": "200", "/fhir/Patient/{bob}": "404", "/fhir/Observation/{weight}": "200", "/fhir/Goal": "403",
		}},
		{"a clinician's for Carl", w.tokensFor(t, c, "launch/patient patient/*.rs", `{"practitioner":"Ada"}`, "patient", carl.ID).AccessToken, map[string]string{
			"/fhir/Patient/{carl}": "200", "/fhir/Patient/{ann}": "404", "/fhir/Observation": "none",
		}},
	} {
		for url, want := range tt.want {
			t.Run(tt.name+" "+url, func(t *testing.T) {
				got := w.with(t, tt.token, ids.Replace(url))
				outcome := map[int]string{200: "200", 403: "403", 404: "404"}[got.Code]
				if want != "200" && got.Code == http.StatusOK {
					outcome = "none"
					found := decode[bundle](t, got)
					if len(found.ids()) > 0 {
						outcome = "some"
					}
					for _, e := range found.Entry {
						if want == "one type" && e.Resource.ResourceType != "Observation" && e.Resource.ResourceType != "OperationOutcome" {
							outcome = "several"
						}
					}
					if want == "one type" && outcome == "some" {
						outcome = want
					}
				}
				if outcome != want && (want != "none" || outcome != "404") {
					t.Errorf("got %d %s, want %s: %.300s", got.Code, outcome, want, got.Body)
				}
				if got.Code == http.StatusForbidden && !strings.Contains(got.Body.String(), `"code":"forbidden"`) {
					t.Errorf("no OperationOutcome: %s", got.Body)
				}
			})
		}
	}
}
