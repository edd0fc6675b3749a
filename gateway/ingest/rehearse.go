package ingest

import (
	"context"
	"io"

	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Rehearse is Run without a store: it reads the documents and checks every
// record, and returns the error that Run would. It is for callers who make a
// user for an import, so that broken documents do not leave one behind.
func Rehearse(ctx context.Context, read source.Reader, docs []source.Document, o Options) error {
	_, err := Run(ctx, rehearsal{}, read, store.User{}, docs, o)
	return err
}

// rehearsal is a store that keeps nothing.
type rehearsal struct{}

func (rehearsal) Begin(context.Context, string, string) (store.Import, error) {
	return rehearsal{}, nil
}

func (rehearsal) AddDocument(_ context.Context, _ store.RawDocument, body io.Reader) error {
	_, err := io.Copy(io.Discard, body)
	return err
}

func (rehearsal) Replace(_ context.Context, _, _ string, _ []record.Kind, _ record.Date, _ []record.Encoded) (store.Tally, error) {
	return store.Tally{}, nil
}

func (rehearsal) Sources() map[store.KindDay]string { return nil }

func (rehearsal) Connect(context.Context, string, []store.Event) error { return nil }

func (rehearsal) Activate(context.Context) error { return nil }

func (rehearsal) Commit() error { return nil }

func (rehearsal) Rollback() {}
