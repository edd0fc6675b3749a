package serve_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// description is what tests read of /openapi.json, which is made from the
// table of routes.
type description struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Required bool
			Example  string
			Schema   struct{ Enum []string }
		}
		Security []map[string][]string
	}
}

// Every route of the table is asked, with Ann's key, for what Bob has: by user,
// by reference, and by each of his records.
func TestAnotherTenantsDataIsNotFound(t *testing.T) {
	w := newWorld(t)
	page, err := w.store.Records(t.Context(), store.Query{Tenant: "other", User: w.bob.ID, From: lastDay})
	if err != nil || len(page.Records) == 0 {
		t.Fatal(err)
	}
	records := map[record.Kind]string{}
	for _, r := range page.Records {
		records[r.Kind] = r.ID
	}
	asked := 0
	for path, methods := range decode[description](t, w.get(t, "/openapi.json")).Paths {
		for method, operation := range methods {
			if len(operation.Security) == 0 {
				continue // public: nobody's data
			}
			q, variables := url.Values{}, []string(nil)
			isAudit := strings.Contains(path, "/AuditEvent") // which has what the caller asked for, found or not
			names := false                                   // whether the request can name a person or record
			for _, p := range operation.Parameters {
				switch {
				case p.In == "path" && p.Name == "id":
					names = true
				case p.In == "path":
					variables = p.Schema.Enum
				case p.Name == "user_id" || p.Name == "patient":
					names = true
					q.Set(p.Name, w.bob.ID)
				case p.Required:
					q.Set(p.Name, p.Example)
				}
			}
			for _, variable := range append(variables, "")[:max(len(variables), 1)] {
				for _, id := range append([]string{w.bob.ID}, values(records)...) {
					target := strings.NewReplacer("{type}", variable, "{id}", id).Replace(path) + "?" + q.Encode()
					got := w.do(t, call{method: strings.ToUpper(method), url: target, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, body: strings.NewReader("")})
					asked++
					body := got.Body.String()
					if found := decode[bundle](t, got); found.Type == "searchset" {
						names = names && len(found.ids()) > 0 && !isAudit
						body = strings.ReplaceAll(body, found.link("self"), "")
					}
					if names && got.Code != http.StatusNotFound {
						t.Errorf("%s %s: %d", method, target, got.Code)
					}
					if !isAudit && strings.Contains(withoutInstance(body), w.bob.ID) {
						t.Errorf("%s %s tells of Bob", method, target)
					}
				}
			}
		}
	}
	if asked < 100 {
		t.Errorf("asked only %d times; is the description empty?", asked)
	}
}

func values(m map[record.Kind]string) []string {
	var all []string
	for _, id := range m {
		all = append(all, id)
	}
	return all
}

// withoutInstance takes the caller's own address out of a problem.
func withoutInstance(body string) string {
	before, rest, found := strings.Cut(body, `"instance":"`)
	if !found {
		return body
	}
	_, after, _ := strings.Cut(rest, `"`)
	return before + after
}

func TestOneRecord(t *testing.T) {
	w := newWorld(t)
	of := func(kind record.Kind) string {
		page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", User: w.ann.ID, Select: []store.Selector{{Kind: kind}}, Limit: 1})
		if err != nil || len(page.Records) == 0 {
			t.Fatal(kind, err)
		}
		return page.Records[0].ID
	}
	exercise, serving := of(record.KindExercise), of(record.KindServing)
	for _, c := range []struct {
		name, url, accept string
		status            int
		contentType       string
	}{
		{"an exercise is an activity", "/v2/activity/" + exercise, "*/*", 200, "application/json"},
		{"an exercise as FHIR is the Observation", "/v2/activity/" + exercise, "application/fhir+json", 200, "application/fhir+json"},
		{"an exercise as FIT is one file", "/v2/activity/" + exercise, "application/vnd.ant.fit", 200, "application/vnd.ant.fit"},
		{"an exercise in an archive", "/v2/activity/" + exercise, "application/zip", 200, "application/zip"},
		{"an exercise as something else", "/v2/activity/" + exercise, "image/png", 406, problem},
		{"a serving is nutrition", "/v2/nutrition/" + serving, "", 200, "application/json"},
		{"a serving is no FIT", "/v2/nutrition/" + serving, "application/vnd.ant.fit", 406, problem},
		{"a serving is no activity", "/v2/activity/" + serving, "", 404, problem},
		{"nothing has this id", "/v2/activity/nothing", "", 404, problem},
		{"no type has this name", "/v2/moods/" + exercise, "", 404, problem},
		{"a serving is an Observation", "/fhir/Observation/" + serving, "", 200, outcome},
		{"a serving is no Goal", "/fhir/Goal/" + serving, "", 404, outcome},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.get(t, c.url, c.accept)
			if got.Code != c.status || got.Header().Get("Content-Type") != c.contentType {
				t.Errorf("got %d %q, want %d %q: %.200s", got.Code, got.Header().Get("Content-Type"), c.status, c.contentType, got.Body)
			}
		})
	}
	t.Run("a FIT file has a name, and says what was assumed", func(t *testing.T) {
		h := w.get(t, "/v2/activity/"+exercise, "application/vnd.ant.fit").Header()
		if !strings.HasSuffix(h.Get("Content-Disposition"), `.fit"`) || !strings.HasPrefix(h.Get("Warning"), `199 nutrigate "`) {
			t.Errorf("header %v", h)
		}
	})
	t.Run("a deleted record is gone", func(t *testing.T) {
		withCarl(t, w)
		page, err := w.store.Records(t.Context(), store.Query{Tenant: "demo", From: "2026-01-10", To: "2026-01-10", Select: []store.Selector{{Kind: record.KindBiometric, Metric: "blood_glucose"}}})
		if err != nil {
			t.Fatal(err)
		}
		var id string
		for _, r := range page.Records {
			if r.User != w.ann.ID {
				id = r.ID
			}
		}
		w.upload(t, "reference_id=carl&name=biometrics.csv", csvType, strings.NewReader("Day,Time,Group,Metric,Unit,Amount\n2026-01-10,,Uncategorized,\"Weight\",kg,69.0\n"))
		for _, url := range []string{"/v2/body/", "/fhir/Observation/"} {
			if got := w.get(t, url+id); got.Code != http.StatusGone {
				t.Errorf("%s: %d %s", url, got.Code, got.Body)
			}
		}
	})
	t.Run("the same archive twice is the same bytes", func(t *testing.T) {
		a, b := w.get(t, w.url(activity), "application/zip"), newWorldLike(t, w).get(t, w.url(activity), "application/zip")
		if a.Body.String() != b.Body.String() {
			t.Error("they differ")
		}
	})
}
