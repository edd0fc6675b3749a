// Package gateway is what runs: it puts the parts together, and serves and
// delivers until it is told to stop.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/audit"
	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/link"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/push"
	"nutrigate/gateway/serve"
	"nutrigate/gateway/serve/terra"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/gateway/sync"
	"nutrigate/mapping"
)

// Store is what the gateway needs of a store.
type Store interface {
	serve.Store
	ingest.Store
	push.Store
	audit.Store
	PutUser(ctx context.Context, u store.User) (store.User, error)
}

// Parts is what the gateway is made of; all but Link, Sync, Watch and Version is required.
type Parts struct {
	Store Store
	// Expand returns the documents in an uploaded file: itself, or what an
	// archive holds, unpacked in dir. The function that comes with them
	// releases them.
	Expand func(name, path, dir string) ([]source.Document, func() error, error)
	Read   source.Reader  // of the documents of every source
	Offers []terra.Offer  // the formats of the data routes, the default first
	FHIR   mapping.Format // what /fhir answers with
	// CheckURL says whether webhooks may be sent to an address, or keys be
	// fetched from it; Fetch gets them.
	CheckURL operate.URLCheck
	Fetch    smart.Fetch
	Sender   push.Sender // of webhooks
	// Link connects users to where they log, and Sync fetches for them; nil: files alone.
	Link *link.Linker
	Sync *sync.Engine
	// Watch takes in files that somebody puts into folders, until its context ends; nil: nobody does.
	Watch   func(context.Context) error
	Metrics *metrics.Metrics
	Version string
	Log     *slog.Logger
	Now     func() time.Time
}

// A Gateway takes in documents and serves what they become.
//
// The flow: an upload is spooled and expanded to documents (source); ingest
// reads them into records (Read, by mapping/cronometer), checks these (schemas) and
// stores them as versions (store). A request finds versions, represents them
// (represent, by mapping/terra, fhir and fit, each checked) and sends bytes. What
// an import changes is on a log, from which push makes deliveries (Sender).
type Gateway struct {
	parts  Parts
	addr   string
	spool  string // folder for uploads and what they hold, while they are read
	server *serve.Server
	push   *push.Push
	audit  *audit.Log
}

// New puts a gateway together. It makes the folder for uploads below c.Data
// and empties it of what an earlier run left.
func New(c config.Config, p Parts) (*Gateway, error) {
	if p.Store == nil || p.Expand == nil || p.Read == nil {
		return nil, errors.New("gateway: Store, Expand and Read are required")
	}
	spool := filepath.Join(c.Data, "tmp")
	if err := empty(spool); err != nil {
		return nil, fmt.Errorf("make the folder for uploads: %w", err)
	}
	g := &Gateway{parts: p, addr: c.Addr, spool: spool, audit: audit.New(p.Store, c.AuditKeep, p.Now, p.Log)}
	var linker serve.Linker // nil, and not a nil pointer
	if p.Link != nil {
		linker = p.Link
	}
	firstSync := time.Duration(0)
	if p.Sync != nil {
		firstSync = patience
	}
	server, err := serve.New(serve.Deps{
		Store: p.Store, Offers: p.Offers, FHIR: p.FHIR, Import: g.take, Ready: g.ready,
		CheckURL: p.CheckURL, Fetch: p.Fetch, Linker: linker, Audit: g.audit, Metrics: p.Metrics, Log: p.Log, Now: p.Now,
	}, serve.Config{
		BaseURL: c.BaseURL, Spool: spool, Version: p.Version, OperatorKey: c.AdminKey, Origins: c.Origins,
		Exports: filepath.Join(c.Data, "exports"), KeepExports: c.KeepExports,
		NoticeSecret: c.Cronometer.NoticeSecret, FirstSync: firstSync,
	})
	if err != nil {
		return nil, err
	}
	g.server = server
	g.push, err = push.New(push.Deps{
		Store: counting{p.Store, p.Metrics}, Sender: p.Sender, FHIR: p.FHIR, Log: p.Log, Now: p.Now, Base: c.BaseURL, Version: p.Version,
		Healthcheck: c.Healthcheck,
	})
	return g, err
}

// Handler returns what the gateway serves, for callers with a listener of their own.
func (g *Gateway) Handler() http.Handler { return g.server }

// take brings uploaded files into the store, and counts what came of it.
func (g *Gateway) take(ctx context.Context, u store.User, files []upload.File, o ingest.Options) (store.User, ingest.Report, error) {
	u, report, err := g.bring(ctx, u, files, o)
	switch {
	case err == nil:
		g.parts.Metrics.Import(metrics.ImportOK)
	case fault.KindOf(err) == fault.Internal, fault.KindOf(err) == fault.Unavailable:
		g.parts.Metrics.Import(metrics.ImportFailed)
	default:
		g.parts.Metrics.Import(metrics.ImportRefused)
	}
	return u, report, err
}

// bring brings files into the store. Broken files make no new user and change
// none.
func (g *Gateway) bring(ctx context.Context, u store.User, files []upload.File, o ingest.Options) (store.User, ingest.Report, error) {
	var docs []source.Document
	for _, f := range files {
		some, release, err := g.parts.Expand(f.Name, f.Path, g.spool)
		if release != nil {
			defer func() { _ = release() }() // what is left behind is only space
		}
		if err != nil {
			return u, ingest.Report{}, err
		}
		docs = append(docs, some...)
	}
	if u.ID == "" {
		if err := ingest.Rehearse(ctx, g.parts.Read, docs, o); err != nil {
			return u, ingest.Report{}, err
		}
		u.Zone = o.Zone
		var err error
		if u, err = g.made(ctx, u); err != nil {
			return u, ingest.Report{}, err
		}
	}
	report, err := ingest.Run(ctx, g.parts.Store, g.parts.Read, u, docs, o)
	if err != nil {
		return u, report, err
	}
	u, err = g.zoned(ctx, u, o.Zone)
	return u, report, err
}

// zoned returns the user as the import left them, and with the zone of their
// first one.
func (g *Gateway) zoned(ctx context.Context, u store.User, zone string) (store.User, error) {
	u, err := g.parts.Store.User(ctx, u.Tenant, u.ID)
	if err != nil || u.Zone != "" || zone == "" {
		return u, err
	}
	u.Zone = zone
	return g.parts.Store.PutUser(ctx, u)
}

// made makes a user. If another upload has made the same one meanwhile, that
// is the one.
func (g *Gateway) made(ctx context.Context, u store.User) (store.User, error) {
	stored, err := g.parts.Store.PutUser(ctx, u)
	if fault.KindOf(err) == fault.Conflict {
		return g.parts.Store.UserByReference(ctx, u.Tenant, u.Reference)
	}
	return stored, err
}

// ready asks the store the cheapest question that it has.
func (g *Gateway) ready(ctx context.Context) error {
	_, err := g.parts.Store.Revision(ctx, "", "")
	return err
}

// patience is how long somebody who connects waits for what is fetched first.
const patience = 8 * time.Second

const (
	readHeader = 10 * time.Second
	readAll    = 15 * time.Minute // 64 MiB over a slow line
	writeAll   = 30 * time.Minute // from the first byte of a request to the last of its answer
	idle       = 2 * time.Minute
	grace      = 10 * time.Second // for requests under way when told to stop
)

// Run serves and delivers until ctx ends; then it takes no new requests and
// sends none, gives those under way some seconds, and returns nil if all of them
// ended. listening is called once with the address.
func (g *Gateway) Run(ctx context.Context, listening func(net.Addr)) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", g.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	listening(l.Addr())
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return errors.Join(g.serve(ctx, l), g.noted(ctx)) })
	all.Go(func() error { return g.audit.Run(ctx) })
	all.Go(func() error { return g.push.Run(ctx) })
	all.Go(func() error { return g.server.Run(ctx) })
	if g.parts.Sync != nil {
		all.Go(func() error { return g.parts.Sync.Run(ctx) })
	}
	if g.parts.Watch != nil {
		all.Go(func() error { return g.parts.Watch(ctx) })
	}
	return all.Wait()
}

func (g *Gateway) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: g.server, ReadHeaderTimeout: readHeader, ReadTimeout: readAll, WriteTimeout: writeAll, IdleTimeout: idle,
		ErrorLog: slog.NewLogLogger(g.parts.Log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		_ = server.Close()
		return fmt.Errorf("stop: requests did not end in time: %w", err)
	}
	return nil
}

// counting counts attempts, and what they end, once the store has them.
type counting struct {
	push.Store
	metrics *metrics.Metrics
}

func (c counting) Settle(ctx context.Context, outcomes []store.Outcome) error {
	if err := c.Store.Settle(ctx, outcomes); err != nil {
		return err
	}
	for i := range outcomes {
		o := &outcomes[i]
		c.metrics.Attempt(o.Delivery.Endpoint, o.Attempt.Class)
		if o.State == store.Dead && len(o.Parts) == 0 {
			c.metrics.Exhausted(o.Delivery.Endpoint)
		}
		if o.Disable != "" {
			c.metrics.Disabled(o.Delivery.Endpoint)
		}
	}
	return nil
}

// empty makes a folder that only we can read, and removes what is in it.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range left {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
