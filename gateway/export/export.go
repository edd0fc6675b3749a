// Package export writes what a tenant has into files, in the background: one
// resource a line, as FHIR's Bulk Data Access has it
// (https://hl7.org/fhir/uv/bulkdata/STU2/).
//
// An export is a row in the store and a folder of files. It is worked on in
// slices: some people's resources are appended, the files are on the disk, and
// then the row says how long each file is and who is next. Nothing behind that
// length is ever served, so that a process which is killed between the two
// neither loses nor doubles anything.
package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
)

// A Store is where exports and people are; see package store for the contract.
type Store interface {
	AddExport(ctx context.Context, e store.Export, most int) (store.Export, error)
	Export(ctx context.Context, tenant, id string) (store.Export, error)
	Exports(ctx context.Context) ([]store.Export, error)
	TakeExport(ctx context.Context, holder string, until time.Time) (store.Export, error)
	AdvanceExport(ctx context.Context, e store.Export, people []string) error
	DeleteExport(ctx context.Context, tenant, id string) error
	ExpireExports(ctx context.Context) error
	Erased(ctx context.Context, tenant string, from, to time.Time) ([]string, error)
	User(ctx context.Context, tenant, id string) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
}

// A Source has the resources.
type Source interface {
	// Resources calls each with every resource that is wanted, in an order that
	// is the same each time, and returns what these could not carry. What it
	// hands over is good until it is called again.
	Resources(ctx context.Context, w Want, each func(resource []byte) error) ([]mapping.Issue, error)
	// Deleted calls each with the address, such as Observation/1, of every resource
	// that would be wanted, but was deleted after w.Since and up to w.AsOf.
	Deleted(ctx context.Context, w Want, each func(address string) error) error
}

// A Want is what one call of a Source is about: the resources of one type, as
// they were at a moment.
type Want struct {
	*Ask
	Type Type
	User store.User // whose; nobody's where the type is not about people
	AsOf time.Time
}

// Deps is what an Engine is made of; all but Keep and Poll is required.
type Deps struct {
	Store  Store
	Source Source
	Dir    string // for the files
	Log    *slog.Logger
	Now    func() time.Time
	// Keep is how long an export that is over can be fetched; 0: a day.
	Keep time.Duration
	// Poll is how late what other processes asked for is seen; 0: a second.
	Poll time.Duration
}

// An Engine works on exports for as long as Run runs: on one at a time, and in
// turns where several wait.
type Engine struct {
	Deps
	holder   string
	wake     chan struct{}
	failures map[string]int // by export: slices in a row that came to nothing
}

// New returns an Engine that has not begun.
func New(d Deps) (*Engine, error) {
	if d.Store == nil || d.Source == nil || d.Dir == "" || d.Log == nil || d.Now == nil {
		return nil, errors.New("export: Store, Source, Dir, Log and Now are required")
	}
	d.Keep = cmp.Or(d.Keep, 24*time.Hour)
	return &Engine{Deps: d, holder: uuid.NewString(), wake: make(chan struct{}, 1), failures: map[string]int{}}, nil
}

// mostAtOnce is how many exports of a client may wait or be worked on.
const mostAtOnce = 4

// Start keeps an export, to be worked on. A client that has too many is
// RateLimited.
func (e *Engine) Start(ctx context.Context, client, request string, ask *Ask) (store.Export, error) {
	job := store.Export{Tenant: ask.Grant.Tenant, Client: client, Request: request, Expires: e.Now().Add(e.Keep)}
	var err error
	if job.Ask, err = encode(ask); err != nil {
		return job, err
	}
	if job.Place, err = encode(place{}); err != nil {
		return job, err
	}
	if job, err = e.Store.AddExport(ctx, job, mostAtOnce); err != nil {
		return job, err
	}
	select {
	case e.wake <- struct{}{}:
	default: // one waits to be heard already
	}
	return job, nil
}

const (
	leaseTime  = 20 * time.Second
	sweepEvery = time.Minute
	// maxFailures is after how many slices in a row that came to nothing an export
	// fails. A store that cannot write now is waited for.
	maxFailures = 5
)

// Run works until ctx ends; what a slice has written by then is written again
// by whoever goes on.
func (e *Engine) Run(ctx context.Context) error {
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder for exports: %w", err)
	}
	tick := time.NewTicker(cmp.Or(e.Poll, time.Second))
	defer tick.Stop()
	var expired time.Time
	for ctx.Err() == nil {
		if now := e.Now(); now.Sub(expired) >= sweepEvery {
			expired = now
			e.report(ctx, "delete old ones", e.Store.ExpireExports(ctx))
		}
		e.report(ctx, "delete files", e.sweep(ctx))
		worked, err := e.work(ctx)
		e.report(ctx, "write one", err)
		if worked && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-e.wake:
		}
	}
	return nil
}

func (e *Engine) report(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		e.Log.Error("exports", "doing", doing, "error", err)
	}
}

// work takes the next export and writes a slice of it. It is false if none waits.
func (e *Engine) work(ctx context.Context) (bool, error) {
	job, err := e.Store.TakeExport(ctx, e.holder, e.Now().Add(leaseTime))
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = e.slice(ctx, &job)
	switch {
	case err == nil:
		delete(e.failures, job.ID)
		return true, nil
	case ctx.Err() != nil:
		return true, e.release(ctx, job)
	case fault.KindOf(err) == fault.Conflict: // deleted, expired, or another's now
		return true, nil
	case fault.KindOf(err) == fault.Unavailable:
		return true, err
	}
	e.failures[job.ID]++
	if e.failures[job.ID] < maxFailures {
		return true, fmt.Errorf("export %s: %w", job.ID, err)
	}
	delete(e.failures, job.ID)
	job.State, job.Class, job.Place = store.ExportFailed, classOf(err), []byte(`{}`)
	return true, errors.Join(fmt.Errorf("export %s is given up: %w", job.ID, err), e.Store.AdvanceExport(ctx, job, nil))
}

// release lets another process go on at once.
func (e *Engine) release(ctx context.Context, job store.Export) error {
	last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	job.Until = time.Time{}
	return e.Store.AdvanceExport(last, job, nil)
}

// classOf names what went wrong.
func classOf(err error) string {
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return "files"
	}
	return "internal"
}
