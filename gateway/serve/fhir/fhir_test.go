package fhir_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/represent"
	room "nutrigate/gateway/serve/fhir"
	rooms "nutrigate/gateway/serve/room"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
)

// world is the room's routes over a real store, asked with any grant: a tenant
// with Ann and Bob, who have a week of the same diary.
type world struct {
	store    *sqlite.Store
	mux      *http.ServeMux
	ann, bob store.User
	grant    *grant.Grant
	edits    uint64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC) }
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if err := st.PutTenant(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	w := &world{store: st, mux: http.NewServeMux(), grant: &grant.Grant{Tenant: "t", Client: "key", All: true}}
	w.ann, w.bob = w.person(t, "ann"), w.person(t, "bob")
	m := room.Room{Store: st, Maker: represent.New(st, 64<<20), Format: fhir.Format{}, BaseURL: "http://here", Now: now}
	for _, r := range room.Routes(m) {
		if r.Path == "" {
			continue // the base itself, which is no path where there is nothing above it
		}
		w.mux.HandleFunc(r.Method+" "+r.Path, func(out http.ResponseWriter, in *http.Request) {
			a, err := r.Handle(in)
			if err != nil {
				out.Header().Set("Fault", string(fault.KindOf(err)))
				out.WriteHeader(http.StatusTeapot)
				_, _ = out.Write([]byte(err.Error()))
				return
			}
			_, _ = out.Write(a.Page.Body)
		})
	}
	return w
}

func (w *world) person(t testing.TB, name string) store.User {
	t.Helper()
	u, err := w.store.PutUser(t.Context(), store.User{Tenant: "t", Reference: name, Zone: "America/New_York", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	docs, err := demo.Documents(demo.Options{Seed: 7, Days: 4, End: "2026-02-09", Variant: demo.Variant{Targets: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Run(t.Context(), w.store, source.From(cronometer.Open), u, docs, ingest.Options{AsOf: "2026-02-09"}); err != nil {
		t.Fatal(err)
	}
	return u
}

// as returns the world seen with another grant.
func (w *world) as(g grant.Grant) *world {
	other := *w
	g.Tenant = "t"
	other.grant = &g
	return &other
}

func (w *world) ask(t testing.TB, method, address, form string) *httptest.ResponseRecorder {
	t.Helper()
	address = strings.NewReplacer("{ann}", w.ann.ID, "{bob}", w.bob.ID, "|", "%7C", " ", "%20").Replace(strings.TrimPrefix(address, "http://here/fhir"))
	r := httptest.NewRequestWithContext(rooms.WithGrant(t.Context(), w.grant), method, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := httptest.NewRecorder()
	w.mux.ServeHTTP(got, r)
	return got
}

// bundle is what is read of a searchset.
type bundle struct {
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []struct {
		FullURL  string
		Resource struct {
			ResourceType, ID  string
			EffectiveDateTime string
			Meta              struct{ VersionID string }
		}
		Search struct{ Mode string }
	}
}

func (w *world) get(t testing.TB, address string) bundle {
	t.Helper()
	return read(t, address, w.ask(t, http.MethodGet, address, ""))
}

func read(t testing.TB, address string, got *httptest.ResponseRecorder) bundle {
	t.Helper()
	if got.Code != http.StatusOK {
		t.Fatalf("%s: %s %s", address, got.Header().Get("Fault"), got.Body)
	}
	if err := (fhir.Format{}).Check(documentOf(got.Body.Bytes())); err != nil {
		t.Errorf("%s: %v", address, err)
	}
	var b bundle
	if err := json.Unmarshal(got.Body.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// refused returns the kind of fault with which a request is answered.
func (w *world) refused(t testing.TB, address string) (fault.Kind, string) {
	t.Helper()
	got := w.ask(t, http.MethodGet, address, "")
	return fault.Kind(got.Header().Get("Fault")), got.Body.String()
}

// found returns the matches, or what was included, as Type/id.
func (b bundle) found(mode string) []string {
	var all []string
	for _, e := range b.Entry {
		if e.Search.Mode == mode {
			all = append(all, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
	}
	return all
}

func (b bundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// types counts what is in a list by type.
func types(list []string) map[string]int {
	n := map[string]int{}
	for _, one := range list {
		name, _, _ := strings.Cut(one, "/")
		n[name]++
	}
	return n
}

func TestPagesAreOfOneMoment(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{"patient={ann}&_count=90&_total=accurate", "_sort=-date&patient={ann}&code=29463-7,http://loinc.org|75298-0&_count=3", "_sort=status,code&patient={ann}&category=survey&_count=60"} {
		t.Run(query, func(t *testing.T) {
			var before []string
			for next := "/Observation?" + query; next != ""; {
				b := w.get(t, next)
				before = append(before, b.found("match")...)
				next = b.link("next")
			}
			var after []string
			pages := 0
			for next := "/Observation?" + query; next != ""; pages++ {
				b := w.get(t, next)
				after = append(after, b.found("match")...)
				if pages == 0 {
					w.edit(t)
				}
				if self := b.link("self"); self == "" || (b.link("next") != "" && b.link("first") == "") {
					t.Errorf("links %v", b.Link)
				}
				next = b.link("next")
			}
			if back := w.back(t, "/Observation?"+query); !slices.Equal(back, []int{2, 1, 0}) {
				t.Errorf("links back lead to pages %v", back)
			}
			if !slices.Equal(before, after) || pages < 3 {
				t.Errorf("%d pages: %d resources before, %d while they were changed", pages, len(before), len(after))
			}
		})
	}
}

// back walks to the third page of a search and back again, and returns at which
// pages it was.
func (w *world) back(t testing.TB, address string) (at []int) {
	t.Helper()
	var firsts []string
	for range 3 {
		b := w.get(t, address)
		firsts = append(firsts, b.found("match")[0])
		address = b.link("next")
		if len(firsts) == 3 {
			address = b.link("self")
		}
	}
	for address != "" && len(at) < 5 {
		b := w.get(t, address)
		at = append(at, slices.Index(firsts, b.found("match")[0]))
		address = b.link("previous")
	}
	return at
}

// edit changes each person's diary: days are gone, others come, all get versions.
func (w *world) edit(t testing.TB) {
	t.Helper()
	for _, u := range []store.User{w.ann, w.bob} {
		w.edits++
		docs, err := demo.Documents(demo.Options{Seed: 100 + w.edits, Days: 4, End: "2026-02-11"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ingest.Run(t.Context(), w.store, source.From(cronometer.Open), u, docs, ingest.Options{AsOf: "2026-02-11"}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPagesBelongToWhoAsked(t *testing.T) {
	w := newWorld(t)
	next := w.get(t, "/Observation?patient={ann}&_count=5").link("next")
	w.get(t, next)
	t.Run("somebody else's is refused", func(t *testing.T) {
		for name, g := range map[string]grant.Grant{
			"another client":             {Client: "other", All: true},
			"the same, with less to see": {Client: "key", Patient: w.ann.ID, All: true},
		} {
			if kind, _ := w.as(g).refused(t, next); kind != fault.Forbidden {
				t.Errorf("%s: %s", name, kind)
			}
		}
	})
	t.Run("one that was changed is refused", func(t *testing.T) {
		i := strings.Index(next, "_page=") + len("_page=") + 20
		other := "A"
		if next[i:i+1] == other {
			other = "B"
		}
		for _, address := range []string{next[:i] + other + next[i+1:], next[:len(next)-4], strings.Replace(next, "/Observation", "/Goal", 1), next + "&patient=" + w.bob.ID} {
			if kind, text := w.refused(t, address); kind != fault.Invalid {
				t.Errorf("%s %s", kind, text)
			}
		}
	})
	t.Run("a link tells nothing of a posted search", func(t *testing.T) {
		b := read(t, "", w.ask(t, http.MethodPost, "/Observation/_search", url.Values{"patient": {w.ann.ID}, "_count": {"5"}}.Encode()))
		if next := b.link("next"); strings.Contains(next, w.ann.ID) || len(w.get(t, next).found("match")) != 5 {
			t.Errorf("next is %s", next)
		}
	})
}

func TestIncludes(t *testing.T) {
	w := newWorld(t)
	const days = "/Observation?patient={ann}&code=" + fhir.SystemRecord + "|day&date=2026-02-08&"
	for _, tt := range []struct {
		query string
		want  map[string]int
	}{
		{days + "_include=Observation:patient", map[string]int{"Patient": 1}},
		{days + "_include=Observation:subject:Patient&_include=Observation:performer", map[string]int{"Patient": 1}},
		{days + "_include=Observation:subject:Device", map[string]int{}},
		{"/Goal?patient={ann}&_include=Goal:subject", map[string]int{"Patient": 1}},
		{"/Patient?_id={ann}&_revinclude=Goal:patient", map[string]int{"Goal": 0}},
		{"/Patient?_id={ann}&_revinclude=NutritionOrder:patient", map[string]int{"NutritionOrder": 1}},
		{days + "_include=Observation:has-member", map[string]int{"Observation": 0}},
		{"/NutritionOrder?patient={ann}&_include=NutritionOrder:patient&_revinclude:iterate=Goal:patient", map[string]int{"Patient": 1, "Goal": 0}},
		{"/NutritionOrder?patient={ann}&_include=NutritionOrder:patient&_revinclude=Goal:patient", map[string]int{"Patient": 1}},
	} {
		t.Run(tt.query, func(t *testing.T) {
			got := types(w.get(t, tt.query).found("include"))
			for name, n := range tt.want {
				if got[name] == 0 || (n > 0 && got[name] != n) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("a wildcard is every reference of the type", func(t *testing.T) {
		if got := types(w.get(t, days+"_include=*").found("include")); got["Patient"] != 1 || got["Observation"] < 10 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("each once, and no match again", func(t *testing.T) {
		b := w.get(t, "/Observation?patient={ann}&date=2026-02-08&_count=500&_include=Observation:has-member&_include=Observation:patient")
		if got := b.found("include"); len(got) != 1 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("what the caller may not see is left out", func(t *testing.T) {
		only := w.as(grant.Grant{Client: "app", Patient: w.ann.ID, Scopes: []grant.Scope{{Type: "Observation", Actions: []grant.Action{grant.Search}}}})
		if got := only.get(t, days+"_include=Observation:patient").found("include"); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
	for _, bad := range []string{"_include=Observation", "_include=Observation:code", "_include=Flag:patient", "_include=Observation:subject:Goal", "_include:recurse=Observation:patient", "_revinclude=*", "_revinclude=Observation:*"} {
		t.Run(bad, func(t *testing.T) {
			if kind, text := w.refused(t, "/Observation?"+bad); kind != fault.Invalid || !strings.Contains(text, strings.SplitN(bad, "=", 2)[0]) {
				t.Errorf("%s %s", kind, text)
			}
		})
	}
}

func TestChains(t *testing.T) {
	w := newWorld(t)
	all := w.get(t, "/Goal?_count=1000").found("match")
	anns := w.get(t, "/Goal?patient={ann}&_count=1000").found("match")
	if len(anns) == 0 || len(all) != 2*len(anns) {
		t.Fatalf("%d of %d", len(anns), len(all))
	}
	for query, want := range map[string][]string{
		"/Goal?patient.identifier=ann":                                          anns,
		"/Goal?subject:Patient.identifier=" + fhir.SystemPatient + "|ann":       anns,
		"/Goal?patient._id={ann}":                                               anns,
		"/Goal?patient.active=true":                                             all,
		"/Goal?patient.active=false":                                            nil,
		"/Patient?_has:Goal:patient:lifecycle-status=active&identifier=ann":     {"Patient/" + w.ann.ID},
		"/Patient?_has:Goal:patient:lifecycle-status=cancelled":                 nil,
		"/Patient?_has:Observation:patient:code=29463-7&_id={bob}":              {"Patient/" + w.bob.ID},
		"/Goal?patient._has:NutritionOrder:patient:status=active&patient={ann}": anns,
	} {
		t.Run(query, func(t *testing.T) {
			if got := w.get(t, query+"&_count=1000").found("match"); !slices.Equal(got, want) {
				t.Errorf("got %d, want %d", len(got), len(want))
			}
		})
	}
	t.Run("what a day is made of", func(t *testing.T) {
		day := w.get(t, "/Observation?patient={ann}&code=day&date=2026-02-08").found("match")
		got := w.get(t, "/Observation?patient={ann}&_has:Observation:has-member:_id="+strings.TrimPrefix(day[0], "Observation/")+"&_count=1000").found("match")
		totals := w.get(t, "/Observation?patient={ann}&date=2026-02-08&code="+fhir.SystemNutrient+"|&_count=1000").found("match")
		slices.Sort(got)
		slices.Sort(totals)
		if len(got) == 0 || !slices.Equal(got, totals) {
			t.Errorf("got %d, want %d", len(got), len(totals))
		}
		panels := w.get(t, "/Observation?patient={ann}&has-member="+totals[0]).found("match")
		if !slices.Equal(panels, day) {
			t.Errorf("got %v, want %v", panels, day)
		}
		chained := w.get(t, "/Observation?patient={ann}&has-member:Observation._id="+strings.TrimPrefix(totals[0], "Observation/")).found("match")
		if !slices.Equal(chained, day) {
			t.Errorf("got %v, want %v", chained, day)
		}
	})
}

func TestGrants(t *testing.T) {
	w := newWorld(t)
	rs := []grant.Action{grant.Read, grant.Search}
	observations := grant.Scope{Type: "Observation", Actions: rs}
	vitals := grant.Scope{Type: "Observation", Actions: rs, Query: url.Values{"category": {"vital-signs"}}}
	app := w.as(grant.Grant{Client: "app", Patient: w.ann.ID, Scopes: []grant.Scope{vitals, {Type: "Patient", Actions: rs}}})
	everything := w.get(t, "/Observation?patient={ann}&category=vital-signs&_count=1000").found("match")
	t.Run("a search without a patient finds the one", func(t *testing.T) {
		if got := app.get(t, "/Observation?_count=1000").found("match"); !slices.Equal(got, everything) || len(got) == 0 {
			t.Errorf("got %d, want %d", len(got), len(everything))
		}
	})
	t.Run("so does each order", func(t *testing.T) {
		for _, sort := range []string{"date", "-date", "status", "_id"} {
			if got := app.get(t, "/Observation?_count=1000&_sort="+sort).found("match"); len(got) != len(everything) {
				t.Errorf("%s: got %d, want %d", sort, len(got), len(everything))
			}
		}
	})
	t.Run("others have nothing", func(t *testing.T) {
		for _, address := range []string{"/Observation?patient={bob}", "/Patient?_id={bob}", "/Patient?identifier=bob", "/Observation?patient={ann}&category=survey", "/Observation?patient.identifier=bob"} {
			if got := app.get(t, address).found("match"); len(got) != 0 {
				t.Errorf("%s: got %v", address, got)
			}
		}
		for _, address := range []string{"/Patient/{bob}", "/Patient/{bob}/Observation", w.get(t, "/Observation?patient={bob}&category=vital-signs&_count=1").found("match")[0], w.get(t, "/Observation?patient={ann}&category=survey&_count=1").found("match")[0]} {
			if !strings.HasPrefix(address, "/") {
				address = "/" + address
			}
			if kind, _ := app.refused(t, address); kind != fault.NotFound {
				t.Errorf("%s: %s", address, kind)
			}
		}
	})
	t.Run("a type that is not in scope is forbidden", func(t *testing.T) {
		for _, address := range []string{"/Goal", "/Goal/x", "/Patient/{ann}/Goal", "/CodeSystem", "/Patient?_has:Goal:patient:lifecycle-status=active", "/Goal?_page=x"} {
			if kind, _ := app.refused(t, address); kind != fault.Forbidden {
				t.Errorf("%s: %s", address, kind)
			}
		}
		blind := w.as(grant.Grant{Client: "app", Scopes: []grant.Scope{observations}})
		if kind, _ := blind.refused(t, "/Observation?patient.identifier=ann"); kind != fault.Forbidden {
			t.Errorf("a chain tells of people: %s", kind)
		}
	})
	t.Run("who may search may not read, nor the other way round", func(t *testing.T) {
		id := everything[0]
		searcher := w.as(grant.Grant{Client: "app", Scopes: []grant.Scope{{Type: "Observation", Actions: rs[1:]}}})
		reader := w.as(grant.Grant{Client: "app", Scopes: []grant.Scope{{Type: "Observation", Actions: rs[:1]}}})
		if kind, _ := searcher.refused(t, "/"+id); kind != fault.Forbidden {
			t.Errorf("read: %s", kind)
		}
		if kind, _ := reader.refused(t, "/Observation"); kind != fault.Forbidden {
			t.Errorf("search: %s", kind)
		}
		if got := reader.ask(t, http.MethodGet, "/"+id, ""); got.Code != http.StatusOK {
			t.Errorf("read: %s", got.Body)
		}
	})
	t.Run("counts are of what may be seen", func(t *testing.T) {
		if b := app.get(t, "/Observation?_count=0"); b.Total == nil || *b.Total != len(everything) {
			t.Errorf("got %v, want %d", b.Total, len(everything))
		}
		if b := app.get(t, "/Observation?_count=3&_total=accurate"); b.Total == nil || *b.Total != len(everything) {
			t.Errorf("got %v, want %d", b.Total, len(everything))
		}
	})
}

func TestCompartments(t *testing.T) {
	w := newWorld(t)
	want := w.get(t, "/Observation?patient={ann}&code=29463-7").found("match")
	for _, got := range [][]string{
		w.get(t, "/Patient/{ann}/Observation?code=29463-7").found("match"),
		read(t, "", w.ask(t, http.MethodPost, "/Patient/{ann}/Observation/_search?_count=50", "code=29463-7")).found("match"),
	} {
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("got %d, want %d", len(got), len(want))
		}
	}
	if kind, _ := w.refused(t, "/Patient/nobody/Observation"); kind != fault.NotFound {
		t.Errorf("nobody's: %s", kind)
	}
	b := w.get(t, "/Patient/{ann}/Observation?_count=2")
	if self := b.link("self"); self != "http://here/fhir/Patient/"+w.ann.ID+"/Observation?_count=2" {
		t.Errorf("self is %s", self)
	}
	if got := w.get(t, b.link("next")).found("match"); len(got) != 2 {
		t.Errorf("the next page has %d", len(got))
	}
}

func TestSorts(t *testing.T) {
	w := newWorld(t)
	days := func(query string) (all []string) {
		for _, e := range w.get(t, "/Observation?code=http://loinc.org|75298-0&"+query).Entry {
			all = append(all, e.Resource.EffectiveDateTime)
		}
		return all
	}
	up, down := days("_sort=date"), days("_sort=-date")
	if !slices.IsSorted(up) || len(up) != 8 {
		t.Errorf("got %v", up)
	}
	slices.Reverse(down)
	if !slices.Equal(up, down) {
		t.Errorf("got %v, want %v", down, up)
	}
	ids := w.get(t, "/Observation?_sort=-_id&_count=20&patient={ann}").found("match")
	slices.Reverse(ids)
	if !slices.IsSorted(ids) || len(ids) != 20 {
		t.Errorf("by id: %v", ids)
	}
	for _, bad := range []string{"_sort=colour", "_sort=code-value-quantity", "_sort=date&_sort=code", "_total=some", "_count=-1", "_count=1&_count=2", "_contained=true", "_summary:x=true"} {
		if kind, text := w.refused(t, "/Observation?"+bad); kind != fault.Invalid {
			t.Errorf("%s: %s %s", bad, kind, text)
		}
	}
}

func documentOf(body []byte) mapping.Document { return mapping.Document{Type: "Bundle", Body: body} }

// A search may name every code that there is; what it finds, and what the
// opposite finds, is everything.
func TestManyCodes(t *testing.T) {
	w := newWorld(t)
	count := func(query string) int {
		t.Helper()
		return *w.get(t, "/Observation?patient={ann}&_count=0&"+query).Total
	}
	all := count("")
	systems := strings.Join([]string{fhir.SystemLOINC, fhir.SystemNutrient, fhir.SystemBiometric, fhir.SystemRecord}, "|,") + "|"
	for _, codes := range []string{systems, "29463-7" + strings.Repeat(",http://loinc.org|75298-0", 150)} {
		if with, without := count("code="+codes), count("code:not="+codes); with == 0 || with+without != all {
			t.Errorf("%.60s: %d and %d of %d", codes, with, without, all)
		}
	}
}
