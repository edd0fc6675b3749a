// Package ingest brings documents into the store: it reads each, checks every
// record against its schema, and replaces the days that the documents tell of.
//
// All documents of one call are one transaction. Memory does not grow with
// their length: a few days are on their way at any time.
package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Store is where records go.
type Store interface {
	// Begin starts a transaction for one user; NotFound if the tenant has none such.
	Begin(ctx context.Context, tenant, user string) (store.Import, error)
}

// Options are what the documents themselves do not say.
type Options struct {
	// Zone is the IANA zone of the diary; empty means that of the user.
	Zone string
	// AsOf is the day on which the documents were made or received: a day that
	// is not before it may still grow.
	AsOf record.Date
	// Progress, if there is one, is told after each day how many rows of a file
	// are stored and how many of its bytes are read. It must not block.
	Progress func(file string, rows int, bytes int64)
	// Begun, if there is one, is called with the transaction before the first
	// document is read; with an error, nothing is stored.
	Begun func(context.Context, store.Import) error
}

// Report is what an import did.
type Report struct {
	Files []File      `json:"files"`
	Tally store.Tally `json:"records"`
}

// File is what one document was and did.
type File struct {
	Name     string          `json:"name"`
	Document string          `json:"document"` // id of the raw document in the store
	Kind     string          `json:"kind"`
	Rows     int             `json:"rows"` // below the header
	Days     int             `json:"days"`
	Tally    store.Tally     `json:"records"`
	Issues   []mapping.Count `json:"issues"`
}

// Run imports documents for a user, in their order: where two tell of the same
// day, the later one holds. Either all of them are stored or, with an error,
// nothing is. A document that cannot be read is an Unreadable fault about a
// *mapping.ReadError, which names the place and what to do.
func Run(ctx context.Context, st Store, read source.Reader, user store.User, docs []source.Document, o Options) (Report, error) {
	if o.Zone == "" {
		o.Zone = user.Zone
	}
	im, err := st.Begin(ctx, user.Tenant, user.ID)
	if err != nil {
		return Report{}, err
	}
	defer im.Rollback()
	if o.Begun != nil {
		if err := o.Begun(ctx, im); err != nil {
			return Report{}, err
		}
	}
	var report Report
	for _, doc := range docs {
		file, err := add(ctx, im, read, doc, o)
		if err != nil {
			return Report{}, err
		}
		report.Files = append(report.Files, file)
		report.Tally = report.Tally.Plus(file.Tally)
	}
	if err := im.Commit(); err != nil {
		return Report{}, err
	}
	return report, nil
}

// add keeps one document and stores what it says.
func add(ctx context.Context, im store.Import, read source.Reader, doc source.Document, o Options) (File, error) {
	body, err := doc.Open()
	if err != nil {
		return File{}, fmt.Errorf("open %s: %w", doc.Name, err)
	}
	defer body.Close()
	raw := store.RawDocument{Name: doc.Name, Zone: o.Zone, AsOf: o.AsOf}
	if raw.ID, raw.Size, err = identify(body); err != nil {
		return File{}, fmt.Errorf("read %s: %w", doc.Name, err)
	}
	f, err := open(read, raw, body, o.Progress)
	if err != nil {
		return File{}, err
	}
	raw.Kind = f.export.Kind()
	var report File
	both, within := errgroup.WithContext(ctx)
	both.Go(func() error { return keep(within, im, raw, doc) })
	both.Go(func() (err error) {
		report, err = f.store(within, func(s step) (store.Tally, error) {
			for _, kind := range s.Kinds {
				f.named[store.KindDay{Kind: kind, Day: s.Day}] = true
			}
			return im.Replace(within, s.Source, raw.ID, s.Kinds, s.Day, s.encoded)
		})
		return err
	})
	if err := both.Wait(); err != nil {
		return report, err
	}
	gone, err := empty(ctx, im, f, doc.Covers)
	report.Tally = report.Tally.Plus(gone)
	return report, err
}

// A telling document says of which kinds of record it tells, also where it is
// empty.
type telling interface{ Kinds() []record.Kind }

// empty empties the days that the document covers and does not name.
func empty(ctx context.Context, im store.Import, f *file, covers source.Span) (store.Tally, error) {
	var total store.Tally
	tells, ok := f.export.(telling)
	if !ok || covers.From == "" {
		return total, nil
	}
	kinds := tells.Kinds()
	for at := range im.Sources() {
		if at.Source != "" || !covers.Has(at.Day) || !slices.Contains(kinds, at.Kind) || f.named[store.KindDay{Kind: at.Kind, Day: at.Day}] {
			continue
		}
		tally, err := im.Replace(ctx, at.Source, f.raw.ID, []record.Kind{at.Kind}, at.Day, nil)
		if err != nil {
			return total, err
		}
		total = total.Plus(tally)
	}
	return total, nil
}

// identify returns the SHA-256 and the length of a document and goes back to its start.
func identify(body io.ReadSeeker) (id string, size int64, err error) {
	sum := sha256.New()
	if size, err = io.Copy(sum, body); err != nil {
		return "", 0, err
	}
	_, err = body.Seek(0, io.SeekStart)
	return hex.EncodeToString(sum.Sum(nil)), size, err
}

// keep stores the raw document.
func keep(ctx context.Context, im store.Import, raw store.RawDocument, doc source.Document) error {
	body, err := doc.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", doc.Name, err)
	}
	defer body.Close()
	return im.AddDocument(ctx, raw, body)
}

// unreadable makes a fault of a document's own error, with all of it in the
// message: it is for whoever sent the document.
func unreadable(name string, err error) error {
	if e, ok := errors.AsType[*mapping.ReadError](err); ok {
		return &fault.Error{
			Kind: fault.Unreadable, Message: e.Error(), Cause: e,
			Place: fault.Place{File: e.File, Line: e.Line, Column: e.Column, Advice: e.Advice},
		}
	}
	return fmt.Errorf("read %s: %w", name, err)
}
