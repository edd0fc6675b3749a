package serve_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"nutrigate/mapping/fhir/xml"
)

const asXML = "application/fhir+xml; charset=utf-8"

// R4, http.html#mime-type and #parameters.
func TestFormOfFHIR(t *testing.T) {
	w := newWorld(t)
	observation := "/fhir/Observation/" + decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&code=http://loinc.org|75298-0&_count=1"))).ids()[0]
	form := func(body string) call {
		return call{
			method: http.MethodPost, url: "/fhir/Observation/_search", body: strings.NewReader(body),
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		}
	}
	for _, tt := range []struct {
		name        string
		call        call
		status      int
		contentType string
		has, lacks  []string
	}{
		{"XML by Accept", call{url: observation, header: accept("application/fhir+xml")}, 200, asXML, []string{`<?xml version="1.0" encoding="UTF-8"?><Observation xmlns="http://hl7.org/fhir"><id value="`, `<status value="final"/>`}, nil},
		{"XML by _format", call{url: observation + "?_format=xml"}, 200, asXML, []string{"<Observation"}, nil},
		{"_format as a media type, with its plus", call{url: observation + "?_format=application/fhir+xml"}, 200, asXML, []string{"<Observation"}, nil},
		{"_format as a media type, with its plus encoded", call{url: observation + "?_format=application%2Ffhir%2Bxml"}, 200, asXML, []string{"<Observation"}, nil},
		{"_format wins over Accept", call{url: observation + "?_format=json", header: accept("application/fhir+xml")}, 200, outcome, []string{`{"resourceType":"Observation"`}, nil},
		{"_format wins over what is not to be had", call{url: observation + "?_format=xml", header: accept("text/csv")}, 200, asXML, []string{"<Observation"}, nil},
		{"text/xml", call{url: observation, header: accept("text/xml")}, 200, "text/xml; charset=utf-8", []string{"<Observation"}, nil},
		{"application/xml", call{url: observation + "?_format=application/xml"}, 200, "application/xml; charset=utf-8", []string{"<Observation"}, nil},
		{"text/json", call{url: observation + "?_format=text/json"}, 200, "text/json; charset=utf-8", []string{`{"resourceType"`}, nil},
		{"weights of Accept", call{url: observation, header: accept("application/fhir+json;q=0.5, application/fhir+xml;q=0.9")}, 200, asXML, []string{"<Observation"}, nil},
		{"JSON where all is welcome", call{url: observation, header: accept("*/*")}, 200, outcome, []string{`{"resourceType"`}, nil},
		{"the version of FHIR with _format", call{url: observation + "?_format=application/fhir%2Bxml;fhirVersion=4.0"}, 200, "application/fhir+xml; fhirVersion=4.0; charset=utf-8", []string{"<Observation"}, nil},
		{"the version of FHIR with Accept", call{url: observation, header: accept("application/fhir+xml; fhirVersion=4.0")}, 200, "application/fhir+xml; fhirVersion=4.0; charset=utf-8", []string{"<Observation"}, nil},
		{"another version of FHIR is 406", call{url: observation + "?_format=application/fhir%2Bjson;fhirVersion=3.0"}, 406, outcome, []string{"OperationOutcome"}, nil},
		{"another version of FHIR is 406 by Accept", call{url: observation, header: accept("application/fhir+xml; fhirVersion=5.0")}, 406, outcome, []string{"OperationOutcome"}, nil},
		{"a format that there is not is 406", call{url: observation + "?_format=turtle"}, 406, outcome, []string{"application/fhir+json, application/json, text/json, application/fhir+xml"}, nil},
		{"a format that is no media type is 406", call{url: observation + "?_format=;;"}, 406, outcome, []string{"OperationOutcome"}, nil},
		{"a search as XML", call{url: "/fhir/Observation?patient={ann}&_count=2", header: accept("application/fhir+xml")}, 200, asXML, []string{`<Bundle xmlns="http://hl7.org/fhir">`, `<type value="searchset"/>`, `<resource><Observation><id`}, nil},
		{"a posted search as XML", form("_count=2&_format=xml"), 200, asXML, []string{"<Bundle"}, nil},
		{"a code system as XML", call{url: "/fhir/CodeSystem/cronometer-nutrient?_format=xml"}, 200, asXML, []string{"<CodeSystem"}, nil},
		{"the statement as XML", call{url: "/fhir/metadata?_format=xml", bare: true}, 200, asXML, []string{"<CapabilityStatement", `<format value="xml"/>`}, nil},
		{"the statement's summary", call{url: "/fhir/metadata?_summary=true", bare: true}, 200, outcome, []string{`"SUBSETTED"`, `"fhirVersion":"4.0.1"`}, []string{`"searchParam":[{`}},
		{"a line for each element", call{url: observation + "?_pretty=true"}, 200, outcome, []string{"{\n  \"resourceType\": \"Observation\",\n  \"id\""}, nil},
		{"a line for each element of XML", call{url: observation + "?_pretty=true&_format=xml"}, 200, asXML, []string{"\n  <id value="}, nil},
		{"_pretty is true or false", call{url: observation + "?_pretty=yes"}, 400, outcome, []string{"http._pretty"}, nil},
		{"a summary is marked as one", call{url: observation + "?_summary=true"}, 200, outcome, []string{`"SUBSETTED"`, `"valueQuantity":`, `"versionId":"1"`}, []string{`"category"`}},
		{"_summary=text has the narrative and what must be there", call{url: observation + "?_summary=text"}, 200, outcome, []string{`"SUBSETTED"`, `"code"`, `"status"`}, []string{`"category"`, `"valueQuantity"`}},
		{"_summary=data has no narrative", call{url: observation + "?_summary=data"}, 200, outcome, []string{`"SUBSETTED"`, `"category"`}, []string{`"text":{`}},
		{"_summary=false is everything", call{url: observation + "?_summary=false"}, 200, outcome, []string{`"category"`}, []string{`SUBSETTED`}},
		{"a summary of what there is not", call{url: observation + "?_summary=short"}, 400, outcome, []string{"http._summary"}, nil},
		{"elements that are asked for, and those that must be there", call{url: observation + "?_elements=subject,value"}, 200, outcome, []string{`"SUBSETTED"`, `"subject"`, `"valueQuantity"`, `"status"`, `"code"`}, []string{`"category"`, `"effective`}},
		{"elements in a search", call{url: "/fhir/Observation?patient={ann}&_count=2&_elements=category"}, 200, outcome, []string{`"SUBSETTED"`, `"category"`, `"mode":"match"`, `"fullUrl"`}, []string{`"subject"`}},
		{"a summary in a search", call{url: "/fhir/Observation?patient={ann}&_count=2&_summary=true"}, 200, outcome, []string{`"SUBSETTED"`, `"subject"`}, []string{`"category"`}},
		{"_summary=count is the total alone", call{url: "/fhir/Goal?patient={ann}&_summary=count"}, 200, outcome, []string{`"total":`}, []string{`"entry"`}},
		{"elements in a compartment, where it is about what is found there", call{url: "/fhir/Patient/{ann}/Observation?_count=2&_elements=category"}, 200, outcome, []string{`"SUBSETTED"`, `"category"`}, []string{`"subject"`}},
		{"elements that the person has and what is found has not", call{url: "/fhir/Patient/{ann}/Observation?_elements=birthDate"}, 400, outcome, []string{"elements of Observation"}, nil},
		{"elements of whatever an operation answers with", call{url: "/fhir/Patient/{ann}/$everything?_type=Goal&_elements=target"}, 200, outcome, []string{`"SUBSETTED"`, `"target"`}, []string{`"note"`}},
		{"elements as XML", call{url: observation + "?_elements=subject&_format=xml"}, 200, asXML, []string{`<subject>`, `<code value="SUBSETTED"/>`}, []string{"<category"}},
		{"an element that there is not", call{url: observation + "?_elements=colour"}, 400, outcome, []string{"http._elements"}, nil},
		{"elements and a summary exclude each other", call{url: observation + "?_elements=code&_summary=text"}, 400, outcome, []string{"http._elements"}, nil},
		{"a 400 as XML", call{url: "/fhir/Observation?colour=red&_format=xml"}, 400, asXML, []string{`<OperationOutcome xmlns="http://hl7.org/fhir">`, `<location value="http.colour"/>`}, nil},
		{"a 401 as XML", call{url: "/fhir/Patient", bare: true, header: accept("application/fhir+xml")}, 401, asXML, []string{`<code value="login"/>`}, nil},
		{"a 404 as XML", call{url: "/fhir/Patient/nobody?_format=xml"}, 404, asXML, []string{`<code value="not-found"/>`}, nil},
		{"an unknown route as XML", call{url: "/fhir/what/is/this?_format=xml"}, 404, asXML, []string{"<OperationOutcome"}, nil},
		{"an unknown type as XML", call{url: "/fhir/Encounter?_format=xml"}, 404, asXML, []string{"<OperationOutcome"}, nil},
		{"a 405 as XML", call{method: http.MethodDelete, url: observation + "?_format=xml"}, 405, asXML, []string{`<code value="not-supported"/>`}, nil},
		{"a 406 as JSON, as no format is left", call{url: observation, header: accept("image/png")}, 406, outcome, []string{`"OperationOutcome"`}, nil},
		{"a 415 as XML", call{method: http.MethodPost, url: "/fhir/Goal/_search?_format=xml", header: map[string]string{"Content-Type": "text/csv"}, body: strings.NewReader("a,b")}, 415, asXML, []string{"<OperationOutcome"}, nil},
		{"an error with a line for each element", call{url: "/fhir/Patient/nobody?_pretty=true"}, 404, outcome, []string{"{\n  \"resourceType\": \"OperationOutcome\""}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.call.url = w.url(tt.call.url)
			got := w.do(t, tt.call)
			if got.Code != tt.status || got.Header().Get("Content-Type") != tt.contentType {
				t.Errorf("got %d %q, want %d %q\n%.300s", got.Code, got.Header().Get("Content-Type"), tt.status, tt.contentType, got.Body)
			}
			if vary := got.Header().Get("Vary"); !strings.Contains(vary, "Accept") {
				t.Errorf("Vary is %q", vary)
			}
			for _, part := range tt.has {
				if !strings.Contains(got.Body.String(), part) {
					t.Errorf("body lacks %q:\n%.800s", part, got.Body)
				}
			}
			for _, part := range tt.lacks {
				if strings.Contains(got.Body.String(), part) {
					t.Errorf("body has %q:\n%.800s", part, got.Body)
				}
			}
			if strings.Contains(tt.contentType, "xml") {
				if back, err := xml.Decode(got.Body.Bytes()); err != nil || !json.Valid(back) {
					t.Errorf("it does not read back: %v", err)
				}
			}
		})
	}
}

func TestFormsHaveTheirOwnTags(t *testing.T) {
	w := newWorld(t)
	search := w.url("/fhir/Goal?patient={ann}")
	tags := map[string]string{}
	for _, form := range []string{"_format=json", "_format=xml", "_pretty=true", "_summary=true", "_elements=note"} {
		tag := w.get(t, search+"&"+form).Header().Get("ETag")
		if other, taken := tags[tag]; taken || tag == "" {
			t.Errorf("%s and %s have the tag %q", form, other, tag)
		}
		tags[tag] = form
	}
	t.Run("and are 304 by them", func(t *testing.T) {
		first := w.get(t, search+"&_format=xml")
		got := w.do(t, call{url: search + "&_format=xml", header: map[string]string{"If-None-Match": first.Header().Get("ETag")}})
		if got.Code != http.StatusNotModified {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("a version's tag is its version in every form", func(t *testing.T) {
		for _, form := range []string{"_format=json", "_format=xml", "_summary=true"} {
			got := w.get(t, w.url("/fhir/Patient/{ann}?")+form)
			if got.Header().Get("ETag") != `W/"1"` || got.Header().Get("Last-Modified") == "" {
				t.Errorf("%s: %v", form, got.Header())
			}
		}
	})
}

func TestPagesKeepTheirForm(t *testing.T) {
	w := newWorld(t)
	var first struct {
		Link []struct{ Relation, URL string }
	}
	got := w.get(t, w.url("/fhir/Observation?patient={ann}&_count=2&_elements=code&_format=application/json"))
	if err := json.Unmarshal(got.Body.Bytes(), &first); err != nil {
		t.Fatal(err)
	}
	for _, l := range first.Link {
		if l.Relation != "next" {
			continue
		}
		next := w.get(t, l.URL)
		if next.Code != http.StatusOK || next.Header().Get("Content-Type") != "application/json; charset=utf-8" || !strings.Contains(next.Body.String(), "SUBSETTED") {
			t.Errorf("%d %s %.300s", next.Code, next.Header().Get("Content-Type"), next.Body)
		}
		return
	}
	t.Errorf("no next link: %.300s", got.Body)
}
