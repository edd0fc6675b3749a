package fhir

import "nutrigate/gateway/serve/room"

// An operation is one of R4's $operations (http://hl7.org/fhir/R4/operations.html).
type operation struct {
	name       string // without the dollar
	definition string // the canonical address of its OperationDefinition
	// types are those under which the CapabilityStatement lists it; none: the
	// whole system.
	types  []string
	routes func() []room.Route
}

// operations is the table.
func (m *Room) operations() []operation { return m.exportOperations() }
