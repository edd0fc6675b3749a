package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
)

// keepXML writes answers of the FHIR API as the gateway gives them as XML, an
// error among them, for HL7's XML Schema.
func (p *proof) keepXML(ctx context.Context, base string) error {
	for _, query := range []string{
		"metadata", "CodeSystem/cronometer-nutrient", "Patient", "Observation?_count=500", "NutritionOrder", "Goal?_count=200",
		"Observation?_count=200&_summary=true", "Observation?_count=200&_elements=value", "_history?_count=500", "Patient/$everything",
		"ValueSet/nutrients/$expand", "CodeSystem/$lookup?system=https://nutrigate.dev/fhir/CodeSystem/cronometer-nutrient&code=energy",
	} {
		body, err := demo.ask(ctx, http.MethodGet, base+"/fhir/"+query, http.Header{"Accept": {"application/fhir+xml"}}, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		if !bytes.Contains(body, []byte(`xmlns="http://hl7.org/fhir"`)) {
			return fmt.Errorf("%s: the answer is no XML of FHIR", query)
		}
		if err := os.WriteFile(p.path("gateway", "xml", nameOf(query)+".xml"), body, 0o600); err != nil {
			return fmt.Errorf("keep an answer: %w", err)
		}
	}
	return nil
}
