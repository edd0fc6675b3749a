package vocab_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
	"nutrigate/schemas"
)

// The schemas of records list the vocabulary's keys, since a schema that is
// published stands alone. These tests keep the lists together.
func TestTheNutrientsSchemaListsTheVocabulary(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			Ref string `json:"$ref"`
		}
		Defs map[string]struct{ Enum []string } `json:"$defs"`
	}
	read(t, "record/nutrients", &schema)
	defs := map[string]string{"kcal": "energy", "g": "mass", "mg": "mass", "ug": "mass", "[iU]": "arbitrary"}
	for _, n := range vocab.Nutrients() {
		def := defs[n.Unit]
		if got := schema.Properties[n.Key].Ref; def == "" || got != "#/$defs/"+def {
			t.Errorf("%s in %s: the schema says %q", n.Key, n.Unit, got)
		}
		if !slices.Contains(schema.Defs[def+"_key"].Enum, n.Key) {
			t.Errorf("%s is not among the keys of %s", n.Key, def)
		}
		delete(schema.Properties, n.Key)
	}
	if len(schema.Properties) > 0 {
		t.Errorf("the vocabulary lacks %v", schema.Properties)
	}
	keys := len(schema.Defs["energy_key"].Enum) + len(schema.Defs["mass_key"].Enum) + len(schema.Defs["arbitrary_key"].Enum)
	if keys != len(vocab.Nutrients()) {
		t.Errorf("keys: got %d, want %d", keys, len(vocab.Nutrients()))
	}
}

func TestTheBiometricSchemaListsTheVocabulary(t *testing.T) {
	var schema struct {
		Defs struct{ Metric struct{ Enum []string } } `json:"$defs"`
	}
	read(t, "record/biometric", &schema)
	var want []string
	for _, b := range vocab.Biometrics() {
		want = append(want, b.Key)
	}
	if got := schema.Defs.Metric.Enum; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryKindHasASchema(t *testing.T) {
	for _, kind := range record.Kinds() {
		doc, err := schemas.Raw("record/" + string(kind))
		if err != nil || !strings.Contains(string(doc), `"const": "`+string(kind)+`"`) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func read(t *testing.T, id string, into any) {
	t.Helper()
	doc, err := schemas.Raw(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc, into); err != nil {
		t.Fatal(err)
	}
}
