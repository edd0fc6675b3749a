package fhir_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

func TestFixed(t *testing.T) {
	docs, err := fhir.Fixed("1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, d := range docs {
		v := check(t, d.Type, d.Body)
		name := d.Type + "/" + d.ID
		if at(v, "id") != d.ID || seen[name] {
			t.Errorf("%s has another id, or is there twice", name)
		}
		if url, has := at(v, "url").(string); has && !strings.HasSuffix(url, "fhir/"+name) {
			t.Errorf("%s has the address %s", name, url)
		}
		seen[name] = true
	}
	for _, name := range []string{"Device/nutrigate", "ValueSet/loinc", "CodeSystem/cronometer-nutrient", "OperationDefinition/Patient-summary"} {
		if !seen[name] {
			t.Errorf("no %s", name)
		}
	}
}

func TestOperationTables(t *testing.T) {
	operations := map[string]bool{}
	for _, row := range rows(t, "operations.csv") {
		operations[row["id"]] = true
		if row["source"] == "" || row["base"] == "" || row["system"]+row["type"]+row["instance"] == "" {
			t.Errorf("%v", row)
		}
		if (row["system"] == "") != (row["resource"] != "") {
			t.Errorf("%s: of the system, or of a type", row["id"])
		}
	}
	for _, row := range rows(t, "parameters.csv") {
		least, err := strconv.Atoi(row["min"])
		if err != nil || least > 1 || !slices.Contains([]string{"1", "*"}, row["max"]) || !slices.Contains([]string{"in", "out"}, row["use"]) ||
			row["source"] == "" || !operations[row["operation"]] {
			t.Errorf("%v", row)
		}
	}
}

// Every LOINC code that an Observation has, in its parts too, is in the value
// set of those.
func TestLOINCValueSet(t *testing.T) {
	listed := map[any]bool{}
	for _, d := range fhir.ValueSets() {
		if d.ID == "loinc" {
			for _, c := range at(decode(t, d.Body), "compose", "include", 0, "concept").([]any) {
				listed[at(c, "code")] = true
			}
		}
	}
	docs, _, err := fhir.Format{}.Encode(person, everyKind())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		everyCoding(decode(t, d.Body), func(system, code any) {
			if answer, _ := code.(string); system == loinc && !strings.HasPrefix(answer, "LA") && !listed[code] {
				t.Errorf("%v is emitted and not listed", code)
			}
		})
	}
}

func everyCoding(node any, do func(system, code any)) {
	switch node := node.(type) {
	case map[string]any:
		do(node["system"], node["code"])
		for _, child := range node {
			everyCoding(child, do)
		}
	case []any:
		for _, child := range node {
			everyCoding(child, do)
		}
	}
}

func TestEncodeGateway(t *testing.T) {
	for _, version := range []string{"", "1.2.3"} {
		d, err := fhir.EncodeGateway(version)
		if err != nil {
			t.Fatal(err)
		}
		v := check(t, d.Type, d.Body)
		if got, _ := at(v, "version", 0, "value").(string); got != version {
			t.Errorf("version %q: got %q", version, got)
		}
	}
}

func TestEncodeDevice(t *testing.T) {
	d, err := fhir.EncodeDevice(fhir.SourceDevice{User: person.ID, Name: "Withings", Updated: pressure().Updated})
	if err != nil {
		t.Fatal(err)
	}
	v := check(t, d.Type, d.Body)
	want(t, "name", at(v, "deviceName", 0, "name"), any("Withings"))
	want(t, "patient", at(v, "patient", "reference"), any("Patient/"+person.ID))
	t.Run("an Observation names it by its identifier", func(t *testing.T) {
		o, _ := encode(t, fhir.Format{}, pressure())
		want(t, "identifier", at(o, "device", "identifier", "value"), at(v, "identifier", 0, "value"))
		want(t, "display", at(o, "device", "display"), any("Withings"))
	})
	t.Run("the id does not tell the name, and is another for another person", func(t *testing.T) {
		if strings.Contains(d.ID, "Withings") || fhir.DeviceID("somebody", "Withings") == d.ID || len(d.ID) > 64 {
			t.Error(d.ID)
		}
	})
}

func TestEncodeAuditEvent(t *testing.T) {
	read := fhir.Access{
		ID: "7", At: pressure().Updated, Interaction: "search-type", Client: "demo", Address: "192.0.2.7", Patient: person.ID,
		Resource: "Observation/1", Query: "Observation?code=x", Outcome: fhir.Succeeded,
	}
	for _, c := range []struct {
		claim    string
		access   fhir.Access
		action   string
		outcome  string
		entities int
	}{
		{"a search", read, "E", "0", 3},
		{"a read of a person", fhir.Access{ID: "8", At: read.At, Interaction: "vread", Client: "demo", Patient: "p", Resource: "Patient/p", Outcome: fhir.Succeeded}, "R", "0", 1},
		{"a refusal", fhir.Access{ID: "9", At: read.At, Interaction: "read", Outcome: fhir.Refused, Reason: "no scope"}, "R", "4", 0},
		{"a sign-in that failed", fhir.Access{ID: "10", At: read.At, Client: "c", Outcome: fhir.Failed}, "E", "8", 0},
	} {
		t.Run(c.claim, func(t *testing.T) {
			d, err := fhir.EncodeAuditEvent(c.access)
			if err != nil {
				t.Fatal(err)
			}
			v := check(t, d.Type, d.Body)
			want(t, "action", at(v, "action"), any(c.action))
			want(t, "outcome", at(v, "outcome"), any(c.outcome))
			entities, _ := at(v, "entity").([]any)
			want(t, "entities", len(entities), c.entities)
		})
	}
	t.Run("the query can be read again", func(t *testing.T) {
		d, err := fhir.EncodeAuditEvent(read)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "query", at(decode(t, d.Body), "entity", 2, "query"), any("T2JzZXJ2YXRpb24/Y29kZT14"))
	})
}

func TestEncodeProvenance(t *testing.T) {
	const hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for _, r := range everyKind() {
		r.Origin.Document, r.Origin.Line = hash, 12
		d, err := fhir.EncodeProvenance(person, &r)
		if err != nil {
			t.Fatal(err)
		}
		v := check(t, d.Type, d.Body)
		docs, _, err := fhir.Format{}.Encode(person, []record.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "target", at(v, "target", 0, "reference"), any(docs[0].Type+"/"+r.ID+"/_history/3"))
		want(t, "recorded", at(v, "recorded"), any("2026-01-06T06:08:09.123Z"))
		want(t, "entity", at(v, "entity", 0, "what", "identifier", "value"), any("ni:///sha-256;n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"))
	}
	t.Run("the id leads back to the version", func(t *testing.T) {
		id, version, ok := fhir.ProvenanceOf(fhir.ProvenanceID("06f9db74-9553-50ab-82ed-48e8907c04b5", 12))
		if id != "06f9db74-9553-50ab-82ed-48e8907c04b5" || version != 12 || !ok {
			t.Errorf("got %s, %d, %t", id, version, ok)
		}
		for _, wrong := range []string{"", "a", "a.", "a.0", "a.-1", "a.01", "a.1.2"} {
			if _, _, ok := fhir.ProvenanceOf(wrong); ok {
				t.Errorf("%q was read", wrong)
			}
		}
	})
	t.Run("the activity says which version it is", func(t *testing.T) {
		for version, activity := range map[int]string{1: "CREATE", 2: "UPDATE"} {
			r := serving()
			r.Version = version
			want(t, "activity", activityOf(t, r), any(activity))
		}
		r := serving()
		r.Deleted = true
		want(t, "activity", activityOf(t, r), any("DELETE"))
	})
	t.Run("a file's name stays out of it", func(t *testing.T) {
		r := serving()
		r.Origin.Document = "anna's servings.csv"
		d, err := fhir.EncodeProvenance(person, &r)
		if err != nil || strings.Contains(string(d.Body), "anna") {
			t.Errorf("%v: %s", err, d.Body)
		}
	})
}

func activityOf(t *testing.T, r record.Record) any {
	t.Helper()
	d, err := fhir.EncodeProvenance(person, &r)
	if err != nil {
		t.Fatal(err)
	}
	return at(check(t, d.Type, d.Body), "activity", "coding", 0, "code")
}

func TestEncodeSearchParameter(t *testing.T) {
	d := fhir.EncodeSearchParameter(fhir.SearchParameter{
		ID: "Observation-combo-code", Base: "Observation", Name: "combo-code", Kind: "token",
		Expression: "Observation.code | Observation.component.code", Of: "http://hl7.org/fhir/SearchParameter/Observation-combo-code",
	})
	v := check(t, d.Type, d.Body)
	want(t, "name", at(v, "name"), any("ObservationComboCode"))
	want(t, "code", at(v, "code"), any("combo-code"))
	t.Run("any type is no list of types", func(t *testing.T) {
		d := fhir.EncodeSearchParameter(fhir.SearchParameter{ID: "a", Base: "Provenance", Name: "target", Kind: "reference", Expression: "Provenance.target", Targets: []string{"*"}})
		want(t, "targets", at(check(t, d.Type, d.Body), "target"), nil)
	})
}
