package fhir

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/samply/golang-fhir-models/fhir-models/fhir"

	"nutrigate/mapping"
	"nutrigate/mapping/vocab"
)

// canonical is where the documents that we publish have their names.
const canonical = "https://nutrigate.dev/fhir/"

// Value sets of ours.
const (
	ValueSetNutrients  = canonical + "ValueSet/nutrients"
	ValueSetBiometrics = canonical + "ValueSet/biometrics"
	ValueSetRecords    = canonical + "ValueSet/records"
	// ValueSetLOINC has every code of LOINC that an Observation of ours can have.
	ValueSetLOINC = canonical + "ValueSet/loinc"
)

type valueSet struct {
	ResourceType string `json:"resourceType"`
	*fhir.OtherValueSet
}

// ValueSets returns the value sets that we publish.
func ValueSets() []mapping.Document { return valueSets() }

var valueSets = sync.OnceValue(func() []mapping.Document {
	return []mapping.Document{
		valueSetOf(ValueSetNutrients, "Nutrients", "What food contains, as the source counts it.", allOf(SystemNutrient)),
		valueSetOf(ValueSetBiometrics, "Biometrics", "What can be measured of a person.", allOf(SystemBiometric)),
		valueSetOf(ValueSetRecords, "Records", "What a person logs, and the parts of it.", allOf(SystemRecord)),
		valueSetOf(ValueSetLOINC, "LOINC codes", "Every code of LOINC that an Observation of ours can have, its components included.", loincCodes()),
	}
})

func valueSetOf(url, title, description string, include fhir.ValueSetComposeInclude) mapping.Document {
	id, no := path.Base(url), false
	set := valueSet{"ValueSet", &fhir.OtherValueSet{
		Id: &id, Text: said(description), Url: &url, Version: text(codeSystemVersion), Name: text("Nutrigate" + strings.ReplaceAll(title, " ", "")),
		Title: text("Nutrigate: " + title), Status: fhir.PublicationStatusActive, Experimental: &no, Publisher: text("Nutrigate"),
		Description: &description,
		Compose:     &fhir.ValueSetCompose{Include: []fhir.ValueSetComposeInclude{include}},
	}}
	if *include.System == SystemLOINC {
		set.Copyright = text(loincNotice())
	}
	return published("ValueSet", id, set)
}

func allOf(system string) fhir.ValueSetComposeInclude {
	return fhir.ValueSetComposeInclude{System: &system, Version: text(codeSystemVersion)}
}

// loincCodes lists the codes of the tables that may be emitted, sorted.
func loincCodes() fhir.ValueSetComposeInclude {
	seen := map[string]code{}
	add := func(all ...code) {
		for _, c := range all {
			if c.code != "" {
				seen[c.code] = c
			}
		}
	}
	for _, n := range vocab.Nutrients() {
		add(nutrients()[n.Key].daily, intake()[n.Key])
	}
	for _, b := range vocab.Biometrics() {
		for _, row := range vitals()[b.Key] {
			add(row.loinc, row.also)
		}
	}
	for _, c := range panels() {
		add(c)
	}
	system := SystemLOINC
	set := fhir.ValueSetComposeInclude{System: &system}
	for _, c := range seen {
		set.Concept = append(set.Concept, fhir.ValueSetComposeIncludeConcept{Code: c.code, Display: text(c.display)})
	}
	slices.SortFunc(set.Concept, func(a, b fhir.ValueSetComposeIncludeConcept) int { return cmp.Compare(a.Code, b.Code) })
	return set
}

// published returns a document that is made of constants.
func published(resourceType, id string, resource any) mapping.Document {
	body, err := marshal(resource)
	if err != nil {
		panic(fmt.Errorf("mapping/fhir: %s %s: %w", resourceType, id, err))
	}
	return mapping.Document{Type: resourceType, ID: id, MediaType: MediaType, Body: body}
}
