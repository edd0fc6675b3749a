package config

import "fmt"

// FHIR is how records become FHIR.
type FHIR struct {
	// Nutrients is "all", or "core" for a label's nutrients alone, which are a
	// tenth of the resources. NUTRIGATE_FHIR_NUTRIENTS.
	Nutrients string
	// Category is what says that an Observation is about what was eaten: "survey",
	// or "nutrition-assessment" for that code of US Core beside it.
	// NUTRIGATE_FHIR_CATEGORY.
	Category string
	// SNOMED says whether codes of SNOMED CT are emitted, which needs a licence in
	// some countries. NUTRIGATE_FHIR_SNOMED: on or off.
	SNOMED bool
	// Intake says whether servings are to be had as R5's NutritionIntake too.
	// NUTRIGATE_FHIR_INTAKE: true or false.
	Intake bool
}

func (f *FHIR) read(snomed, intake string) error {
	if f.Nutrients != "all" && f.Nutrients != "core" {
		return fmt.Errorf("%sFHIR_NUTRIENTS: neither all nor core: %q", prefix, f.Nutrients)
	}
	if f.Category != "survey" && f.Category != "nutrition-assessment" {
		return fmt.Errorf("%sFHIR_CATEGORY: neither survey nor nutrition-assessment: %q", prefix, f.Category)
	}
	var err error
	if f.SNOMED, err = switched("FHIR_SNOMED", snomed); err != nil {
		return err
	}
	if intake != "true" && intake != "false" {
		return fmt.Errorf("%sFHIR_INTAKE: neither true nor false: %q", prefix, intake)
	}
	f.Intake = intake == "true"
	return nil
}

func switched(key, text string) (bool, error) {
	if text != "on" && text != "off" {
		return false, fmt.Errorf("%s%s: neither on nor off: %q", prefix, key, text)
	}
	return text == "on", nil
}
