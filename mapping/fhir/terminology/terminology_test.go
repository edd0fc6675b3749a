package terminology_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/terminology"
)

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLookup(t *testing.T) {
	for _, tt := range []struct {
		name       string
		code       terminology.Code
		properties []string
		want       []string // none: there is no such code
		lacks      string
	}{
		{"a nutrient has its unit and its LOINC code", terminology.Code{System: fhir.SystemNutrient, Code: "energy"}, nil, []string{`"name":"display","valueString":"Energy"`, `"valueCode":"kcal"`, `"valueCode":"75298-0"`}, "unmapped"},
		{"one property", terminology.Code{System: fhir.SystemNutrient, Code: "energy"}, []string{"loinc"}, []string{`"valueCode":"75298-0"`}, "kcal"},
		{"a definition is a property", terminology.Code{System: fhir.SystemRecord, Code: "food"}, nil, []string{`"valueCode":"definition"`}, "kcal"},
		{"the version that there is", terminology.Code{System: fhir.SystemNutrient, Version: "1.0.0", Code: "protein"}, nil, []string{`"Protein"`}, "kcal"},
		{"another version", terminology.Code{System: fhir.SystemNutrient, Version: "9", Code: "protein"}, nil, nil, ""},
		{"a code that there is not", terminology.Code{System: fhir.SystemNutrient, Code: "phlogiston"}, nil, nil, ""},
		{"a system that is not ours", terminology.Code{System: "http://loinc.org", Code: "75298-0"}, nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found, ok := terminology.Lookup(tt.code, tt.properties)
			if ok != (tt.want != nil) {
				t.Fatalf("found: %v", ok)
			}
			got := text(t, found)
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("%s lacks %s", got, part)
				}
			}
			if tt.lacks != "" && strings.Contains(got, tt.lacks) {
				t.Errorf("%s has %s", got, tt.lacks)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	set, ok := terminology.SetByID("loinc")
	if !ok {
		t.Fatal("no value set loinc")
	}
	for _, tt := range []struct {
		name string
		code terminology.Code
		want string
	}{
		{"a member", terminology.Code{System: "http://loinc.org", Code: "75298-0"}, `{"name":"result","valueBoolean":true}`},
		{"a member of any system", terminology.Code{Code: "75298-0"}, `"valueBoolean":true`},
		{"its display, whatever the case", terminology.Code{Code: "75298-0", Display: "CALORIE intake 24 hour Estimated"}, `"valueBoolean":true`},
		{"another display", terminology.Code{Code: "75298-0", Display: "Protein"}, `{"name":"result","valueBoolean":false},{"name":"message","valueString":"the code has another display"}`},
		{"no member", terminology.Code{System: "http://loinc.org", Code: "1-8"}, `"valueBoolean":false`},
		{"another system", terminology.Code{System: "http://snomed.info/sct", Code: "75298-0"}, `"valueBoolean":false`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := text(t, terminology.Validate(tt.code, set.Members)); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// expansion is what the tests read of one.
type expansion struct {
	ResourceType, URL string
	Expansion         struct {
		Identifier, Timestamp string
		Total, Offset         int
		Contains              []struct{ System, Code, Display string }
	}
}

func TestExpand(t *testing.T) {
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	set, ok := terminology.SetByURL(fhir.ValueSetNutrients + "|1.0.0")
	if !ok {
		t.Fatal("no value set of nutrients")
	}
	expand := func(e terminology.Expansion) (x expansion) {
		t.Helper()
		e.At = at
		body, err := set.Expand(e)
		if err != nil {
			t.Fatal(err)
		}
		if err := (fhir.Format{}).Check(mapping.Document{Type: "ValueSet", Body: body}); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(body, &x); err != nil {
			t.Fatal(err)
		}
		return x
	}
	all := expand(terminology.Expansion{Count: -1})
	n := len(all.Expansion.Contains)
	if n < 50 || all.Expansion.Total != n || all.URL != fhir.ValueSetNutrients || all.Expansion.Timestamp != "2026-11-30T12:00:00Z" {
		t.Errorf("%d of %d codes, %+.200v", n, all.Expansion.Total, all)
	}
	for _, tt := range []struct {
		name         string
		e            terminology.Expansion
		total, shown int
		first        string
	}{
		{"a page", terminology.Expansion{Offset: 10, Count: 5}, n, 5, all.Expansion.Contains[10].Code},
		{"the last page", terminology.Expansion{Offset: n - 2, Count: 5}, n, 2, all.Expansion.Contains[n-2].Code},
		{"behind the end", terminology.Expansion{Offset: n + 5, Count: 5}, n, 0, ""},
		{"the total alone", terminology.Expansion{Count: 0}, n, 0, ""},
		{"a filter, whatever the case", terminology.Expansion{Filter: "VITAMIN k", Count: -1}, 1, 1, "vitamin_k"},
		{"a filter that nothing meets", terminology.Expansion{Filter: "phlogiston", Count: -1}, 0, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := expand(tt.e).Expansion
			if got.Total != tt.total || len(got.Contains) != tt.shown || (tt.shown > 0 && got.Contains[0].Code != tt.first) {
				t.Errorf("%d of %d, %+v", len(got.Contains), got.Total, got.Contains)
			}
		})
	}
	t.Run("pages of one expansion have one identifier", func(t *testing.T) {
		a, b, c := expand(terminology.Expansion{Count: 1}), expand(terminology.Expansion{Offset: 1, Count: 1}), expand(terminology.Expansion{Filter: "a", Count: 1})
		if a.Expansion.Identifier != b.Expansion.Identifier || a.Expansion.Identifier == c.Expansion.Identifier {
			t.Errorf("%s, %s, %s", a.Expansion.Identifier, b.Expansion.Identifier, c.Expansion.Identifier)
		}
	})
}
