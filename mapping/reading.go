package mapping

import (
	"fmt"
	"strings"

	"nutrigate/mapping/record"
)

// A Reading is what a document does not say itself, and its reader has to know.
type Reading struct {
	// Zone is the IANA zone of the diary; empty where it is not known.
	Zone string
	// AsOf is the day on which the document was made or received. A day that is
	// not before it and not completed is open; with an empty AsOf no day is.
	// It is the Day of undated records.
	AsOf record.Date
	// Document goes into each record's Origin; empty means the file's name.
	Document string
}

// A Batch is what one document says about one day.
type Batch struct {
	// Source is the Source of its records; what others say of the day stays.
	Source string
	// Kinds are the kinds of record that the batch replaces on Day.
	Kinds []record.Kind
	// Day is empty for undated records, which come in one batch.
	Day record.Date
	// Records are without ID, Slot and Version.
	Records []record.Record
}

// A ReadError says where a document is at fault and what its owner can do. It
// names places, columns and dates, and never holds any other value, so it may be
// shown and logged.
type ReadError struct {
	File   string
	Line   int    // counted from 1, the header included; 0 where no line is at fault
	Column string // name in the header; empty where no column is at fault
	Reason string
	Advice string
	// Foreign says that the reader does not know such documents; another may.
	Foreign bool
}

// Error returns all of it in one line.
func (e *ReadError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, " line %d", e.Line)
	}
	if e.Column != "" {
		fmt.Fprintf(&b, ", column %q", e.Column)
	}
	b.WriteString(": " + e.Reason)
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}
