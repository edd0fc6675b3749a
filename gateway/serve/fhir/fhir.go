// Package fhir is the room for FHIR R4 clients: read and search of what a
// person logged, and the statement of what this server can do. Each type's
// routes, search parameters and its part of that statement come from one table.
package fhir

import (
	"context"
	"net/http"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// A Store is what the room reads; see package store for the contract.
type Store interface {
	User(ctx context.Context, tenant, id string) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
	Record(ctx context.Context, tenant, id string) (store.Stored, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
	// Revision with an empty user grows with every change of anything of the tenant.
	Revision(ctx context.Context, tenant, user string) (int64, error)
}

// A Room is what the handlers work with.
type Room struct {
	Store   Store
	Maker   *represent.Maker
	Format  mapping.Format
	BaseURL string // empty: the host that a request names
	Version string
	Now     func() time.Time
}

// Routes returns the table of routes. Paths are below the room's base.
func Routes(m Room) []room.Route {
	gives := form.Types()
	routes := []room.Route{
		{Method: http.MethodGet, Path: "/metadata", Public: true, Summary: "What this server can do", Params: formatParams(), Gives: gives, Handle: m.metadata},
		{Method: http.MethodGet, Path: "/CodeSystem/{id}", Summary: "A code system of ours", Params: readParams(), Gives: gives, Handle: m.codeSystem},
	}
	for _, t := range m.resources() {
		routes = append(routes,
			room.Route{Method: http.MethodGet, Path: "/" + t.name, Summary: "Search " + t.name, Params: t.described(), Gives: gives, Handle: m.searchBy(t)},
			room.Route{
				Method: http.MethodPost, Path: "/" + t.name + "/_search", Summary: "Search " + t.name + " by a form",
				Takes: []string{formType}, Gives: gives, Handle: m.searchBy(t),
			},
			room.Route{Method: http.MethodGet, Path: "/" + t.name + "/{id}", Summary: "Read one " + t.name, Params: readParams(), Gives: gives, Handle: t.read},
		)
	}
	for i := range routes {
		routes[i].Handle = form.Answering(m.Maker, queryOf, routes[i].Handle)
	}
	return routes
}

// resource is one type that is served.
type resource struct {
	name   string
	params []param
	read   room.Handler
	find   finder
}

// resources is the table that routes, search and metadata are made from.
func (m *Room) resources() []resource {
	records := func(name string, more ...param) resource {
		own := []param{{"_id", "token", "the resource's id", byID}, {"patient", "reference", "whose it is", m.byPatient}, {"subject", "reference", "whose it is", m.byPatient}}
		if name == "NutritionOrder" {
			own = own[:2] // R4 has no subject there
		}
		return resource{name, append(own, more...), m.readRecord(name), m.findRecords(name)}
	}
	return []resource{
		{"Patient", []param{
			{"_id", "token", "the resource's id", byID},
			{"identifier", "token", "the id, or your own name for the person", byIdentifier},
			{"active", "token", "whether the person is followed", byActive},
		}, m.readPatient, m.findPatients},
		records(
			"Observation",
			param{"code", "token", "what was observed: LOINC or a code of ours", m.byCode},
			param{"category", "token", "vital-signs, survey, activity, laboratory, exam", m.byCategory},
			param{"date", "date", "when; a day means the day in the person's own calendar", byDate},
		),
		records("NutritionOrder"),
		records("Goal"),
	}
}

func readParams() []room.Param {
	return append([]room.Param{{Name: "id", Required: true, Summary: "the resource's id"}}, formatParams()...)
}

func formatParams() []room.Param {
	return form.Params()
}

// readRecord answers with the resource of one record.
func (m *Room) readRecord(name string) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		mediaType, err := mediaType(r, r.URL.Query())
		if err != nil {
			return room.Answer{}, err
		}
		tenant := room.Tenant(r.Context())
		found, err := m.Store.Record(r.Context(), tenant, r.PathValue("id"))
		if err != nil {
			return room.Answer{}, err
		}
		if !slices.Contains(fhir.KindsOf(name), found.Kind) {
			return room.Answer{}, fault.New(fault.NotFound, "there is no %s with this id", name)
		}
		if found.Deleted {
			return room.Answer{}, fault.New(fault.Gone, "the %s was deleted", name)
		}
		set, err := m.Maker.Records(m.format(), tenant, []store.Stored{found})
		if err != nil {
			return room.Answer{}, err
		}
		page := represent.NewVersion(fhir.MediaType, set.Documents[0].Body, found.Version, found.Updated)
		return room.Answer{Page: page, MediaType: mediaType}, nil
	}
}

func (m *Room) format() represent.Format { return represent.Format{Name: "fhir", Format: m.Format} }

// codeSystem answers with one of the code systems that we publish.
func (m *Room) codeSystem(r *http.Request) (room.Answer, error) {
	mediaType, err := mediaType(r, r.URL.Query())
	if err != nil {
		return room.Answer{}, err
	}
	body, ok := fhir.CodeSystem(r.PathValue("id"))
	if !ok {
		return room.Answer{}, fault.New(fault.NotFound, "there is no CodeSystem with this id")
	}
	return room.Answer{Page: represent.NewPage(fhir.MediaType, body), MediaType: mediaType}, nil
}
