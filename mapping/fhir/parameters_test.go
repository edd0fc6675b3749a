package fhir_test

import (
	"slices"
	"testing"

	"nutrigate/mapping/fhir"
)

func TestDecodeParameters(t *testing.T) {
	got, err := fhir.DecodeParameters([]byte(`{"resourceType":"Parameters","parameter":[
		{"name":"identifier","valueIdentifier":{"system":"s","value":"v"}},{"name":"plain","valueIdentifier":{"value":"v"}},
		{"name":"profile","valueCanonical":"http://example.org"},{"name":"max","valueInteger":3},{"name":"all","valueBoolean":true}]}`))
	want := []fhir.Parameter{{"identifier", "s|v"}, {"plain", "v"}, {"profile", "http://example.org"}, {"max", "3"}, {"all", "true"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := fhir.DecodeParameters([]byte(`{"parameter":[{"name":"x","valueQuantity":{"value":1}}]}`)); err == nil {
		t.Error("a quantity was read")
	}
}

func FuzzDecodeParameters(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"s","value":"v"}}]}`))
	f.Add([]byte(`{"parameter":[{"value":1}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := fhir.DecodeParameters(body)
		if err != nil {
			return
		}
		if again, err := fhir.DecodeParameters(body); err != nil || len(again) != len(first) {
			t.Errorf("read twice: %v, %v", again, err)
		}
	})
}
