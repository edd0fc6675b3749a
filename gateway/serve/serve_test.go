package serve_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	nutrition = "/v2/nutrition?user_id={ann}&start_date=2026-02-01&end_date=2026-02-07&to_webhook=false"
	activity  = "/v2/activity?user_id={ann}&start_date=2026-01-01&end_date=2026-02-07"
	problem   = "application/problem+json"
	outcome   = "application/fhir+json; charset=utf-8"
)

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name        string
		call        call
		status      int
		contentType string
		body        []string // parts of the body
	}{
		{"nutrition is Terra's JSON", call{url: nutrition}, 200, "application/json", []string{`{"status":"success","type":"nutrition"`, `"user_id":"` + w.ann.ID, `"meals"`}},
		{"any type is Terra's JSON", call{url: nutrition, header: accept("*/*")}, 200, "application/json", []string{`"data":[{`}},
		{"the longer address is the same", call{url: "/api" + nutrition}, 200, "application/json", []string{`"data":[{`}},
		{"nutrition as FHIR", call{url: nutrition, header: accept("application/fhir+json")}, 200, "application/fhir+json", []string{`{"resourceType":"Bundle","type":"collection"`}},
		{"nutrition is not there as FIT", call{url: nutrition, header: accept("application/vnd.ant.fit")}, 406, problem, []string{"application/json, application/fhir+json"}},
		{"an unknown media type", call{url: nutrition, header: accept("application/pdf")}, 406, problem, []string{`"title":"not acceptable"`}},
		{"several activities as FIT", call{url: activity, header: accept("application/vnd.ant.fit")}, 200, "application/zip", []string{"PK"}},
		{"no activities as FIT", call{url: "/v2/activity?user_id={ann}&start_date=2020-01-01&end_date=2020-01-02", header: accept("application/vnd.ant.fit")}, 200, "application/zip", []string{"PK\x05\x06"}},
		{"body", call{url: "/v2/body?user_id={ann}&start_date=2026-02-01"}, 200, "application/json", []string{`"type":"body"`}},
		{"daily", call{url: "/v2/daily?user_id={ann}&start_date=2026-02-01"}, 200, "application/json", []string{`"type":"daily"`}},
		{"sleep", call{url: "/v2/sleep?user_id={ann}&start_date=2026-02-01"}, 200, "application/json", []string{`"type":"sleep"`}},
		{"menstruation is empty", call{url: "/v2/menstruation?user_id={ann}&start_date=2026-02-01"}, 200, "application/json", []string{`"data":[]`}},
		{"a range without data is empty", call{url: "/v2/nutrition?user_id={ann}&start_date=2020-01-01&end_date=2020-01-31"}, 200, "application/json", []string{`"data":[]`}},
		{"athlete", call{url: "/v2/athlete?user_id={ann}&to_webhook=false"}, 200, "application/json", []string{`{"athlete":{`, `"type":"athlete"`}},
		{"athlete as FHIR is the Patient", call{url: "/v2/athlete?user_id={ann}", header: accept("application/fhir+json")}, 200, "application/fhir+json", []string{`"resourceType":"Patient"`}},
		{"seconds since 1970", call{url: "/v2/nutrition?user_id={ann}&start_date=1769900000&end_date=1769986400"}, 200, "application/json", []string{`"data":[{`}},
		{"the users", call{url: "/v2/subscriptions"}, 200, "application/json", []string{`"users":[{"user_id":"` + w.ann.ID}},
		{"a page of users", call{url: "/v2/subscriptions?page=0&per_page=2"}, 200, "application/json", []string{`{"data":{"next":null,"max_page":0,"results":[{`}},
		{"one user by id", call{url: "/v2/userInfo?user_id={ann}"}, 200, "application/json", []string{`"is_authenticated":true`, `"last_polled_at":null,"most_recent_data_at":"20`}},
		{"one user by reference", call{url: "/v2/userInfo?reference_id=ann"}, 200, "application/json", []string{`"users":[{"user_id":"` + w.ann.ID}},

		{"a misspelt date names its parameter", call{url: "/v2/nutrition?user_id={ann}&start_date=2026-02-30"}, 400, problem, []string{`"detail":"invalid start_date"`, `"status":"error"`, `"message":"invalid start_date"`, `"param":"start_date"`}},
		{"a JSON-quoted date", call{url: "/v2/nutrition?user_id={ann}&start_date=%222026-01-01T00%3A00%3A00.000Z%22"}, 400, problem, []string{`invalid start_date`}},
		{"a misspelt end", call{url: nutrition + "x&end_date=x&start_date=2026-01-01&end_date=x"}, 400, problem, []string{"to_webhook"}},
		{"an end that is none", call{url: "/v2/nutrition?user_id={ann}&start_date=2026-01-01&end_date=tomorrow"}, 400, problem, []string{`"param":"end_date"`}},
		{"an end before the start", call{url: "/v2/nutrition?user_id={ann}&start_date=2026-02-02&end_date=2026-02-01"}, 400, problem, []string{`"param":"end_date"`}},
		{"a start after today", call{url: "/v2/nutrition?user_id={ann}&start_date=2027-02-02"}, 400, problem, []string{`"param":"start_date"`}},
		{"more days than one request may ask for", call{url: "/v2/nutrition?user_id={ann}&start_date=2020-01-01&end_date=2026-01-01"}, 429, problem, []string{"rate limit exceeded", "1825 days"}},
		{"no start", call{url: "/v2/nutrition?user_id={ann}"}, 400, problem, []string{`"param":"start_date"`}},
		{"no user", call{url: "/v2/nutrition?start_date=2026-02-01"}, 400, problem, []string{`"param":"user_id"`}},
		{"a webhook that is not there", call{url: nutrition[:len(nutrition)-5] + "true"}, 400, problem, []string{"no endpoint is configured"}},
		{"a user who is not there", call{url: "/v2/nutrition?user_id=nobody&start_date=2026-02-01"}, 404, problem, []string{`"title":"not found"`}},
		{"another tenant's user", call{url: "/v2/nutrition?user_id={bob}&start_date=2026-02-01"}, 404, problem, nil},
		{"an unknown type", call{url: "/v2/moods?user_id={ann}&start_date=2026-02-01"}, 404, problem, []string{"invalid data type"}},
		{"an unknown address", call{url: "/v3/nutrition"}, 404, problem, []string{`"instance":"/v3/nutrition"`}},
		{"an unknown method", call{method: http.MethodDelete, url: "/v2/subscriptions"}, 405, problem, nil},
		{"no key", call{url: nutrition, bare: true}, 401, problem, []string{"dev-id or x-api-key headers are missing"}},
		{"a wrong key", call{url: nutrition, header: map[string]string{"x-api-key": "demo-kez"}}, 401, problem, nil},
		{"another tenant's key", call{url: nutrition, header: map[string]string{"x-api-key": "other-key"}}, 401, problem, nil},
		{"a browser gets a page", call{url: "/nowhere", header: accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")}, 404, "text/html; charset=utf-8", []string{"<h1>not found</h1>"}},

		{"the server's own statement needs no key", call{url: "/fhir/metadata", bare: true}, 200, outcome, []string{`"fhirVersion":"4.0.1"`, `"kind":"instance"`}},
		{"a person", call{url: "/fhir/Patient/{ann}"}, 200, outcome, []string{`"resourceType":"Patient"`}},
		{"JSON means FHIR here", call{url: "/fhir/Patient/{ann}", header: accept("application/json")}, 200, "application/json; charset=utf-8", []string{`"resourceType":"Patient"`}},
		{"the version of FHIR is said back", call{url: "/fhir/Patient/{ann}", header: accept("application/fhir+json; fhirVersion=4.0")}, 200, "application/fhir+json; fhirVersion=4.0; charset=utf-8", nil},
		{"another version of FHIR", call{url: "/fhir/Patient/{ann}", header: accept("application/fhir+json; fhirVersion=5.0")}, 406, outcome, []string{`"resourceType":"OperationOutcome"`}},
		{"_format wins over Accept", call{url: "/fhir/Patient/{ann}?_format=json", header: accept("application/fhir+xml")}, 200, outcome, nil},
		{"_format with its plus as a space", call{url: "/fhir/Patient/{ann}?_format=application/fhir+json"}, 200, outcome, nil},
		{"a search", call{url: "/fhir/Observation?patient={ann}&code=http://loinc.org|75298-0"}, 200, outcome, []string{`"type":"searchset"`, `"mode":"match"`}},
		{"targets", call{url: "/fhir/Goal?patient={ann}"}, 200, outcome, []string{`"resourceType":"Goal"`}},
		{"the plan", call{url: "/fhir/NutritionOrder?patient=Patient/{ann}"}, 200, outcome, []string{`"intent":"plan"`, `"total":1`}},
		{"a code system", call{url: "/fhir/CodeSystem/cronometer-nutrient"}, 200, outcome, []string{`"resourceType":"CodeSystem"`}},
		{"an unknown parameter names itself", call{url: "/fhir/Observation?patient={ann}&colour=red"}, 400, outcome, []string{`colour`, `"location":["http.colour"]`}},
		{"an unknown modifier", call{url: "/fhir/Observation?code:exact=sodium"}, 400, outcome, []string{`code:exact`}},
		{"a date that is none", call{url: "/fhir/Observation?patient={ann}&date=yesterday"}, 400, outcome, []string{`http.date`}},
		{"a count that is none", call{url: "/fhir/Observation?patient={ann}&_count=many"}, 400, outcome, []string{`http._count`}},
		{"a cursor that is none", call{url: "/fhir/Observation?patient={ann}&_page=***"}, 400, outcome, []string{`http._page`}},
		{"another tenant's patient has nothing to find", call{url: "/fhir/Observation?patient={bob}"}, 200, outcome, []string{`"type":"searchset","total":0,"link"`}},
		{"nor has one who is not there", call{url: "/fhir/Goal?patient=nobody&_count=0"}, 200, outcome, []string{`"type":"searchset","total":0,"link"`}},
		{"a link is a plain address", call{url: "/fhir/Goal?patient=nobody&_count=5"}, 200, outcome, []string{`Goal?_count=5&patient=nobody"`}},
		{"more values than a search may have", call{url: "/fhir/Observation?_id=a" + strings.Repeat(",a", 200)}, 400, outcome, []string{`200 values at most`}},
		{"a form of no type", call{method: http.MethodPost, url: "/fhir/Goal/_search", body: strings.NewReader("patient=nobody")}, 415, outcome, nil},
		{"a form that is too large", call{
			method: http.MethodPost, url: "/fhir/Goal/_search", body: strings.NewReader("_id=" + strings.Repeat("a", 70_000)),
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		}, 413, outcome, []string{`"code":"too-long"`}},
		{"an empty _format is none", call{url: "/fhir/metadata?_format="}, 200, outcome, nil},
		{"another tenant's patient by id", call{url: "/fhir/Patient/{bob}"}, 404, outcome, nil},
		{"no key under fhir", call{url: "/fhir/Patient", bare: true}, 401, outcome, []string{`"code":"login"`}},
		{"an unknown FHIR type", call{url: "/fhir/Condition"}, 404, outcome, []string{`OperationOutcome`}},
		{"an unknown FHIR method", call{method: http.MethodPut, url: "/fhir/Patient/{ann}"}, 405, outcome, []string{`OperationOutcome`}},
		{"a posted search of another type", call{method: http.MethodPost, url: "/fhir/Observation/_search", header: map[string]string{"Content-Type": "application/json"}, body: strings.NewReader("{}")}, 415, outcome, nil},

		{"alive", call{url: "/healthz", bare: true}, 200, "text/plain; charset=utf-8", []string{"ok"}},
		{"ready", call{url: "/readyz", bare: true}, 200, "text/plain; charset=utf-8", []string{"ready"}},
		{"the first page", call{url: "/", bare: true}, 200, "text/html; charset=utf-8", []string{`href="/docs"`}},
		{"the description for reading", call{url: "/docs", bare: true}, 200, "text/html; charset=utf-8", []string{"/v2/{type}", "start_date"}},
		{"the description for programs", call{url: "/openapi.json", bare: true}, 200, "application/json", []string{`"openapi":"3.0.3"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.call.url = w.url(c.call.url)
			got := w.do(t, c.call)
			if got.Code != c.status || got.Header().Get("Content-Type") != c.contentType {
				t.Errorf("got %d %q, want %d %q\n%.300s", got.Code, got.Header().Get("Content-Type"), c.status, c.contentType, got.Body)
			}
			if vary := got.Header().Get("Vary"); vary != "Accept, Accept-Encoding" {
				t.Errorf("Vary is %q", vary)
			}
			if got.Header().Get("X-Request-Id") == "" {
				t.Error("no request id")
			}
			for _, part := range c.body {
				if !strings.Contains(got.Body.String(), part) {
					t.Errorf("body lacks %q:\n%.500s", part, got.Body)
				}
			}
		})
	}
}

func accept(mediaType string) map[string]string { return map[string]string{"Accept": mediaType} }

func TestTooMuchForOneAnswer(t *testing.T) {
	w := newWorld(t)
	for i := range w.offers {
		w.offers[i].MaxBytes = 20_000
	}
	w = newWorldLike(t, w)
	for days, status := range map[string]int{"start_date=2026-02-07&end_date=2026-02-07": 200, "start_date=2026-01-01": 400} {
		got := w.get(t, w.url("/v2/activity?user_id={ann}&"+days), "application/fhir+json")
		if got.Code != status || (status == http.StatusBadRequest && !strings.Contains(got.Body.String(), `"param":"end_date"`)) {
			t.Errorf("%s: %d %.300s", days, got.Code, got.Body)
		}
	}
}
