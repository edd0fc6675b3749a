// Package source is where documents come from. Each source is a package below it.
package source

import (
	"io"

	"nutrigate/mapping/record"
)

// A Document is one file of an export, not yet read.
type Document struct {
	// Name is the file's own name, for messages: "servings.csv", or
	// "export.zip/servings.csv" for a file in an archive.
	Name string
	// Size in bytes, uncompressed; -1 if not known.
	Size int64
	// Covers are the days of which the document says all that there is: one that
	// it does not name has nothing. The zero Span says nothing of other days.
	Covers Span
	// Open may be called more than once; each reader starts at the beginning
	// and is closed by the caller.
	Open func() (io.ReadSeekCloser, error)
}

// A Span is the days from one to another, both included.
type Span struct{ From, To record.Date }

// Has reports whether the day is one of the span's.
func (s Span) Has(day record.Date) bool { return s.From != "" && s.From <= day && day <= s.To }
