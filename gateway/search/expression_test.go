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
