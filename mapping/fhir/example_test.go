package fhir_test

import (
	"fmt"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// One record becomes one resource; what FHIR has no place for is an issue.
func ExampleFormat() {
	weighed := record.Record{
		ID: "5f0e6f7e-0d5f-5c38-9b5e-0a8f3c1b2d4e", Version: 1,
		Kind: record.KindBiometric, Day: "2026-01-05", Time: "06:30",
		Biometric: &record.Biometric{Metric: "~Grip", Quantity: &record.Quantity{Value: "41.50", Unit: "kg"}},
	}
	docs, issues, err := mapping.Checked(fhir.Format{}, record.Subject{ID: "p1"}, []record.Record{weighed})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(docs[0].Body))
	for _, issue := range issues {
		fmt.Println(issue.Sort, issue.Path)
	}
	// Output:
	// {"resourceType":"Observation","id":"5f0e6f7e-0d5f-5c38-9b5e-0a8f3c1b2d4e","meta":{"versionId":"1"},"status":"final","code":{"text":"Grip"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-05","performer":[{"reference":"Patient/p1"}],"valueQuantity":{"value":41.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}
	// lost biometric.time
	// unknown biometric.metric Grip
}
