package shelf_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
)

// world is a tenant with people in several zones, who have the same diary, and
// one of nobody's.
type world struct {
	store  *sqlite.Store
	types  shelf.Types
	people []store.User
}

func newWorld(t testing.TB, zones ...string) *world {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC) }
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	w := &world{store: st}
	w.types = shelf.New(shelf.Deps{Store: st, Maker: represent.New(st, 64<<20), Format: fhir.Format{NutritionAssessment: true}, Now: now})
	if err := st.PutTenant(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	docs, err := demo.Documents(demo.Options{Seed: 7, Days: 2, End: "2026-02-09", Variant: demo.Variant{Targets: true}})
	if err != nil {
		t.Fatal(err)
	}
	for i, zone := range zones {
		u, err := st.PutUser(t.Context(), store.User{Tenant: "t", Reference: fmt.Sprint("person ", i), Zone: zone, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.Run(t.Context(), st, source.From(cronometer.Open), u, docs, ingest.Options{AsOf: "2026-02-09"}); err != nil {
			t.Fatal(err)
		}
		w.people = append(w.people, u)
	}
	return w
}

func (w *world) scan(kind string) (shelf.Type, shelf.Scan) {
	t, _ := w.types.Type(kind)
	s, err := t.Scope(&grant.Grant{Tenant: "t", All: true}, grant.Search)
	if err != nil {
		panic(err) // everything is granted
	}
	return t, s
}

// seen returns every resource of a type, as searches see it.
func (w *world) seen(t testing.TB, kind string) []*search.Resource {
	t.Helper()
	typ, s := w.scan(kind)
	var all []*search.Resource
	if err := typ.Walk(t.Context(), s, func(r *shelf.Resource) error {
		one, err := r.Searched()
		all = append(all, one)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// pool has values for parameters; those of a property are drawn from it.
func (w *world) pool() map[string]map[string][]string {
	ann, bob := w.people[0].ID, w.people[1].ID
	dates := []string{
		"2026-02-08", "2026-02", "2026", "ge2026-02-08", "gt2026-02-08", "lt2026-02-07", "le2026-02-07", "sa2026-02-07", "eb2026-02-07", "ne2026-02-07", "ap2026-02-07",
		"2026-02-07T23:30", "2026-02-07T12:00:00Z", "ge2026-02-07T23:59:59-05:00", "lt2026-02-07T00:00:00+09:00", "le2026-02-07T05:00Z", "2026-02-06,2026-02-09", "2026-02-06T08:00,gt2026-02-08", "9999", "lt0001-02",
	}
	return map[string]map[string][]string{
		"Observation": {
			"patient":                   {ann, bob, "Patient/" + ann, ann + "," + bob, "nobody", "http://elsewhere/Patient/" + ann},
			"subject:Patient":           {ann, bob},
			"subject:missing":           {"true", "false"},
			"code":                      {"29463-7", "http://loinc.org|75298-0", "15074-8", "2339-0", fhir.SystemNutrient + "|", fhir.SystemNutrient + "|sodium,29463-7", "|29463-7", "http://snomed.info/sct|29463-7", fhir.SystemRecord + "|food", "nothing"},
			"code:not":                  {"29463-7", "http://loinc.org|75298-0"},
			"code:text":                 {"sod", "weight"},
			"category":                  {"survey", "vital-signs,activity", fhir.SystemCategory + "|survey", fhir.SystemCategory + "|", "nutrition-assessment", "|survey", "http://x|survey"},
			"category:missing":          {"true", "false"},
			"date":                      dates,
			"date:missing":              {"true", "false"},
			"_lastUpdated":              {"2026-02-10", "gt2026-02-10T12:00:00.002Z", "lt2026-02-10", "2026-02-10T12:00:00.004Z"},
			"status":                    {"final", "preliminary", "http://hl7.org/fhir/observation-status|final"},
			"value-quantity":            {"gt1000", "70", "lt2|http://unitsofmeasure.org|g/d"},
			"combo-code":                {"http://loinc.org|8480-6", fhir.SystemNutrient + "|iron", "55411-3,29463-7", fhir.SystemRecord + "|amount"},
			"component-code":            {"8462-4", "http://loinc.org|", fhir.SystemNutrient + "|", fhir.SystemRecord + "|group,http://loinc.org|55424-6", "|8462-4", "nothing"},
			"component-code:not":        {"8480-6"},
			"combo-code-value-quantity": {"http://loinc.org|8480-6$gt100", fhir.SystemNutrient + "|sodium$lt50"},
			"performer":                 {ann},
			"has-member:missing":        {"false"},
		},
		"Goal": {
			"patient": {ann, bob}, "start-date": dates, "lifecycle-status": {"active", "draft"}, "category": {"dietary", "x"}, "subject": {"Patient/" + bob, "Group/1"},
		},
		"Patient": {
			"_id": {ann, bob, ann + "," + bob, "nobody"}, "identifier": {"person 0", bob, "nobody", fhir.SystemPatient + "|person 1", "http://x|" + ann, fhir.SystemPatient + "|"},
			"active": {"true", "false"}, "_id:not": {ann}, "identifier:missing": {"true", "false"},
		},
		"CodeSystem": {"url": {fhir.SystemNutrient}, "status": {"active", "draft"}, "name": {"cronom"}, "code": {"sodium"}},
	}
}

// What a shelf settles by itself has to be what the resources say: each search
// finds exactly those that meet it, looked at one by one.
func TestSearchesFindWhatMatches(t *testing.T) {
	w := newWorld(t, "America/New_York", "", "Pacific/Apia")
	pool := w.pool()
	everything := map[string][]*search.Resource{}
	for kind := range pool {
		everything[kind] = w.seen(t, kind)
	}
	kinds := slices.Sorted(func(yield func(string) bool) {
		for k := range pool {
			if !yield(k) {
				return
			}
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(append(kinds, "Observation", "Observation", "Observation")).Draw(rt, "type")
		names := slices.Sorted(func(yield func(string) bool) {
			for k := range pool[kind] {
				if !yield(k) {
					return
				}
			}
		})
		q := url.Values{}
		for range rapid.IntRange(1, 3).Draw(rt, "conditions") {
			name := rapid.SampledFrom(names).Draw(rt, "name")
			q.Add(name, rapid.SampledFrom(pool[kind][name]).Draw(rt, "value"))
		}
		query, err := search.Reader{Base: "http://here/fhir", Now: time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)}.Parse(kind, q)
		if err != nil {
			rt.Fatalf("%s: %v", q.Encode(), err)
		}
		var want []string
		for _, r := range everything[kind] {
			if query.Matches(r) {
				want = append(want, r.ID)
			}
		}
		typ, s := w.scan(kind)
		s = s.With(query)
		n, err := typ.Count(t.Context(), s)
		if err != nil || n != len(want) {
			rt.Errorf("%s?%s: counted %d, %d match; %v", kind, q.Encode(), n, len(want), err)
		}
		if got := pages(t, typ, s, shelf.ByPlace, counts(len(want)).Draw(rt, "count")); !slices.Equal(got, want) {
			rt.Errorf("%s?%s: found %d, want %d", kind, q.Encode(), len(got), len(want))
		}
		slices.Sort(want)
		if _, ok := typ.Shelf.(shelf.Dated); ok && kind == "Observation" {
			got := pages(t, typ, s, rapid.SampledFrom([]shelf.Order{shelf.ByDate, shelf.ByDateDown}).Draw(rt, "order"), counts(len(want)).Draw(rt, "count"))
			slices.Sort(got)
			if !slices.Equal(got, want) {
				rt.Errorf("%s?%s, by date: found %d, want %d", kind, q.Encode(), len(got), len(want))
			}
		}
	})
}

// counts are how long the pages of a search may be: short ones where there are
// few of them.
func counts(matches int) *rapid.Generator[int] {
	return rapid.SampledFrom([]int{3 + matches/8, 50 + matches/4, 5000})
}

// pages returns the ids of a search read page by page.
func pages(t testing.TB, typ shelf.Type, s shelf.Scan, o shelf.Order, count int) []string {
	t.Helper()
	var ids []string
	for {
		found, next, err := typ.Find(t.Context(), s, o, count)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			ids = append(ids, r.ID)
		}
		if len(found) > count || (next != "" && len(found) < count) {
			t.Fatalf("%d on a page of %d", len(found), count)
		}
		if s.After = next; next == "" {
			return ids
		}
	}
}

func TestByDate(t *testing.T) {
	w := newWorld(t, "America/New_York", "Asia/Tokyo")
	typ, s := w.scan("Observation")
	for name, o := range map[string]shelf.Order{"up": shelf.ByDate, "down": shelf.ByDateDown} {
		t.Run(name, func(t *testing.T) {
			last := ""
			s.After = ""
			for n := 0; ; n++ {
				found, next, err := typ.Find(t.Context(), s, o, 40)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range found {
					seen, err := r.Searched()
					if err != nil {
						t.Fatal(err)
					}
					day := search.Lookup("Observation", "date").SortKey(seen, false)[:10]
					if last != "" && (strings.Compare(last, day) > 0) != (o == shelf.ByDateDown) && last != day {
						t.Fatalf("%s after %s", day, last)
					}
					last = day
				}
				if s.After = next; next == "" {
					if n < 5 {
						t.Errorf("%d pages only", n)
					}
					return
				}
			}
		})
	}
}

func TestScope(t *testing.T) {
	w := newWorld(t, "America/New_York", "Asia/Tokyo")
	ann, bob := w.people[0].ID, w.people[1].ID
	vitals := grant.Scope{Type: "Observation", Actions: []grant.Action{grant.Search}, Query: url.Values{"category": {"vital-signs"}}}
	activity := grant.Scope{Type: "Observation", Actions: []grant.Action{grant.Read}, Query: url.Values{"category": {"activity"}}}
	typ, _ := w.types.Type("Observation")
	count := func(g *grant.Grant, query string, actions ...grant.Action) int {
		t.Helper()
		s, err := typ.Scope(g, actions...)
		if err != nil {
			t.Fatal(err)
		}
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		query1, err := search.Parse("Observation", q)
		if err != nil {
			t.Fatal(err)
		}
		n, err := typ.Count(t.Context(), s.With(query1))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := &grant.Grant{Tenant: "t", All: true}
	bounded := &grant.Grant{Tenant: "t", Patient: ann, Scopes: []grant.Scope{vitals, activity}}
	want := count(all, "category=vital-signs&patient="+ann, grant.Search)
	if got := count(bounded, "", grant.Search); got != want || want == 0 {
		t.Errorf("a scope with a query lets %d through, want %d", got, want)
	}
	if got := count(bounded, "patient="+bob, grant.Search); got != 0 {
		t.Errorf("%d of somebody else", got)
	}
	if got, want := count(bounded, "", grant.Read, grant.Search), count(all, "category=vital-signs,activity&patient="+ann, grant.Search); got != want {
		t.Errorf("two scopes let %d through, want %d", got, want)
	}
	if got := count(&grant.Grant{Tenant: "other", All: true}, "", grant.Search); got != 0 {
		t.Errorf("%d of another tenant", got)
	}
}

func TestPeopleAtAnInstant(t *testing.T) {
	w := newWorld(t, "America/New_York", "Asia/Tokyo")
	typ, s := w.scan("Patient")
	var err error
	if s.AsOf, err = w.store.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	no := false
	if _, err := w.store.ChangeUser(t.Context(), "t", w.people[0].ID, store.UserChange{Active: &no}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.PutUser(t.Context(), store.User{Tenant: "t", Reference: "later", Active: true}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		query       string
		then, today int
	}{{"", 2, 3}, {"active=true", 2, 2}, {"active=false", 0, 1}} {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		q, err := search.Parse("Patient", values)
		if err != nil {
			t.Fatal(err)
		}
		then, err := typ.Count(t.Context(), s.With(q))
		if err != nil {
			t.Fatal(err)
		}
		current := s.With(q)
		current.AsOf = time.Time{}
		now, err := typ.Count(t.Context(), current)
		if err != nil || then != tt.then || now != tt.today {
			t.Errorf("%q: %d then and %d now, want %d and %d; %v", tt.query, then, now, tt.then, tt.today, err)
		}
	}
}
