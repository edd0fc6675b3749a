package serve_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
)

// told is what the tests read of a history.
type told struct {
	Type  string
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []struct {
		FullURL  string
		Resource *struct {
			ResourceType, ID string
			Meta             struct{ VersionID, LastUpdated string }
		}
		Request  struct{ Method, URL string }
		Response struct{ Status, Etag, LastModified string }
	}
}

// short says of each entry what was done, to which version: "PUT 2".
func (h told) short() (all []string) {
	for _, e := range h.Entry {
		all = append(all, e.Request.Method+" "+strings.Trim(e.Response.Etag, `W/"`))
	}
	return all
}

// withEdits adds Carl, of whose diary the second import changes a weight and
// takes away a glucose; it returns his id and theirs.
func withEdits(t *testing.T, w *world) (carl, weight, glucose string) {
	t.Helper()
	carl = withCarl(t, w)
	find := func(query string) string {
		return decode[bundle](t, w.get(t, "/fhir/Observation?patient="+carl+"&"+query)).ids()[0]
	}
	weight, glucose = find("date=2026-01-09T23:30:00-05:00"), find("date=2026-01-10T08:05:00-05:00")
	edited := strings.Replace(biometricsCSV, "68.5", "68.7", 1)
	edited = edited[:strings.Index(edited, `2026-01-10,8:05 AM`)]
	r := w.do(t, call{
		method: http.MethodPost, url: "/v2/import?reference_id=carl&zone=America/New_York&name=biometrics.csv",
		header: map[string]string{"Content-Type": "text/csv"}, body: strings.NewReader(edited),
	})
	if r.Code != http.StatusOK {
		t.Fatalf("import: %d %s", r.Code, r.Body)
	}
	return carl, weight, glucose
}

// R4, http.html#vread and #read: versions, 410 and 404.
func TestVread(t *testing.T) {
	w := newWorld(t)
	carl, weight, glucose := withEdits(t, w)
	for _, tt := range []struct {
		name, url string
		status    int
		etag, has string
	}{
		{"the newest version", "/fhir/Observation/" + weight, 200, `W/"2"`, "68.7"},
		{"the newest version by its number", "/fhir/Observation/" + weight + "/_history/2", 200, `W/"2"`, "68.7"},
		{"an older version as it was", "/fhir/Observation/" + weight + "/_history/1", 200, `W/"1"`, "68.5"},
		{"an older version as XML", "/fhir/Observation/" + weight + "/_history/1?_format=xml", 200, `W/"1"`, `<value value="68.5"/>`},
		{"a summary of an older version", "/fhir/Observation/" + weight + "/_history/1?_summary=true", 200, `W/"1"`, "SUBSETTED"},
		{"a version that there is not", "/fhir/Observation/" + weight + "/_history/3", 404, "", "no such version"},
		{"a version that is no number", "/fhir/Observation/" + weight + "/_history/new", 404, "", "no such version"},
		{"a deleted resource is 410", "/fhir/Observation/" + glucose, 410, "", `"code":"deleted"`},
		{"the version with which it was deleted is 410", "/fhir/Observation/" + glucose + "/_history/2", 410, "", `"code":"deleted"`},
		{"the version before that can be read", "/fhir/Observation/" + glucose + "/_history/1", 200, `W/"1"`, "94.0"},
		{"another type's id", "/fhir/Goal/" + weight + "/_history/1", 404, "", "OperationOutcome"},
		{"a Patient", "/fhir/Patient/" + carl + "/_history/1", 200, `W/"1"`, carl},
		{"a code system", "/fhir/CodeSystem/cronometer-nutrient/_history/1", 200, `W/"1"`, "CodeSystem"},
		{"another tenant's Patient", w.url("/fhir/Patient/{bob}/_history/1"), 404, "", "OperationOutcome"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := w.get(t, tt.url)
			if got.Code != tt.status || got.Header().Get("ETag") != tt.etag || !strings.Contains(got.Body.String(), tt.has) {
				t.Errorf("%d %s\n%.400s", got.Code, got.Header().Get("ETag"), got.Body)
			}
			if tt.status == http.StatusOK && !strings.Contains(tt.url, "CodeSystem") && got.Header().Get("Last-Modified") == "" {
				t.Error("no Last-Modified")
			}
		})
	}
	t.Run("a version that is known is 304", func(t *testing.T) {
		got := w.do(t, call{url: "/fhir/Observation/" + weight + "/_history/1", header: map[string]string{"If-None-Match": `W/"1"`}})
		if got.Code != http.StatusNotModified {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("HEAD has the header alone", func(t *testing.T) {
		got := w.do(t, call{method: http.MethodHead, url: "/fhir/Observation/" + weight + "/_history/1"})
		if got.Code != http.StatusOK || got.Body.Len() > 0 || got.Header().Get("ETag") != `W/"1"` {
			t.Errorf("%d, %d bytes, %v", got.Code, got.Body.Len(), got.Header())
		}
	})
	t.Run("a version of a Patient that changed", func(t *testing.T) {
		off := false
		if _, err := w.store.ChangeUser(t.Context(), "demo", carl, store.UserChange{Active: &off}); err != nil {
			t.Fatal(err)
		}
		old, now := w.get(t, "/fhir/Patient/"+carl+"/_history/1"), w.get(t, "/fhir/Patient/"+carl+"/_history/2")
		if !strings.Contains(old.Body.String(), `"active":true`) || !strings.Contains(now.Body.String(), `"active":false`) {
			t.Errorf("%s\n%s", old.Body, now.Body)
		}
	})
}

// R4, http.html#history.
func TestHistory(t *testing.T) {
	w := newWorld(t)
	before := now.Format(time.RFC3339)
	carl, weight, glucose := withEdits(t, w)
	history := func(t *testing.T, url string) (h told) {
		t.Helper()
		r := w.get(t, url)
		if r.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", url, r.Code, r.Body)
		}
		if err := json.Unmarshal(r.Body.Bytes(), &h); err != nil {
			t.Fatal(err)
		}
		return h
	}
	t.Run("of one resource, newest first, with what was done", func(t *testing.T) {
		h := history(t, "/fhir/Observation/"+weight+"/_history")
		if h.Type != "history" || h.Total == nil || *h.Total != 2 || !slices.Equal(h.short(), []string{"PUT 2", "POST 1"}) {
			t.Fatalf("%s, %v", h.Type, h.short())
		}
		e := h.Entry[0]
		if e.FullURL != "http://example.com/fhir/Observation/"+weight || e.Request.URL != "Observation/"+weight || e.Response.Status != "200" ||
			e.Resource.Meta.VersionID != "2" || e.Response.LastModified != e.Resource.Meta.LastUpdated {
			t.Errorf("%+v", e)
		}
	})
	t.Run("a deleted resource is a DELETE without a resource", func(t *testing.T) {
		h := history(t, "/fhir/Observation/"+glucose+"/_history")
		if !slices.Equal(h.short(), []string{"DELETE 2", "POST 1"}) || h.Entry[0].Resource != nil || h.Entry[0].Response.Status != "204" || h.Entry[1].Resource == nil {
			t.Errorf("%v %+v", h.short(), h.Entry[0])
		}
	})
	t.Run("pages of one resource", func(t *testing.T) {
		h := history(t, "/fhir/Observation/"+weight+"/_history?_count=1")
		if !slices.Equal(h.short(), []string{"PUT 2"}) || len(h.Link) != 2 {
			t.Fatalf("%v %v", h.short(), h.Link)
		}
		if h = history(t, h.Link[1].URL); !slices.Equal(h.short(), []string{"POST 1"}) || len(h.Link) != 1 {
			t.Errorf("%v %v", h.short(), h.Link)
		}
	})
	all := func(t *testing.T, url string) (entries []string, pages int) {
		t.Helper()
		for url != "" {
			h := history(t, url)
			url = ""
			for _, l := range h.Link {
				if l.Relation == "next" {
					url = l.URL
				}
			}
			for _, e := range h.Entry {
				entries = append(entries, e.Request.Method+" "+e.FullURL+" "+e.Response.Etag)
			}
			if pages++; pages > 200 {
				t.Fatal("no end")
			}
		}
		return entries, pages
	}
	t.Run("of a type, page by page, is what it is at once", func(t *testing.T) {
		once, _ := all(t, "/fhir/Observation/_history?_count=1000")
		paged, pages := all(t, "/fhir/Observation/_history?_count=300")
		if len(once) < 1000 || !slices.Equal(once, paged) || pages < 4 {
			t.Errorf("%d at once, %d on %d pages", len(once), len(paged), pages)
		}
		first := once[:2]
		if !strings.HasPrefix(slices.Sorted(slices.Values(first))[0], "DELETE http://example.com/fhir/Observation/"+glucose) {
			t.Errorf("the newest are %v", first)
		}
	})
	t.Run("of everything has each type's, once", func(t *testing.T) {
		want, _ := all(t, "/fhir/Observation/_history?_count=1000")
		for _, name := range []string{"Patient", "Goal", "NutritionOrder"} {
			more, _ := all(t, "/fhir/"+name+"/_history?_count=1000")
			want = append(want, more...)
		}
		got, _ := all(t, "/fhir/_history?_count=170")
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%d, want %d", len(got), len(want))
		}
	})
	t.Run("_since an instant at which nothing had happened yet", func(t *testing.T) {
		got, _ := all(t, "/fhir/Observation/_history?_count=1000&_since="+strings.ReplaceAll(before, "+", "%2B"))
		everything, _ := all(t, "/fhir/Observation/_history?_count=1000")
		if len(got) != len(everything) {
			t.Errorf("%d of %d", len(got), len(everything))
		}
	})
	t.Run("_since tomorrow", func(t *testing.T) {
		if got := history(t, "/fhir/Observation/_history?_since=2026-02-11"); len(got.Entry) != 0 {
			t.Errorf("%v", got.short())
		}
	})
	t.Run("_at a time before all", func(t *testing.T) {
		if got := history(t, "/fhir/Observation/"+weight+"/_history?_at=2025"); len(got.Entry) != 0 {
			t.Errorf("%v", got.short())
		}
	})
	t.Run("_at the year of both versions", func(t *testing.T) {
		if got := history(t, "/fhir/Observation/"+weight+"/_history?_at=2026"); len(got.Entry) != 2 {
			t.Errorf("%v", got.short())
		}
	})
	t.Run("_at a later day is what is current then", func(t *testing.T) {
		if got := history(t, "/fhir/Observation/"+weight+"/_history?_at=2026-03-01"); !slices.Equal(got.short(), []string{"PUT 2"}) {
			t.Errorf("%v", got.short())
		}
		got, _ := all(t, "/fhir/Observation/_history?_count=1000&_at=2026-03-01")
		if slices.ContainsFunc(got, func(e string) bool {
			return strings.HasPrefix(e, "DELETE") || strings.Contains(e, glucose)
		}) {
			t.Error("what was deleted before is there")
		}
	})
	t.Run("as XML, and a summary", func(t *testing.T) {
		got := w.get(t, "/fhir/Observation/"+weight+"/_history?_format=xml&_summary=true").Body.String()
		if !strings.Contains(got, `<type value="history"/>`) || strings.Count(got, "SUBSETTED") != 2 {
			t.Errorf("%.600s", got)
		}
	})
	t.Run("another tenant's is not in it", func(t *testing.T) {
		entries, _ := all(t, "/fhir/Patient/_history")
		if len(entries) != 2 || slices.ContainsFunc(entries, func(e string) bool { return strings.Contains(e, w.bob.ID) }) {
			t.Errorf("%v", entries)
		}
	})
	w.play(t, []scenario{
		{"a resource that is not there", call{url: "/fhir/Observation/nothing/_history"}, 404, nil, nil},
		{"another tenant's Patient", call{url: "/fhir/Patient/{bob}/_history"}, 404, nil, nil},
		{"a count that is none", call{url: "/fhir/Observation/_history?_count=many"}, 400, []string{"http._count"}, nil},
		{"an instant that is none", call{url: "/fhir/Observation/_history?_since=yesterday"}, 400, []string{"http._since"}, nil},
		{"a time that is none", call{url: "/fhir/_history?_at=2026-13"}, 400, []string{"http._at"}, nil},
		{"a parameter that there is not", call{url: "/fhir/_history?colour=red"}, 400, []string{"http.colour"}, nil},
		{"a parameter that there is not, passed over", call{url: "/fhir/Patient/_history?colour=red", header: map[string]string{"Prefer": "handling=lenient"}}, 200, []string{`"type":"history"`}, []string{"colour"}},
		{"a link that is none", call{url: "/fhir/_history?_page=abc"}, 400, []string{"http._page"}, nil},
		{"no entries are asked for", call{url: "/fhir/Patient/" + carl + "/_history?_count=0"}, 200, []string{`"total":1`}, []string{`"entry"`}},
		{"without a key", call{url: "/fhir/_history", bare: true}, 401, nil, nil},
	})
	t.Run("another caller's link is 403", func(t *testing.T) {
		link := history(t, "/fhir/Observation/_history?_count=1").Link[1].URL
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, link, http.NoBody)
		r.Header.Set("dev-id", "other")
		r.Header.Set("x-api-key", "other-key")
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusForbidden {
			t.Errorf("got %d", recorder.Code)
		}
	})
}
