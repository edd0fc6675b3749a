package fhir

import (
	"net/http"

	"nutrigate/gateway/serve/fhir/form"
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
		{"vread", func(t *shelf.Type) []room.Route {
			return []room.Route{{
				Method: http.MethodGet, Path: "/" + t.Name + "/{id}/_history/{vid}", Summary: "Read one version of a " + t.Name,
				Params: append([]room.Param{{Name: "vid", Required: true, Summary: "the version"}}, readParams()...), Gives: gives(), Handle: m.vread(t),
			}}
		}},
		{"history-instance", func(t *shelf.Type) []room.Route {
			return []room.Route{{
				Method: http.MethodGet, Path: "/" + t.Name + "/{id}/_history", Summary: "The versions of one " + t.Name,
				Params: append([]room.Param{{Name: "id", Required: true, Summary: "the resource's id"}}, historyParams()...), Gives: gives(), Handle: m.historyOfOne(t),
			}}
		}},
		{"history-type", func(t *shelf.Type) []room.Route {
			if _, ok := t.Shelf.(shelf.Historic); !ok {
				return nil
			}
			return []room.Route{{
				Method: http.MethodGet, Path: "/" + t.Name + "/_history", Summary: "The versions of all resources of the type " + t.Name,
				Params: historyParams(), Gives: gives(), Handle: m.historyOfType(t),
			}}
		}},
	}
}

// A wide interaction is one of the whole system: a code of R4's
// system-restful-interaction.
type wide struct {
	code   string
	routes []room.Route
}

// wides is the table.
func (m *Room) wides() []wide {
	return []wide{
		{"history-system", []room.Route{{
			Method: http.MethodGet, Path: "/_history", Summary: "The versions of all that there is",
			Params: historyParams(), Gives: gives(), Handle: m.historyOfAll,
		}}},
		{"batch", []room.Route{m.batchAt(""), m.batchAt("/")}},
		{"transaction", nil}, // at the same address
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

func (m *Room) batchAt(path string) room.Route {
	return room.Route{
		Method: http.MethodPost, Path: path, Summary: "Several reads and searches at once: a Bundle of the type batch, or transaction",
		Takes: form.Types(), Gives: gives(), Handle: m.batch,
	}
}
