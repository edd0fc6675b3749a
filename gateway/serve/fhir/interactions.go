package fhir

import (
	"net/http"

	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
)

// An interaction is what can be done with every type, or with those for which
// routes returns any: a code of R4's type-restful-interaction, which the
// CapabilityStatement says of the type.
type interaction struct {
	code   string
	routes func(t *shelf.Type) []room.Route
}

// interactions is the table.
func (m *Room) interactions() []interaction {
	return []interaction{
		{"read", func(t *shelf.Type) []room.Route {
			return []room.Route{{
				Method: http.MethodGet, Path: "/" + t.Name + "/{id}", Summary: "Read one " + t.Name,
				Params: readParams(), Gives: gives(), Handle: m.read(t),
			}}
		}},
		{"search-type", m.searchRoutes},
	}
}

// searchRoutes are those of a type, and those of the type within a person's
// compartment (R4, http.html#vsearch).
func (m *Room) searchRoutes(t *shelf.Type) []room.Route {
	routes := m.searchAt(t, "/"+t.Name, nil)
	if t.Patient != "" && t.Name != "Patient" {
		routes = append(routes, m.searchAt(t, "/Patient/{id}/"+t.Name, []room.Param{{Name: "id", Required: true, Summary: "whose resources"}})...)
	}
	return routes
}

func (m *Room) searchAt(t *shelf.Type, path string, within []room.Param) []room.Route {
	return []room.Route{
		{Method: http.MethodGet, Path: path, Summary: "Search " + t.Name, Params: append(within, described(t)...), Gives: gives(), Handle: m.search(t)},
		{
			Method: http.MethodPost, Path: path + "/_search", Summary: "Search " + t.Name + " by a form",
			Params: within, Takes: []string{formType}, Gives: gives(), Handle: m.search(t),
		},
	}
}
