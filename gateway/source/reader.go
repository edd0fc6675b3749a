package source

import (
	"errors"
	"fmt"
	"io"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// A Reader recognises a document of its source by what is in it, and opens it.
// The error is a *mapping.ReadError if the document is at fault, which is
// Foreign if the source has no such documents, and otherwise one of body.
type Reader func(name string, body io.ReadSeeker, as mapping.Reading) (Export, error)

// An Export is a document that is being read, a day at a time. It is not safe
// for concurrent use.
type Export interface {
	// Kind is what the document is called in its source: "servings".
	Kind() string
	// Days lists what Next is still to return, in its order; undated records are
	// the empty day.
	Days() []record.Date
	// SortByDay makes Next return the days in their order rather than in that of
	// the document, undated records first.
	SortByDay()
	// Next returns what the document says of the next day; no day comes twice.
	// It returns io.EOF after the last.
	Next() (mapping.Batch, error)
	// Rows is how much has been read, in the document's own units.
	Rows() int
	// Issues lists what was lost, assumed or unknown so far, each once.
	Issues() []mapping.Issue
}

// From makes a Reader of a mapping's function.
func From[E Export](open func(string, io.ReadSeeker, mapping.Reading) (E, error)) Reader {
	return func(name string, body io.ReadSeeker, as mapping.Reading) (Export, error) {
		e, err := open(name, body, as)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
}

// FirstOf is a Reader that asks others in their order and leaves a document to
// the first to which it is not foreign. A document that nobody knows is told of
// as the first of them does.
func FirstOf(readers ...Reader) Reader {
	return func(name string, body io.ReadSeeker, as mapping.Reading) (Export, error) {
		var refused error
		for _, read := range readers {
			e, err := read(name, body, as)
			if r, ok := errors.AsType[*mapping.ReadError](err); !ok || !r.Foreign {
				return e, err
			}
			if refused == nil {
				refused = err
			}
			if _, err := body.Seek(0, io.SeekStart); err != nil {
				return nil, fmt.Errorf("read %s again: %w", name, err)
			}
		}
		return nil, refused
	}
}
