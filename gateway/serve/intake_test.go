package serve_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	format "nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// listed is found without a check of the Bundle: the schema tries every type on
// each entry, which takes minutes where there are hundreds with extensions.
func (w *world) listed(t *testing.T, query string) []string {
	t.Helper()
	var all []string
	for _, e := range decode[bundle](t, w.get(t, w.url("/fhir/"+query))).Entry {
		if e.Search.Mode != "outcome" { // which says what the intakes could not carry
			all = append(all, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
	}
	return all
}

// An intake is another form of a serving: there is none unless the operator wants it.
func TestIntakes(t *testing.T) {
	w := newWorld(t)
	all, err := w.store.Records(t.Context(), queryOf(w.ann, record.KindServing, ""))
	if err != nil || len(all.Records) == 0 {
		t.Fatalf("no servings: %v", err)
	}
	var servings []string
	for i := range all.Records {
		servings = append(servings, "Basic/"+all.Records[i].ID)
	}
	slices.Sort(servings)
	first := all.Records[0].ID
	profile := "Basic?_count=1000&_profile=" + format.ProfileIntake

	t.Run("off, the type is not there", func(t *testing.T) {
		for _, url := range []string{"/fhir/Basic", "/fhir/Basic/" + first} {
			if r := w.get(t, url); r.Code != http.StatusNotFound {
				t.Errorf("%s: %d", url, r.Code)
			}
		}
		if strings.Contains(w.get(t, "/fhir/metadata").Body.String(), `"type":"Basic"`) {
			t.Error("the statement has it")
		}
	})

	on := newWorldWith(t, w, format.Format{Intake: true})
	t.Run("on, the statement says so", func(t *testing.T) {
		r := on.get(t, "/fhir/metadata")
		valid(t, "CapabilityStatement", r)
		if !strings.Contains(r.Body.String(), `"type":"Basic"`) {
			t.Error("the statement lacks it")
		}
	})
	t.Run("a search by the profile finds as many as there are servings", func(t *testing.T) {
		got := on.listed(t, profile)
		slices.Sort(got)
		if !slices.Equal(got, servings) {
			t.Errorf("%d of %d", len(got), len(servings))
		}
	})
	for query, want := range map[string]int{
		"Basic?_count=1000&patient={ann}":                                                     len(servings),
		"Basic?_count=1000&patient=" + w.bob.ID:                                               0,
		"Basic?_count=1000&code=http://hl7.org/fhir/fhir-types|NutritionIntake":               len(servings),
		"Basic?code=http://hl7.org/fhir/fhir-types|NutritionOrder":                            0,
		"Basic?_profile=http://hl7.org/fhir/5.0/StructureDefinition/profile-NutritionProduct": 0,
		"Basic?_id=" + first:                    1,
		"Basic?_count=1000&_lastUpdated=ge2000": len(servings),
		"Basic?_lastUpdated=lt2000":             0,
	} {
		t.Run(query+" finds what it asks for", func(t *testing.T) {
			if got := on.listed(t, query); len(got) != want {
				t.Errorf("%d, want %d", len(got), want)
			}
		})
	}
	t.Run("one is read, with its version, and is the serving of the same id", func(t *testing.T) {
		r := on.get(t, "/fhir/Basic/"+first)
		valid(t, "Basic", r)
		for _, part := range []string{`"resourceType":"Basic","id":"` + first + `"`, `"versionId":"1"`, format.ProfileIntake} {
			if !strings.Contains(r.Body.String(), part) {
				t.Errorf("it lacks %s", part)
			}
		}
		if old := on.get(t, "/fhir/Basic/"+first+"/_history/1"); old.Code != http.StatusOK || old.Body.String() != r.Body.String() {
			t.Errorf("version 1: %d", old.Code)
		}
	})
	t.Run("another record is no intake", func(t *testing.T) {
		days, err := w.store.Records(t.Context(), queryOf(w.ann, record.KindDay, ""))
		if err != nil || len(days.Records) == 0 {
			t.Fatalf("no days: %v", err)
		}
		if r := on.get(t, "/fhir/Basic/"+days.Records[0].ID); r.Code != http.StatusNotFound {
			t.Errorf("status %d", r.Code)
		}
	})
	t.Run("another tenant's is not there", func(t *testing.T) {
		theirs, err := w.store.Records(t.Context(), queryOf(w.bob, record.KindServing, ""))
		if err != nil || len(theirs.Records) == 0 {
			t.Fatalf("no servings: %v", err)
		}
		if r := on.get(t, "/fhir/Basic/"+theirs.Records[0].ID); r.Code != http.StatusNotFound {
			t.Errorf("status %d", r.Code)
		}
	})
	t.Run("the Observation stays, and everything of a person has both", func(t *testing.T) {
		if got := on.listed(t, "Observation?_id="+first); len(got) != 1 {
			t.Errorf("%d Observations", len(got))
		}
		whole := on.get(t, w.url("/fhir/Patient/{ann}/$everything?_type=Basic,Observation")).Body.String()
		for _, part := range []string{`"resourceType":"Basic","id":"` + first + `"`, `"resourceType":"Observation","id":"` + first + `"`} {
			if !strings.Contains(whole, part) {
				t.Errorf("it lacks %s", part)
			}
		}
	})
	t.Run("the history of the type has each, that of all has the Observation alone", func(t *testing.T) {
		if n := len(on.listed(t, "Basic/_history?_count=1000")); n != len(servings) {
			t.Errorf("%d of %d", n, len(servings))
		}
		if strings.Contains(on.get(t, "/fhir/_history?_count=1000").Body.String(), `"resourceType":"Basic"`) {
			t.Error("the history of all has intakes")
		}
	})
}
