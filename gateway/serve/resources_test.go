package serve_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping"
	format "nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// valid checks a document that was answered with.
func valid(t *testing.T, resourceType string, r *httptest.ResponseRecorder) {
	t.Helper()
	if err := (format.Format{}).Check(mapping.Document{Type: resourceType, Body: r.Body.Bytes()}); err != nil {
		t.Errorf("status %d: %v", r.Code, err)
	}
}

// found searches and returns the references of what was found.
func (w *world) found(t *testing.T, query string) []string {
	t.Helper()
	r := w.get(t, w.url("/fhir/"+query))
	valid(t, "Bundle", r)
	var all []string
	for _, e := range decode[bundle](t, r).Entry {
		all = append(all, e.Resource.ResourceType+"/"+e.Resource.ID)
	}
	return all
}

func TestDerivedResources(t *testing.T) {
	w := newWorld(t)
	weeks := w.found(t, "DiagnosticReport?patient={ann}")
	t.Run("each week has a report", func(t *testing.T) {
		if len(weeks) != 7 || weeks[6] != "DiagnosticReport/"+w.ann.ID+".2026-W07" {
			t.Errorf("got %v", weeks)
		}
	})
	t.Run("pages of reports are all of them", func(t *testing.T) {
		var paged []string
		for next := w.url("/fhir/DiagnosticReport?_count=2"); next != ""; {
			page := decode[bundle](t, w.get(t, next))
			for _, e := range page.Entry {
				paged = append(paged, "DiagnosticReport/"+e.Resource.ID)
			}
			next = page.link("next")
		}
		if !slices.Equal(paged, weeks) {
			t.Errorf("got %v, want %v", paged, weeks)
		}
	})
	t.Run("a report is found by its day and read by its id", func(t *testing.T) {
		want := []string{"DiagnosticReport/" + w.ann.ID + ".2026-W05"}
		if got := w.found(t, "DiagnosticReport?patient={ann}&date=ge2026-01-28&date=le2026-01-28"); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		r := w.get(t, "/fhir/"+want[0])
		valid(t, "DiagnosticReport", r)
		if etag := r.Header().Get("ETag"); !strings.HasPrefix(etag, `W/"`) {
			t.Errorf("entity tag %q", etag)
		}
	})
	t.Run("its results are there", func(t *testing.T) {
		got := w.found(t, "DiagnosticReport?_id={ann}.2026-W05&_include=DiagnosticReport:result")
		if len(got) < 6 || !strings.HasPrefix(got[1], "Observation/") {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the apps that delivered values are devices, and so is the gateway", func(t *testing.T) {
		of, all := w.found(t, "Device?patient={ann}"), w.found(t, "Device")
		if len(of) == 0 || len(all) != len(of)+1 || all[len(of)] != "Device/nutrigate" {
			t.Errorf("got %v and %v", of, all)
		}
		if got := w.found(t, "Device?device-name=Garmin"); len(got) != 1 || !slices.Contains(of, got[0]) {
			t.Errorf("by name: %v", got)
		}
		for _, name := range all {
			valid(t, "Device", w.get(t, "/fhir/"+name))
		}
	})
	t.Run("what is fixed is there", func(t *testing.T) {
		for _, name := range []string{"ValueSet/loinc", "OperationDefinition/Patient-summary", "SearchParameter/Observation-combo-code", "SearchParameter/Resource-id"} {
			resourceType, _, _ := strings.Cut(name, "/")
			valid(t, resourceType, w.get(t, "/fhir/"+name))
		}
	})
	t.Run("nothing is there under an id that nobody has", func(t *testing.T) {
		for _, name := range []string{"DiagnosticReport/{ann}", "DiagnosticReport/{ann}.2030-W01", "DiagnosticReport/{bob}.2026-W05", "Device/{ann}.x", "Composition/{bob}", "Provenance/{ann}", "Provenance/x.1"} {
			if r := w.get(t, w.url("/fhir/"+name)); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", name, r.Code)
			}
		}
	})
}

func TestProvenance(t *testing.T) {
	w := newWorld(t)
	weight := w.found(t, "Observation?patient={ann}&code=http://loinc.org%7C29463-7&_count=1")[0]
	_, id, _ := strings.Cut(weight, "/")
	want := "Provenance/" + id + ".1"
	t.Run("an Observation has one, which is found by it", func(t *testing.T) {
		for _, query := range []string{"Provenance?target=" + weight, "Provenance?patient={ann}&target=" + weight, "Provenance?_id=" + id + ".1"} {
			if got := w.found(t, query); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: got %v", query, got)
			}
		}
		if got := w.found(t, "Observation?_id="+id+"&_revinclude=Provenance:target"); !slices.Equal(got, []string{weight, want}) {
			t.Errorf("included: %v", got)
		}
	})
	t.Run("it names the document by its hash and the line", func(t *testing.T) {
		r := w.get(t, "/fhir/"+want)
		valid(t, "Provenance", r)
		for _, part := range []string{`"ni:///sha-256;`, `"Document of the source, line `, `Device/nutrigate`, `"CREATE"`} {
			if !strings.Contains(r.Body.String(), part) {
				t.Errorf("no %s in %s", part, r.Body)
			}
		}
	})
	t.Run("a version that there is not has none", func(t *testing.T) {
		if r := w.get(t, "/fhir/Provenance/"+id+".2"); r.Code != http.StatusNotFound {
			t.Errorf("got %d", r.Code)
		}
	})
	t.Run("of another person there is none", func(t *testing.T) {
		if got := w.found(t, "Provenance?patient={bob}"); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestSummary(t *testing.T) {
	w := newWorld(t)
	const parameters = `{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"https://nutrigate.dev/fhir/NamingSystem/patient","value":"ann"}}]}`
	post := func(url, body string) call {
		return call{method: http.MethodPost, url: url, header: map[string]string{"Content-Type": "application/fhir+json"}, body: strings.NewReader(body)}
	}
	t.Run("is a document, however it is asked for", func(t *testing.T) {
		for _, c := range []call{
			{url: "/fhir/Patient/{ann}/$summary"},
			{url: "/fhir/Patient/$summary?identifier=ann"},
			{url: "/fhir/Patient/$summary?identifier=https://nutrigate.dev/fhir/NamingSystem/patient%7C{ann}"},
			{url: "/fhir/Patient/{ann}/$summary?profile=http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips%7C2.0.0"},
			post("/fhir/Patient/$summary", parameters), post("/fhir/Patient/{ann}/$summary", ""),
			{url: "/patients/{ann}/summary", header: map[string]string{"Accept": "application/fhir+json"}},
		} {
			c.url = w.url(c.url)
			r := w.do(t, c)
			valid(t, "Bundle", r)
			if b := decode[bundle](t, r); b.Type != "document" || b.Entry[0].Resource.ResourceType != "Composition" || b.Entry[1].Resource.ID != w.ann.ID {
				t.Errorf("%s: %d %.300s", c.url, r.Code, r.Body)
			}
		}
	})
	t.Run("is a page for a browser", func(t *testing.T) {
		for url, accept := range map[string]string{
			"/fhir/Patient/{ann}/$summary":         "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			"/patients/{ann}/summary":              "*/*",
			"/patients/{ann}/summary?_format=html": "application/fhir+json",
		} {
			r := w.get(t, w.url(url), accept)
			if r.Code != http.StatusOK || r.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(r.Body.String(), "not measured by a clinician") {
				t.Errorf("%s: %d %s", url, r.Code, r.Header().Get("Content-Type"))
			}
			if policy := r.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
				t.Errorf("policy %q", policy)
			}
		}
	})
	t.Run("the Composition can be read by itself", func(t *testing.T) {
		valid(t, "Composition", w.get(t, w.url("/fhir/Composition/{ann}")))
		if got := w.found(t, "Composition?patient={ann}&_include=Composition:entry"); len(got) < 20 {
			t.Errorf("got %v", got)
		}
	})
	for _, c := range []struct {
		claim  string
		call   call
		status int
		part   string
	}{
		{"nobody is named", call{url: "/fhir/Patient/$summary"}, 400, "http.identifier"},
		{"another system names nobody", call{url: "/fhir/Patient/$summary?identifier=urn:x%7Cann"}, 404, "not-found"},
		{"another tenant's person is not there", call{url: "/fhir/Patient/{bob}/$summary"}, 404, "not-found"},
		{"nor by the page", call{url: "/patients/{bob}/summary"}, 404, ""},
		{"nor by an identifier", call{url: "/fhir/Patient/$summary?identifier={bob}"}, 404, "not-found"},
		{"a parameter that there is not is named", call{url: "/fhir/Patient/{ann}/$summary?colour=red"}, 400, "http.colour"},
		{"a profile that there is not is named", call{url: "/fhir/Patient/{ann}/$summary?profile=http://example.org"}, 400, "http.profile"},
		{"a body that is no Parameters is refused", post("/fhir/Patient/$summary", `{"resourceType":"Patient"}`), 400, "Parameters"},
		{"one that is not JSON is, too", post("/fhir/Patient/$summary", `{`), 400, "not JSON"},
		{"and one without a key", call{url: "/patients/{ann}/summary", bare: true}, 401, ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			c.call.url = w.url(c.call.url)
			if r := w.do(t, c.call); r.Code != c.status || !strings.Contains(r.Body.String(), c.part) {
				t.Errorf("got %d %s", r.Code, r.Body)
			}
		})
	}
}

// A summary shows much at once, so it takes a grant that no search bounds.
func TestSummaryObeysTheGrant(t *testing.T) {
	w := newWorld(t)
	handle := fhir.PageRoutes(fhir.Room{Store: w.store, Maker: represent.New(w.store, represent.DefaultBytes), Format: format.Format{}, Now: w.now})[0].Handle
	read := func(types ...string) []grant.Scope {
		var all []grant.Scope
		for _, name := range types {
			all = append(all, grant.Scope{Type: name, Actions: []grant.Action{grant.Read}})
		}
		return all
	}
	vitals := grant.Scope{Type: "Observation", Actions: []grant.Action{grant.Read}, Query: url.Values{"category": {"vital-signs"}}}
	for _, c := range []struct {
		claim string
		grant grant.Grant
		kind  fault.Kind
	}{
		{"a key of the tenant reaches it", grant.Grant{All: true}, fault.Kind("")},
		{"so do scopes of all that it shows", grant.Grant{Scopes: read("*"), Patient: w.ann.ID}, fault.Kind("")},
		{"a scope of one type does not", grant.Grant{Scopes: read("Observation")}, fault.Forbidden},
		{"nor do some of the Observations", grant.Grant{Scopes: append(read("Patient", "Composition", "Goal", "NutritionOrder"), vitals)}, fault.Forbidden},
		{"another person's token finds nobody", grant.Grant{Scopes: read("*"), Patient: w.bob.ID}, fault.NotFound},
	} {
		t.Run(c.claim, func(t *testing.T) {
			c.grant.Tenant = "demo"
			r := httptest.NewRequestWithContext(room.WithGrant(t.Context(), &c.grant), http.MethodGet, "/patients/"+w.ann.ID+"/summary", nil)
			r.SetPathValue("id", w.ann.ID)
			answer, err := handle(r)
			switch {
			case c.kind == fault.Kind("") && (err != nil || answer.Patient != w.ann.ID):
				t.Errorf("%v, of %q", err, answer.Patient)
			case c.kind != fault.Kind("") && fault.KindOf(err) != c.kind:
				t.Errorf("got %v", err)
			}
		})
	}
}

// With a label's nutrients alone, nothing else is found, counted or read.
func TestCoreNutrients(t *testing.T) {
	w := newWorld(t)
	all, err := w.store.Records(t.Context(), queryOf(w.ann, record.KindTotal, "vitamin_k"))
	if err != nil || len(all.Records) == 0 {
		t.Fatalf("no vitamin K: %v", err)
	}
	core := newWorldWith(t, w, format.Format{CoreNutrients: true})
	for query, some := range map[string]bool{
		"Observation?patient={ann}&code=vitamin_k": false, "Observation?patient={ann}&code=sodium": true,
		"Observation?_id=" + all.Records[0].ID: false, "Provenance?target=Observation/" + all.Records[0].ID: false,
	} {
		if got := core.found(t, query); (len(got) > 0) != some {
			t.Errorf("%s: got %d", query, len(got))
		}
	}
	if r := core.get(t, "/fhir/Observation/"+all.Records[0].ID); r.Code != http.StatusNotFound {
		t.Errorf("read: %d", r.Code)
	}
	if r := core.get(t, "/fhir/metadata"); !strings.Contains(r.Body.String(), "those of a food label") {
		t.Error("the statement does not say so")
	}
	every, few := countOf(t, w), countOf(t, core)
	if few == 0 || few >= every {
		t.Errorf("%d of %d Observations are left", few, every)
	}
	t.Run("a search finds the same whether it is counted or listed", func(t *testing.T) {
		page := decode[bundle](t, core.get(t, w.url("/fhir/Observation?patient={ann}&category=survey&date=2026-01-28&_count=1000")))
		count := decode[bundle](t, core.get(t, w.url("/fhir/Observation?patient={ann}&category=survey&date=2026-01-28&_count=0")))
		listed := 0
		for _, e := range page.Entry {
			if e.Search.Mode == "match" {
				listed++
			}
		}
		if count.Total == nil || *count.Total != listed {
			t.Errorf("%d listed, and another number counted", listed)
		}
	})
}

func countOf(t *testing.T, w *world) int {
	t.Helper()
	b := decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&_count=0")))
	if b.Total == nil {
		t.Fatal("no total")
	}
	return *b.Total
}
