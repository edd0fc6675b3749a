// Package fhir is the room for FHIR R4 clients, read-only but for their
// subscriptions.
//
// What is served is generated: the types come from the table of gateway/shelf,
// their search parameters from that of gateway/search, and operations from the
// table in operations.go. Routes, searches and the CapabilityStatement are made
// from these three, so the statement never promises what does not work.
//
// Another type is a row in gateway/shelf/types.go and rows in
// gateway/search/params.csv. Another operation is a row in operations.go. An
// interaction of all types is a row in interactions.go.
package fhir

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// A Store is what the room reads beside what is on the shelves; see package
// store for the contract.
type Store interface {
	shelf.Store
	export.HeadStore
	// Revision with an empty user grows with every change of anything of the tenant.
	Revision(ctx context.Context, tenant, user string) (int64, error)
	// Snapshot is the instant of the last commit: what was there then stays so.
	Snapshot(ctx context.Context) (time.Time, error)
	// Seal and Unseal keep links of pages from being read and changed.
	Seal(plain []byte, place string) ([]byte, error)
	Unseal(sealed []byte, place string) ([]byte, error)
	Export(ctx context.Context, tenant, id string) (store.Export, error)
	DeleteExport(ctx context.Context, tenant, id string) error
	SubscriptionStore
}

// A Room is what the handlers work with.
type Room struct {
	Store   Store
	Maker   *represent.Maker
	Format  mapping.Format
	BaseURL string // empty: the host that a request names
	CORS    bool   // scripts of other sites may read answers
	Version string
	Now     func() time.Time
	// Exports works on exports; nil: there are none.
	Exports Exporter
	// CheckURL says whether subscribers may be called at an address; nil: nobody
	// can subscribe.
	CheckURL operate.URLCheck

	// Whole is the server that this room is part of, and Tell how it tells of an
	// error: the requests of a batch go through it one by one.
	Whole http.Handler
	Tell  func(http.ResponseWriter, *http.Request, error)

	types shelf.Types
}

// Routes returns the table of routes. Paths are below the room's base.
func Routes(m Room) []room.Route {
	m.types = shelf.New(shelf.Deps{Store: m.Store, Maker: m.Maker, Format: m.Format, Now: m.Now, Version: m.Version})
	routes := []room.Route{{
		Method: http.MethodGet, Path: "/metadata", Public: true, Summary: "What this server can do",
		Params: formatParams(), Gives: gives(), Handle: m.metadata,
	}}
	for i := range m.types {
		t := &m.types[i]
		for _, in := range m.everyInteraction() {
			routes = append(routes, in.routes(t)...)
		}
	}
	for _, w := range m.wides() {
		routes = append(routes, w.routes...)
	}
	for _, o := range m.operations() {
		routes = append(routes, o.routes()...)
	}
	for i := range routes {
		if strings.HasSuffix(routes[i].Path, "/$export") {
			continue // its parameters are about the files
		}
		query := addressed
		if slices.Contains(routes[i].Takes, formType) {
			query = queryOf
		}
		routes[i].Handle = form.Answering(m.Maker, query, routes[i].Handle)
		if strings.HasSuffix(routes[i].Path, "/$summary") {
			routes[i].Handle, routes[i].Gives = m.pageFirst(routes[i].Handle), append(routes[i].Gives, "text/html")
		}
	}
	return append(routes, m.exportJobRoutes()...)
}

func gives() []string { return form.Types() }

func readParams() []room.Param {
	return append([]room.Param{{Name: "id", Required: true, Summary: "the resource's id"}}, formatParams()...)
}

func formatParams() []room.Param {
	return form.Params()
}

// base is the address of the room as the client knows it.
func (m *Room) base(r *http.Request) string { return room.Base(r, m.BaseURL) + "/fhir" }
