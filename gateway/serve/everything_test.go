package serve_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/fhir/xml"
)

// R4, patient-operation-everything.html.
func TestEverything(t *testing.T) {
	w := newWorld(t)
	carl, weight, _ := withEdits(t, w)
	read := func(t *testing.T, url string) bundle {
		t.Helper()
		r := w.get(t, url)
		if r.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", url, r.Code, r.Body)
		}
		return decode[bundle](t, r)
	}
	ids := func(b bundle) (all []string) {
		for _, e := range b.Entry {
			all = append(all, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
		return all
	}
	whole := read(t, w.url("/fhir/Patient/{ann}/$everything"))
	t.Run("has the person and what searches of each type find", func(t *testing.T) {
		got := ids(whole)
		if whole.Type != "searchset" || got[0] != "Patient/"+w.ann.ID {
			t.Errorf("%s, first %s", whole.Type, got[0])
		}
		for _, name := range []string{"Observation", "Goal", "NutritionOrder"} {
			found := read(t, w.url("/fhir/"+name+"?patient={ann}&_count=1000"))
			next := found.link("next")
			for next != "" {
				more := read(t, next)
				found.Entry, next = append(found.Entry, more.Entry...), more.link("next")
			}
			for _, id := range found.ids() {
				if !slices.Contains(got, name+"/"+id) {
					t.Errorf("no %s/%s", name, id)
				}
			}
		}
		sorted := slices.Sorted(slices.Values(got))
		if len(slices.Compact(sorted)) != len(got) {
			t.Error("something is there twice")
		}
	})
	t.Run("page by page is what it is at once", func(t *testing.T) {
		var got []string
		url := w.url("/fhir/Patient/{ann}/$everything?_count=400")
		for pages := 0; url != ""; pages++ {
			b := read(t, url)
			for _, e := range b.Entry {
				if e.Search.Mode == "match" {
					got = append(got, e.Resource.ResourceType+"/"+e.Resource.ID)
				}
			}
			if url = b.link("next"); pages > 20 {
				t.Fatal("no end")
			}
		}
		var want []string
		for _, e := range whole.Entry {
			if e.Search.Mode == "match" {
				want = append(want, e.Resource.ResourceType+"/"+e.Resource.ID)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d, want %d", len(got), len(want))
		}
	})
	t.Run("only some types", func(t *testing.T) {
		for _, id := range ids(read(t, w.url("/fhir/Patient/{ann}/$everything?_type=Goal,NutritionOrder"))) {
			if !strings.HasPrefix(id, "Goal/") && !strings.HasPrefix(id, "NutritionOrder/") {
				t.Errorf("%s is there", id)
			}
		}
	})
	t.Run("between two days", func(t *testing.T) {
		got := ids(read(t, "/fhir/Patient/"+carl+"/$everything?_type=Observation&start=2026-01-10&end=2026-01-10"))
		want := read(t, "/fhir/Observation?patient="+carl+"&date=ge2026-01-10&date=le2026-01-10").ids()
		if len(want) == 0 || len(got) != len(want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	t.Run("since an instant", func(t *testing.T) {
		if got := ids(read(t, "/fhir/Patient/"+carl+"/$everything?_since=2026-02-11T00:00:00Z")); len(got) != 0 {
			t.Errorf("%v", got)
		}
		if got := ids(read(t, "/fhir/Patient/"+carl+"/$everything?_since=2026-02-10")); !slices.Contains(got, "Observation/"+weight) {
			t.Errorf("%v", got)
		}
	})
	t.Run("of all people has each, and none of another tenant", func(t *testing.T) {
		got := ids(read(t, "/fhir/Patient/$everything?_type=Patient"))
		slices.Sort(got)
		want := []string{"Patient/" + w.ann.ID, "Patient/" + carl}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	t.Run("by posted parameters", func(t *testing.T) {
		r := w.do(t, posted("/fhir/Patient/"+carl+"/$everything", `{"resourceType":"Parameters","parameter":[{"name":"_type","valueCode":"Patient"}]}`))
		if got := ids(decode[bundle](t, r)); !slices.Equal(got, []string{"Patient/" + carl}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("as XML", func(t *testing.T) {
		r := w.get(t, "/fhir/Patient/"+carl+"/$everything", "application/fhir+xml")
		back, err := xml.Decode(r.Body.Bytes())
		if err != nil || r.Header().Get("Content-Type") != asXML {
			t.Fatalf("%s: %v", r.Header().Get("Content-Type"), err)
		}
		var b bundle
		if err := json.Unmarshal(back, &b); err != nil || len(ids(b)) != len(ids(read(t, "/fhir/Patient/"+carl+"/$everything"))) {
			t.Errorf("%d entries (%v)", len(b.Entry), err)
		}
	})
	t.Run("nothing asked for is a Bundle without entries", func(t *testing.T) {
		for _, form := range []string{"json", "xml"} {
			r := w.get(t, "/fhir/Patient/"+carl+"/$everything?_type=NutritionOrder&_format="+form)
			if r.Code != http.StatusOK || strings.Contains(r.Body.String(), "entry") {
				t.Errorf("%d %s", r.Code, r.Body)
			}
		}
	})
	w.play(t, []scenario{
		{"a summary of each", call{url: "/fhir/Patient/" + carl + "/$everything?_summary=true"}, 200, []string{"SUBSETTED"}, []string{`"category"`}},
		{"another tenant's person", call{url: "/fhir/Patient/{bob}/$everything"}, 404, []string{"not-found"}, nil},
		{"a type that nobody has", call{url: "/fhir/Patient/{ann}/$everything?_type=CodeSystem"}, 400, []string{"http._type"}, nil},
		{"a type that there is not", call{url: "/fhir/Patient/{ann}/$everything?_type=Encounter"}, 400, []string{"http._type"}, nil},
		{"a start that is none", call{url: "/fhir/Patient/{ann}/$everything?start=yesterday"}, 400, []string{"http.start"}, nil},
		{"an end with a prefix", call{url: "/fhir/Patient/{ann}/$everything?end=lt2026-01-01"}, 400, []string{"http.end"}, nil},
		{"an instant that is none", call{url: "/fhir/Patient/{ann}/$everything?_since=never"}, 400, []string{"http._since"}, nil},
		{"a count that is none", call{url: "/fhir/Patient/{ann}/$everything?_count=all"}, 400, []string{"http._count"}, nil},
		{"a parameter that there is not", call{url: "/fhir/Patient/{ann}/$everything?colour=red"}, 400, []string{"http.colour"}, nil},
		{"a link that is none", call{url: "/fhir/Patient/{ann}/$everything?_page=abc"}, 400, []string{"http._page"}, nil},
		{"without a key", call{url: "/fhir/Patient/{ann}/$everything", bare: true}, 401, nil, nil},
	})
}

// R4, observation-operation-lastn.html.
func TestLastn(t *testing.T) {
	w := newWorld(t)
	carl, weight, _ := withEdits(t, w)
	values := func(t *testing.T, url string) (all []string) {
		t.Helper()
		r := w.get(t, url)
		var b struct {
			Total int
			Entry []struct {
				Resource struct {
					ResourceType      string
					EffectiveDateTime string
					ValueQuantity     struct{ Value json.Number }
				}
			}
		}
		if err := json.Unmarshal(r.Body.Bytes(), &b); err != nil || r.Code != http.StatusOK {
			t.Fatalf("%d %v %.300s", r.Code, err, r.Body)
		}
		for _, e := range b.Entry {
			if e.Resource.ResourceType == "Observation" {
				all = append(all, e.Resource.ValueQuantity.Value.String())
			}
		}
		if b.Total != len(all) {
			t.Errorf("total %d of %d", b.Total, len(all))
		}
		return all
	}
	t.Run("the newest of a code", func(t *testing.T) {
		if got := values(t, "/fhir/Observation/$lastn?patient="+carl+"&code=http://loinc.org|29463-7"); !slices.Equal(got, []string{"69.0"}) {
			t.Errorf("%v", got)
		}
	})
	t.Run("the newest two, newest first", func(t *testing.T) {
		got := values(t, "/fhir/Observation/$lastn?max=2&patient=Patient/"+carl+"&code=http://loinc.org|29463-7")
		if !slices.Equal(got, []string{"69.0", "68.7"}) {
			t.Errorf("%v (%s)", got, weight)
		}
	})
	t.Run("one of each code of a category", func(t *testing.T) {
		got := values(t, w.url("/fhir/Observation/$lastn?patient={ann}&category=vital-signs"))
		if len(got) < 2 {
			t.Errorf("%v", got)
		}
	})
	t.Run("by subject, and by posted parameters", func(t *testing.T) {
		if got := values(t, "/fhir/Observation/$lastn?subject=Patient/"+carl+"&code=29463-7"); !slices.Equal(got, []string{"69.0"}) {
			t.Errorf("%v", got)
		}
		r := w.do(t, posted("/fhir/Observation/$lastn", `{"resourceType":"Parameters","parameter":[{"name":"max","valuePositiveInt":3},{"name":"patient","valueReference":{"reference":"Patient/`+carl+`"}},{"name":"code","valueString":"29463-7"}]}`))
		if got := decode[bundle](t, r); r.Code != http.StatusOK || len(got.ids()) != 3 {
			t.Errorf("%d %.300s", r.Code, r.Body)
		}
	})
	w.play(t, []scenario{
		{"without a person", call{url: "/fhir/Observation/$lastn"}, 400, []string{"http.patient"}, nil},
		{"nobody of ours has anything", call{url: "/fhir/Observation/$lastn?patient={bob}"}, 200, []string{`"total":0`}, nil},
		{"a number that is none", call{url: "/fhir/Observation/$lastn?patient={ann}&max=0"}, 400, []string{"http.max"}, nil},
		{"a page has no place in it", call{url: "/fhir/Observation/$lastn?patient={ann}&_count=5"}, 400, []string{"_count"}, nil},
		{"a parameter that there is not", call{url: "/fhir/Observation/$lastn?patient={ann}&colour=red"}, 400, []string{"colour"}, nil},
	})
}
