// Package serve is the gateway's HTTP side: router, keys, errors and caching
// headers. Each API is a room below it; Gin is known here and nowhere else.
package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"nutrigate/gateway/export"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/connect"
	"nutrigate/gateway/serve/connections"
	"nutrigate/gateway/serve/fhir"
	"nutrigate/gateway/serve/oauth"
	"nutrigate/gateway/serve/operator"
	"nutrigate/gateway/serve/pages"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/terra"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// Config is what the operator chooses.
type Config struct {
	// BaseURL is the address by which clients reach the gateway; empty means
	// the host that each request names.
	BaseURL string
	// Spool is a folder for uploads while they are read.
	Spool   string
	Version string
	// CacheBytes bounds the representations kept in memory; 0 means represent.DefaultBytes.
	CacheBytes uint64
	// OperatorKey opens the operator's routes; without it there are none.
	OperatorKey string
	// NoticeSecret proves notices of the source; without it none are taken.
	NoticeSecret string
	// FirstSync is how long the page of who connects waits for what is fetched first.
	FirstSync time.Duration
	// Exports is a folder for the files of exports; without it there are none.
	// They are kept for KeepExports.
	Exports     string
	KeepExports time.Duration
	// Origins are the sites whose scripts may read what is below /fhir; "*" is each.
	Origins []string
}

// A Store is what the rooms and the keys need of a store.
type Store interface {
	represent.Store
	terra.Store
	connect.Store
	operator.Store
	fhir.Store
	export.Store
	export.HeadStore
	oauth.Store
	tokenStore
	authenticator
}

// Deps is what the server works with; all but Linker is required.
type Deps struct {
	Store  Store
	Offers []terra.Offer  // the formats of the data routes, the default first
	FHIR   mapping.Format // what /fhir answers with
	Import upload.Import
	Ready  func(context.Context) error // nil while requests can be served
	// CheckURL says whether webhooks may be sent to an address, or keys be
	// fetched from it; Fetch gets them.
	CheckURL operate.URLCheck
	Fetch    smart.Fetch
	// Linker connects users to where they log; nil: files alone.
	Linker  Linker
	Audit   Audit // keeps who has asked for whose data
	Metrics *metrics.Metrics
	Log     *slog.Logger
	Now     func() time.Time
}

// A Linker connects users, for the tenants and for themselves.
type Linker interface {
	connections.Linker
	connect.Linker
}

// present is a store in which users who were deauthenticated are not found.
type present struct {
	Store
	audit Audit
}

func (p present) User(ctx context.Context, tenant, id string) (store.User, error) {
	u, err := p.Store.User(ctx, tenant, id)
	if err == nil {
		err = u.Here()
	}
	return u, err
}

// server holds what requests are answered with.
type server struct {
	Deps
	keys     *keyring
	tokens   *tokens
	operator operatorKey
	origins  origins
	whole    http.Handler
}

func (d *Deps) validate() error {
	for name, missing := range map[string]bool{
		"Store": d.Store == nil, "Offers": len(d.Offers) == 0, "FHIR": d.FHIR == nil, "Import": d.Import == nil,
		"Ready": d.Ready == nil, "CheckURL": d.CheckURL == nil, "Fetch": d.Fetch == nil, "Audit": d.Audit == nil, "Metrics": d.Metrics == nil, "Log": d.Log == nil, "Now": d.Now == nil,
	} {
		if missing {
			return fmt.Errorf("serve: %s is required", name)
		}
	}
	return nil
}

// A Server is the handler of everything that the gateway serves, and what it
// does in the background for that.
type Server struct {
	http.Handler
	exports *export.Engine // nil: none
}

// Run works in the background until ctx ends: on exports.
func (s *Server) Run(ctx context.Context) error {
	if s.exports == nil {
		return nil
	}
	return s.exports.Run(ctx)
}

// New returns the server.
func New(d Deps, c Config) (*Server, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	st := present{d.Store, d.Audit}
	maker := represent.New(st, cmp.Or(c.CacheBytes, represent.DefaultBytes))
	s := &server{Deps: d, keys: newKeyring(d.Store), tokens: newTokens(d.Store, d.Now), operator: operatorKey(c.OperatorKey), origins: c.Origins}
	api := terra.Room{Store: st, Maker: maker, Offers: d.Offers, Import: d.Import, Spool: upload.Spool(c.Spool), BaseURL: c.BaseURL, Now: d.Now}
	if d.Linker != nil {
		api.Leave = d.Linker.Leave
	}
	people, err := connect.Routes(connect.Room{
		Store: st, Import: d.Import, Spool: api.Spool, BaseURL: c.BaseURL, Linker: d.Linker, Patience: c.FirstSync, Now: d.Now,
	})
	if err != nil {
		return nil, err
	}
	desk := operator.Room{Store: st, CheckURL: d.CheckURL, Now: d.Now}
	authorization := oauth.Room{Store: st, Keys: smart.NewKeys(d.Fetch, d.Now), Signer: oauth.NewSigner(d.Store), BaseURL: c.BaseURL, Now: d.Now}
	consent, err := oauth.Routes(authorization)
	if err != nil {
		return nil, err
	}
	data := slices.Concat(terra.Routes(api), operator.TenantRoutes(desk), oauth.TenantRoutes(authorization))
	if d.Linker != nil {
		data = append(data, connections.Routes(connections.Room{Linker: d.Linker, Users: st, NoticeSecret: c.NoticeSecret})...)
	}
	ehr := fhir.Room{Store: st, Maker: maker, Format: d.FHIR, BaseURL: c.BaseURL, CORS: len(c.Origins) > 0, Version: c.Version, Whole: http.HandlerFunc(s.again), Tell: s.problem, Now: d.Now}
	exports, err := exporter(d, c, st, maker)
	if err != nil {
		return nil, err
	}
	ehr.CheckURL = d.CheckURL
	if exports != nil {
		ehr.Exports = exports
	}
	routes := slices.Concat(
		under("/v2", data),
		under("/api/v2", data),
		under(fhirBase, fhir.Routes(ehr)),
		fhir.PageRoutes(ehr),
		under(fhirBase, oauth.WellKnown(authorization)),
		under(oauth.Base, consent),
		terra.WidgetRoutes(api),
		people,
		s.operators(desk),
	)
	described := slices.Concat(under("/v2", data), routes[2*len(data):])
	home, err := pages.Routes(pages.Room{Described: described, Version: c.Version, Ready: d.Ready})
	if err != nil {
		return nil, err
	}
	s.whole, err = s.router(slices.Concat(routes, home))
	return &Server{s.whole, exports}, err
}

// exporter returns what works on exports of all that is on the shelves.
func exporter(d Deps, c Config, st present, maker *represent.Maker) (*export.Engine, error) {
	if c.Exports == "" {
		return nil, nil
	}
	types := shelf.New(shelf.Deps{Store: st, Maker: maker, Format: d.FHIR, Now: d.Now, Version: c.Version})
	return export.New(export.Deps{
		Store: st, Dir: c.Exports, Log: d.Log, Now: d.Now, Keep: c.KeepExports,
		Source: &export.Shelves{Types: types, Store: st, Maker: maker, Format: represent.Format{Name: "fhir", Format: d.FHIR}},
	})
}

// again serves a request that another one consists of.
func (s *server) again(w http.ResponseWriter, r *http.Request) { s.whole.ServeHTTP(w, r) }

// operators are the routes for the operator. The metrics are there for all
// where no key was chosen: they name routes and endpoints, and nobody.
func (s *server) operators(desk operator.Room) []room.Route {
	routes := []room.Route{operator.MetricsRoute(s.Metrics.Text, s.operator != "")}
	if s.operator != "" {
		routes = append(routes, under(adminBase, operator.Routes(desk))...)
	}
	return routes
}

// under puts a room's routes below a path.
func under(base string, routes []room.Route) []room.Route {
	all := slices.Clone(routes)
	for i := range all {
		all[i].Path = base + all[i].Path
	}
	return all
}

// router lets Gin find the route; nothing else of Gin is used.
func (s *server) router(routes []room.Route) (http.Handler, error) {
	g := gin.New()
	if err := g.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false
	g.Use(s.observe, s.cors)
	for _, r := range routes {
		handle := s.handler(r)
		g.Handle(r.Method, ginPath(r.Path), handle)
		if r.Method == http.MethodGet {
			g.Handle(http.MethodHead, ginPath(r.Path), handle)
		}
	}
	known := methodsOf(routes)
	notAllowed := func(c *gin.Context) {
		c.Writer.Header().Set("Allow", known.allow(c.Request.URL.Path))
		s.refuse(c, errNoMethod)
	}
	for path, has := range known { // so that "/v2/import" is no data type for who reads it
		if !slices.Contains(has, http.MethodGet) {
			g.GET(ginPath(path), notAllowed)
			g.HEAD(ginPath(path), notAllowed)
		}
	}
	g.NoRoute(func(c *gin.Context) { s.refuse(c, errNoRoute) })
	g.NoMethod(notAllowed)
	return g, nil
}

// ginPath writes "/v2/{type}" as Gin does: "/v2/:type".
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// handler makes a route's handler one of Gin's.
func (s *server) handler(route room.Route) gin.HandlerFunc {
	asked := reading{route, readsOf(route)}
	return func(c *gin.Context) {
		r := c.Request
		for _, p := range c.Params {
			r.SetPathValue(p.Key, p.Value)
		}
		r, err := s.known(r, route)
		if err != nil {
			s.refuse(c, errors.Join(err, s.note(r, asked, room.Answer{}, err)))
			return
		}
		answer, err := route.Handle(r)
		if failure := s.note(r, asked, answer, err); failure != nil {
			answer, err = room.Answer{}, failure
		}
		if err != nil {
			hurry(c.Writer)
		}
		for _, f := range answer.Fields {
			c.Writer.Header().Set(f[0], f[1])
		}
		switch {
		case err == nil:
			if err = s.write(c.Writer, r, route, answer); err != nil {
				s.problem(c.Writer, r, err)
			}
		case answer.Page != nil:
			s.shown(c.Writer, r, err, answer.Page)
		default:
			s.problem(c.Writer, r, err)
		}
	}
}

// refuse tells who is let through to no route what is wrong.
func (s *server) refuse(c *gin.Context, err error) {
	hurry(c.Writer)
	s.problem(c.Writer, c.Request, err)
}

// hurried is how long a body may take once the answer is an error: the server
// reads what is left of a short one before it answers, and whoever has no key
// could otherwise hold a connection for as long as an upload may take.
const hurried = 3 * time.Second

func hurry(w http.ResponseWriter) {
	// An error means that the connection has no deadlines, as in tests without one.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(hurried))
}
