package elements_test

import (
	"slices"
	"testing"

	"nutrigate/schemas/fhir/elements"
)

func TestOrder(t *testing.T) {
	goal, ok := elements.Resource("Goal")
	if !ok {
		t.Fatal("no Goal")
	}
	var names []string
	for _, e := range goal.Elements {
		names = append(names, e.Name)
	}
	// R4, goal.html.
	want := []string{
		"id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension", "identifier",
		"lifecycleStatus", "achievementStatus", "category", "priority", "description", "subject", "start", "target",
		"statusDate", "statusReason", "expressedBy", "addresses", "note", "outcomeCode", "outcomeReference",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
}

func TestTypes(t *testing.T) {
	for _, tt := range []struct {
		name     string
		resource bool
		has      bool
	}{
		{"Observation", true, true},
		{"Bundle", true, true},
		{"Binary", true, true},
		{"Quantity", false, true},
		{"Observation.component", false, true},
		{"Resource", false, false},
		{"string", false, false},
		{"SubscriptionStatus", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, has := elements.Of(tt.name)
			_, resource := elements.Resource(tt.name)
			if has != tt.has || resource != tt.resource {
				t.Errorf("there: %v, a resource: %v", has, resource)
			}
		})
	}
}

func TestElements(t *testing.T) {
	for _, tt := range []struct {
		typ, property, typeOf             string
		many, mandatory, summary, changes bool
	}{
		{"Observation", "status", "code", false, true, true, true},
		{"Observation", "category", "CodeableConcept", true, false, false, false},
		{"Observation", "valueQuantity", "Quantity", false, false, true, false},
		{"Observation.component", "referenceRange", "Observation.referenceRange", true, false, false, false},
		{"Bundle.entry.response", "outcome", elements.Any, false, false, true, false},
		{"Patient", "active", "boolean", false, false, true, true},
	} {
		t.Run(tt.typ+"."+tt.property, func(t *testing.T) {
			typ, ok := elements.Of(tt.typ)
			if !ok {
				t.Fatal("no such type")
			}
			p, ok := typ.Property(tt.property)
			if !ok {
				t.Fatal("no such property")
			}
			e := typ.Elements[p.Index]
			if p.Type != tt.typeOf || e.Many != tt.many || (e.Min == 1) != tt.mandatory || e.Summary != tt.summary || e.Modifier != tt.changes {
				t.Errorf("%s: %+v", p.Type, e)
			}
		})
	}
	t.Run("a package's own elements are not there", func(t *testing.T) {
		if meta, _ := elements.Of("Meta"); meta == nil {
			t.Error("no Meta")
		} else if _, ok := meta.Property("project"); ok {
			t.Error("Meta.project is not of R4")
		}
	})
}

// Whatever an element may be has to be known, or XML could not be written.
func TestEveryTypeIsThere(t *testing.T) {
	resources := 0
	for _, name := range elements.Names() {
		typ, _ := elements.Of(name)
		if typ.IsResource() {
			resources++
		}
		for _, e := range typ.Elements {
			for _, of := range e.Types {
				_, ok := elements.Of(of)
				if !ok && !elements.IsPrimitive(of) && of != elements.Any {
					t.Errorf("%s.%s may be %s, which is not there", name, e.Name, of)
				}
			}
		}
	}
	if resources != 145 {
		t.Errorf("%d resources; R4 has 146 and one of them is left out", resources)
	}
}
