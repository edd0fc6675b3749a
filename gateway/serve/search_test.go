package serve_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// diary is a few records with exact times, of a person in New York (UTC-5).
const (
	biometricsCSV = `Day,Time,Group,Metric,Unit,Amount
2026-01-09,7:00 AM,Uncategorized,"Weight",kg,68.0
2026-01-09,11:30 PM,Uncategorized,"Weight",kg,68.5
2026-01-10,,Uncategorized,"Weight",kg,69.0
2026-01-10,8:00 AM,Uncategorized,"Blood Glucose",mmol/L,5.2
2026-01-10,8:05 AM,Uncategorized,"Blood Glucose",mg/dL,94.0
`
	fastsCSV = `Name,Start,End,Recurrence,Comments
"16:8",2026-01-09 20:15:00,2026-01-10 12:15:00,"Daily",""
"18:6",2026-02-09 20:00:00,,"None",""
`
)

// withCarl adds a person whose only records are those of the diary.
func withCarl(t testing.TB, w *world) (id string) {
	t.Helper()
	for name, body := range map[string]string{"biometrics.csv": biometricsCSV, "fasts.csv": fastsCSV} {
		r := w.do(t, call{
			method: http.MethodPost, url: "/v2/import?reference_id=carl&zone=America/New_York&name=" + name,
			header: map[string]string{"Content-Type": "text/csv"}, body: strings.NewReader(body),
		})
		if r.Code != http.StatusOK {
			t.Fatalf("import: %d %s", r.Code, r.Body)
		}
	}
	u, err := w.store.UserByReference(t.Context(), "demo", "carl")
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestSearchByDate(t *testing.T) {
	w := newWorld(t)
	carl := withCarl(t, w)
	// What is found is told by letters: a is the weight at 7:00 on the 9th, b
	// that at 23:30, c that of the 10th without a time, d and e the glucoses, f
	// the fast over midnight, g the running one.
	const a, b, c, d, e, f, g = "a2026-01-09T07:00:00-05:00", "b2026-01-09T23:30:00-05:00", "c2026-01-10", "d2026-01-10T08:00:00-05:00", "e2026-01-10T08:05:00-05:00", "f2026-01-09T20:15:00-05:00", "g2026-02-09T20:00:00-05:00"
	letters := map[string]string{}
	for _, l := range []string{a, b, c, d, e, f, g} {
		letters[l[1:]] = l[:1]
	}
	for _, tt := range []struct{ name, query, want string }{
		{"without a date is everything", "", "abcdefg"},
		{"a day is the day on the person's calendar, though 23:30 there is the next day in UTC", "date=2026-01-09", "ab"},
		{"a day without a time is found by its day", "date=2026-01-10", "cde"},
		{"a month", "date=2026-01", "abcdef"},
		{"a year and a bound", "date=2026&date=lt2026-02", "abcdef"},
		{"two bounds around a day, which the fast leaves at its end", "date=ge2026-01-09&date=le2026-01-09", "ab"},
		{"from a day on, a fast that ends later too", "date=gt2026-01-09", "cdefg"},
		{"before a day", "date=lt2026-01-10", "abf"},
		{"starting after a day", "date=sa2026-01-09", "cdeg"},
		{"ending before a day", "date=eb2026-01-10", "ab"},
		{"not on a day", "date=ne2026-01-09", "cdefg"},
		{"one of two days", "date=2026-01-09,2026-01-10", "abcde"},
		{"a moment with its offset", "date=2026-01-09T23:30:00-05:00", "b"},
		{"the same moment in UTC", "date=2026-01-10T04:30:00Z", "b"},
		{"a moment on the person's clock", "date=2026-01-09T23:30", "b"},
		{"an offset whose plus became a space", "date=2026-01-10T05:30:00+01:00", "b"},
		{"from a moment on, with the fast under way and the whole day", "date=ge2026-01-10T08:01:00-05:00", "cefg"},
		{"before a moment", "date=lt2026-01-09T12:00:00-05:00", "a"},
		{"ended before a moment", "date=eb2026-01-10T08:05:00-05:00", "abd"},
		{"nothing on other days", "date=2025-01-09", ""},
		{"a date and a code", "date=2026-01-10&code=29463-7", "c"},
		{"a date and a category", "date=2026-01-10&category=laboratory", "de"},
		{"glucose in moles per litre alone", "code=http://loinc.org|15074-8", "d"},
		{"a code in any system", "code=29463-7", "abc"},
		{"a code in the wrong system", "code=http://snomed.info/sct|29463-7", ""},
		{"a code without a system", "code=|29463-7", ""},
		{"one of two codes", "code=29463-7,http://loinc.org|15074-8", "abcd"},
		{"two codes at once are none", "code=29463-7&code=15074-8", ""},
		{"all codes of a system", "code=https://nutrigate.dev/fhir/CodeSystem/cronometer-record|", "fg"},
		{"a category with its system", "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs", "abc"},
		{"a category that is not there", "category=imaging", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := w.get(t, "/fhir/Observation?patient="+carl+"&"+strings.ReplaceAll(tt.query, "|", "%7C"))
			if r.Code != http.StatusOK {
				t.Fatalf("status %d: %s", r.Code, r.Body)
			}
			var found []string
			for _, entry := range decode[bundle](t, r).Entry {
				if entry.Resource.ResourceType != "OperationOutcome" {
					found = append(found, letters[entry.Resource.EffectiveDateTime+entry.Resource.EffectivePeriod.Start])
				}
			}
			slices.Sort(found)
			if got := strings.Join(found, ""); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSearchPages(t *testing.T) {
	w := newWorld(t)
	all := decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&category=vital-signs&_count=1000")))
	if all.Total == nil || *all.Total != len(all.ids()) || *all.Total < 20 {
		t.Fatalf("total %v of %d", all.Total, len(all.ids()))
	}
	t.Run("following next gives each resource once, in the same order", func(t *testing.T) {
		var got []string
		next := w.url("/fhir/Observation?patient={ann}&category=vital-signs&_count=7")
		for next != "" {
			page := decode[bundle](t, w.get(t, next))
			if n := len(page.ids()); n == 0 || n > 7 {
				t.Fatalf("%d on a page of 7", n)
			}
			got = append(got, page.ids()...)
			next = page.link("next")
		}
		if !slices.Equal(got, all.ids()) {
			t.Errorf("got %d ids, want %d", len(got), len(all.ids()))
		}
	})
	t.Run("so it does where matches are rare or come together", func(t *testing.T) {
		const query = "/fhir/Observation?patient={ann}&date=2026-01-05T00:00:00Z,2026-02-01T20:00,ge2026-02-08T23:00:00Z&_count="
		all := decode[bundle](t, w.get(t, w.url(query+"1000"))).ids()
		for _, count := range []string{"1", "7"} {
			var got []string
			for next := w.url(query + count); next != ""; {
				page := decode[bundle](t, w.get(t, next))
				got = append(got, page.ids()...)
				next = page.link("next")
			}
			if len(all) < 20 || !slices.Equal(got, all) {
				t.Errorf("by %s: got %d ids, want %d", count, len(got), len(all))
			}
		}
	})
	t.Run("a count of none gives the total alone", func(t *testing.T) {
		page := decode[bundle](t, w.get(t, w.url("/fhir/Observation?patient={ann}&category=vital-signs&_count=0")))
		if page.Total == nil || *page.Total != *all.Total || len(page.Entry) != 0 {
			t.Errorf("total %v with %d entries, want %d", page.Total, len(page.Entry), *all.Total)
		}
	})
	t.Run("a posted search is the same search", func(t *testing.T) {
		form := url.Values{"patient": {w.ann.ID}, "category": {"vital-signs"}, "_count": {"1000"}}
		r := w.do(t, call{
			method: http.MethodPost, url: "/fhir/Observation/_search",
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: strings.NewReader(form.Encode()),
		})
		if got := decode[bundle](t, r); !slices.Equal(got.ids(), all.ids()) {
			t.Errorf("got %d, want %d", len(got.ids()), len(all.ids()))
		}
	})
	t.Run("links are absolute and say what was used", func(t *testing.T) {
		r := w.do(t, call{
			url:    w.url("/fhir/Observation?patient={ann}&colour=red&_count=1&_format=json"),
			header: map[string]string{"Prefer": "handling=lenient"},
		})
		self := decode[bundle](t, r).link("self")
		if want := "http://example.com/fhir/Observation?_count=1&_format=json&patient=" + w.ann.ID; self != want {
			t.Errorf("self is %s, want %s", self, want)
		}
	})
	t.Run("entries have the address at which they can be read", func(t *testing.T) {
		e := all.Entry[0]
		if r := w.get(t, e.FullURL); !strings.Contains(r.Body.String(), e.Resource.ID) || r.Code != http.StatusOK {
			t.Errorf("%s: %d", e.FullURL, r.Code)
		}
	})
	t.Run("several ids", func(t *testing.T) {
		ids := all.ids()[:3]
		got := decode[bundle](t, w.get(t, "/fhir/Observation?_id="+strings.Join(ids, ",")+",nothing")).ids()
		if !slices.Equal(got, ids) {
			t.Errorf("got %v, want %v", got, ids)
		}
	})
	t.Run("everyone's records are found without a patient, page by page", func(t *testing.T) {
		got := decode[bundle](t, w.get(t, "/fhir/NutritionOrder")).ids()
		if len(got) != 1 {
			t.Errorf("got %d plans, want the one of Ann", len(got))
		}
	})
	t.Run("a patient by the tenant's own name", func(t *testing.T) {
		for _, q := range []string{"identifier=ann", "identifier=https://nutrigate.dev/fhir/NamingSystem/patient%7C" + w.ann.ID, "_id=" + w.ann.ID + "&active=true"} {
			if got := decode[bundle](t, w.get(t, "/fhir/Patient?"+q)).ids(); !slices.Equal(got, []string{w.ann.ID}) {
				t.Errorf("%s: got %v", q, got)
			}
		}
		for _, q := range []string{"identifier=bob", "active=false", "identifier=http://other%7Cann", "_id=" + w.bob.ID} {
			if got := decode[bundle](t, w.get(t, "/fhir/Patient?"+q)).ids(); len(got) != 0 {
				t.Errorf("%s: got %v", q, got)
			}
		}
	})
	t.Run("patients come in pages too", func(t *testing.T) {
		withCarl(t, w)
		first := decode[bundle](t, w.get(t, "/fhir/Patient?_count=1"))
		second := decode[bundle](t, w.get(t, first.link("next")))
		if len(first.ids()) != 1 || len(second.ids()) != 1 || first.ids()[0] == second.ids()[0] || second.link("next") != "" {
			t.Errorf("pages %v and %v", first.ids(), second.ids())
		}
	})
}
