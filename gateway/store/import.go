package store

import (
	"context"
	"io"

	"nutrigate/mapping/record"
)

// An Import stores documents and replaces days of one user, all in one
// transaction: until Commit nobody sees any of it. It is not safe for
// concurrent use, but for AddDocument, which may run beside Replace. While it is
// open no other import of the store begins.
type Import interface {
	// AddDocument keeps a raw document, read to its end. A document with the
	// same ID is kept once; its name, zone and AsOf become those given last.
	AddDocument(ctx context.Context, d RawDocument, body io.Reader) error
	// Replace makes records all that the user has from the source of the given
	// kinds on day, as the document says, and tells what that changed. Undated
	// kinds take the empty day and are replaced as a whole. Records of other
	// sources, kinds or days are an error. The same records again change nothing.
	Replace(ctx context.Context, source, document string, kinds []record.Kind, day record.Date, records []record.Encoded) (Tally, error)
	// Sources returns the document that each source's kinds of each day were last read from.
	Sources() map[KindDay]string
	// Connect uses the session up, makes the user active, says that they are
	// connected now, and appends the events. A session that was used before is
	// Gone. It comes before the documents, so that its events do too.
	Connect(ctx context.Context, session string, events []Event) error
	// Activate makes the user active. It comes before the documents too.
	Activate(ctx context.Context) error
	Commit() error
	// Rollback undoes everything; after Commit it does nothing.
	Rollback()
}

// A KindDay is what a document replaces as a whole. Undated kinds have the empty day.
type KindDay struct {
	Kind   record.Kind
	Day    record.Date
	Source string // see record.Record
}
