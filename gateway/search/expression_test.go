package search_test

import (
	"testing"

	"nutrigate/gateway/search"
)

func TestExpression(t *testing.T) {
	for _, c := range []struct{ resourceType, name, want string }{
		{"Observation", "code", "Observation.code"},
		{"Observation", "combo-code", "Observation.code | Observation.component.code"},
		{"Observation", "_id", "Resource.id"},
		{"Observation", "value-date", "Observation.value.ofType(dateTime) | Observation.value.ofType(Period)"},
		{"Goal", "start-date", "Goal.start.ofType(date)"},
		{"Patient", "email", "Patient.telecom.where(system = 'email')"},
	} {
		p := search.Lookup(c.resourceType, c.name)
		if p == nil {
			t.Fatalf("%s has no %s", c.resourceType, c.name)
		}
		if got := p.Expression(); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.resourceType, c.name, got, c.want)
		}
	}
}

func TestParts(t *testing.T) {
	got := search.Lookup("Observation", "component-code-value-quantity").Parts()
	if len(got) != 2 || got[0] != "code" || got[1] != "value.ofType(Quantity)" {
		t.Errorf("got %q", got)
	}
	if got := search.Lookup("Observation", "code").Parts(); len(got) != 0 {
		t.Errorf("code has %q", got)
	}
}
