package subset_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/subset"
)

const tagged = `"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}`

const observation = `{"resourceType":"Observation","id":"w","text":{"status":"generated","div":"<div/>"},"extension":[{"url":"u","valueInteger":1}],` +
	`"status":"final","_status":{"id":"s"},"category":[{"text":"vital \"}{\" signs"}],"code":{"coding":[{"code":"29463-7"}],"extension":[{"url":"v"}]},` +
	`"valueQuantity":{"value":68.50,"unit":"kg"},"note":[{"text":"a"}],"component":[{"code":{"text":"x"},"referenceRange":[{"text":"y"}],"valueInteger":0}]}`

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		view      subset.View
		want      string
	}{
		{"the whole is what it was", observation, subset.View{Summary: "false"}, observation},
		{
			"a summary has the elements that the specification marks, also within them", observation,
			subset.View{Summary: "true"},
			`{"resourceType":"Observation","id":"w",` + tagged + `,"status":"final","_status":{"id":"s"},"code":{"coding":[{"code":"29463-7"}]},` +
				`"valueQuantity":{"value":68.50,"unit":"kg"},"component":[{"code":{"text":"x"},"valueInteger":0}]}`,
		},
		{
			"text has the narrative and what must be there", observation,
			subset.View{Summary: "text"},
			`{"resourceType":"Observation","id":"w",` + tagged + `,"text":{"status":"generated","div":"<div/>"},"status":"final","_status":{"id":"s"},"code":{"coding":[{"code":"29463-7"}],"extension":[{"url":"v"}]}}`,
		},
		{
			"data has all but the narrative", observation,
			subset.View{Summary: "data"},
			strings.Replace(observation, `"text":{"status":"generated","div":"<div/>"}`, tagged, 1),
		},
		{
			"elements come with what must be there and what changes the rest", observation,
			subset.View{Elements: []string{"category", "value"}},
			`{"resourceType":"Observation","id":"w",` + tagged + `,"status":"final","_status":{"id":"s"},"category":[{"text":"vital \"}{\" signs"}],"code":{"coding":[{"code":"29463-7"}],"extension":[{"url":"v"}]},"valueQuantity":{"value":68.50,"unit":"kg"}}`,
		},
		{
			"a meta keeps its version and gets the tag", `{"resourceType":"Goal","id":"g","meta":{"versionId":"3"},"note":[{"text":"a"}]}`,
			subset.View{Summary: "true"},
			`{"resourceType":"Goal","id":"g","meta":{"versionId":"3","tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
		},
		{
			"a tag stays beside the new one", `{"resourceType":"Goal","meta":{"tag":[{"code":"a"}]}}`,
			subset.View{Summary: "data"},
			`{"resourceType":"Goal","meta":{"tag":[{"code":"a"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}}`,
		},
		{"what has an id alone gets the tag too", `{"resourceType":"Patient","id":"p"}`, subset.View{Summary: "true"}, `{"resourceType":"Patient","id":"p",` + tagged + `}`},
		{
			"of a Bundle what is in its entries, and no outcome",
			`{"resourceType":"Bundle","type":"searchset","total":2,"entry":[{"fullUrl":"a","resource":{"resourceType":"Goal","note":[{"text":"a"}]},"search":{"mode":"match"}},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}}]}`,
			subset.View{Summary: "true"},
			`{"resourceType":"Bundle","type":"searchset","total":2,"entry":[{"fullUrl":"a","resource":{"resourceType":"Goal",` + tagged + `},"search":{"mode":"match"}},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}}]}`,
		},
		{"of a Bundle without entries, itself", `{"resourceType":"Bundle","type":"history","total":0}`, subset.View{Summary: "text"}, `{"resourceType":"Bundle","type":"history","total":0}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := subset.Of([]byte(tt.doc), tt.view)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s (%v)\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestSpacesAreNoMatter(t *testing.T) {
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, []byte(observation), "", "\t"); err != nil {
		t.Fatal(err)
	}
	got, err := subset.Of(spaced.Bytes(), subset.View{Summary: "true"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := subset.Of([]byte(observation), subset.View{Summary: "true"})
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, got); err != nil || !bytes.Equal(compact.Bytes(), want) {
		t.Errorf("got %s (%v)", compact.Bytes(), err)
	}
}

func TestRefuses(t *testing.T) {
	for _, doc := range []string{``, `[]`, `5`, `{`, `{"resourceType"}`, `{"resourceType":"Goal"`, `{"id":"x"}`, `{"resourceType":"Goal","note":[`, `{"resourceType":"Goal" "id":"a"}`} {
		if got, err := subset.Of([]byte(doc), subset.View{Summary: "true"}); err == nil {
			t.Errorf("%q: got %s", doc, got)
		}
	}
}

// Whatever the view, what is left is JSON, and a part of what was there.
func TestCodeSystems(t *testing.T) {
	for _, d := range fhir.CodeSystems() {
		for _, v := range []subset.View{{Summary: "true"}, {Summary: "text"}, {Summary: "data"}, {Elements: []string{"concept"}}} {
			got, err := subset.Of(d.Body, v)
			if err != nil || !json.Valid(got) {
				t.Errorf("%s %+v: %v", d.ID, v, err)
			}
			if has := bytes.Contains(got, []byte(`"concept":`)); has != (v.Summary == "data" || slices.Contains(v.Elements, "concept")) {
				t.Errorf("%s %+v: has concepts: %v", d.ID, v, has)
			}
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte(observation))
	f.Add([]byte(`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Goal","meta":{"tag":[]}}}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, v := range []subset.View{{Summary: "true"}, {Summary: "text"}, {Elements: []string{"note"}}} {
			got, err := subset.Of(doc, v)
			if err == nil && json.Valid(doc) && !json.Valid(got) {
				t.Errorf("%+v made of JSON what is none: %s", v, got)
			}
		}
	})
}

func BenchmarkSummary(b *testing.B) {
	doc := []byte(`{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Repeat(`{"resource":`+observation+`},`, 99) + `{"resource":` + observation + `}]}`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := subset.Of(doc, subset.View{Summary: "true"}); err != nil {
			b.Fatal(err)
		}
	}
}
