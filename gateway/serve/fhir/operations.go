package fhir

import (
	"net/http"
	"slices"
	"strings"

	"nutrigate/gateway/search"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
)

// An operation is one of R4's $operations (http://hl7.org/fhir/R4/operations.html).
type operation struct {
	name       string // without the dollar
	definition string // the canonical address of its OperationDefinition
	// types are those under which the CapabilityStatement lists it; none: the
	// whole system.
	types  []string
	routes func() []room.Route
}

// operations is the table. Where an operation can be called, and with which
// parameters, is said by its published definition (mapping/fhir/operations.csv).
func (m *Room) operations() []operation {
	return append([]operation{
		m.defined("Patient-everything", m.everything),
		m.defined("Observation-lastn", m.lastn),
		m.defined("Resource-validate", m.validate),
		m.defined("CodeSystem-lookup", m.lookup),
		m.defined("CodeSystem-validate-code", m.validateInSystem),
		m.defined("ValueSet-validate-code", m.validateInSet),
		m.defined("ValueSet-expand", m.expand),
		m.defined("Patient-summary", m.summary),
	}, m.exportOperations()...)
}

// an operator does an operation with what it was given.
type operator func(r *http.Request, in input) (room.Answer, error)

// defined is an operation as its definition has it: by GET, and by POST with a
// Parameters resource (R4, operations.html#executing).
func (m *Room) defined(id string, do operator) operation {
	d, ok := fhir.OperationOf(id)
	if !ok {
		return operation{} // a test looks for it
	}
	params := moreOf(id)
	for _, p := range d.In {
		params = slices.DeleteFunc(params, func(one room.Param) bool { return one.Name == p.Name })
		params = append(params, room.Param{Name: p.Name, Summary: p.Documentation})
	}
	types := d.Resources
	if slices.Equal(types, []string{"Resource"}) {
		types = m.names()
	}
	return operation{name: d.Code, definition: d.Base, types: types, routes: func() []room.Route {
		var routes []room.Route
		for _, path := range paths(d, types) {
			routes = append(routes, m.called(path, d, params, do)...)
		}
		return routes
	}}
}

// moreOf are the parameters of an operation that its definition does not list:
// pages, and where an operation is a search, those of searches.
func moreOf(id string) []room.Param {
	switch id {
	case "Patient-everything":
		return []room.Param{{Name: "_page", Summary: "a page; taken from a link"}}
	case "Observation-lastn":
		var all []room.Param
		for _, p := range search.Params("Observation") {
			all = append(all, room.Param{Name: p.Name, Summary: string(p.Kind) + ", " + p.Source})
		}
		return all
	}
	return nil
}

// names lists the types that are served.
func (m *Room) names() []string {
	var all []string
	for i := range m.types {
		all = append(all, m.types[i].Name)
	}
	return all
}

// paths are those at which an operation can be called.
func paths(d fhir.Operation, types []string) []string {
	var all []string
	if d.System {
		all = append(all, "/$"+d.Code)
	}
	for _, t := range types {
		if d.Type {
			all = append(all, "/"+t+"/$"+d.Code)
		}
		if d.Instance {
			all = append(all, "/"+t+"/{id}/$"+d.Code)
		}
	}
	return all
}

// called are the routes of one path.
func (m *Room) called(path string, d fhir.Operation, params []room.Param, do operator) []room.Route {
	handle := func(r *http.Request) (room.Answer, error) {
		in, err := inputOf(r, params)
		if err != nil {
			return room.Answer{}, err
		}
		return do(r, in)
	}
	summary := "The operation $" + d.Code
	var within []room.Param
	if strings.Contains(path, "{id}") {
		within = []room.Param{{Name: "id", Required: true, Summary: "the resource's id"}}
	}
	return []room.Route{
		{Method: http.MethodGet, Path: path, Summary: summary, Params: slices.Concat(within, params, formatParams()), Gives: gives(), Handle: handle},
		{Method: http.MethodPost, Path: path, Summary: summary + ", with a Parameters resource", Params: within, Takes: form.Types(), Gives: gives(), Handle: handle},
	}
}
