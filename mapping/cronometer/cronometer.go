// Package cronometer is what the files of a Cronometer export mean: it reads
// them into records, a day at a time.
//
// Exports have no version and no fixed columns, so a file is known by its
// header and its columns by their names. Whatever the tables beside this file
// do not know is carried under its own name and reported.
package cronometer

import (
	"errors"
	"io"
	"slices"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Kind is what a file of an export holds.
type Kind = string

// The kinds of file. Targets are in no export of Cronometer; they come in a
// table of our own with the columns Nutrient, Min, Max and Unit.
const (
	Servings     Kind = "servings"
	DailySummary Kind = "dailysummary"
	Exercises    Kind = "exercises"
	Biometrics   Kind = "biometrics"
	Notes        Kind = "notes"
	Fasts        Kind = "fasts"
	Targets      Kind = "targets"
)

// An Export is one file being read. It is not safe for concurrent use.
type Export struct {
	sheet  *sheet
	plan   *plan
	rows   *rowReader
	mapper mapper
	read   int
	err    error // the first error, given again by each later Next
}

// A mapper turns the rows of one kind of file into records.
type mapper struct {
	kinds []record.Kind
	// row adds what one row of the batch's day says.
	row func(*mapping.Batch, *row) error
	// end completes the batch after its last row; nil where nothing is left to do.
	end func(*mapping.Batch) error
}

// Open reads the header of the file called name, recognises its kind, and goes
// through the file once to settle the order of day and month and to find each
// day's rows. Next reads it the second time. What is kept meanwhile grows with
// the number of days, not of rows, as long as a day's rows stand together.
//
// The error is an *mapping.ReadError if the document is at fault, and otherwise one of r.
func Open(name string, r io.ReadSeeker, o mapping.Reading) (*Export, error) {
	s, p, err := survey(name, r, o)
	if err != nil {
		return nil, err
	}
	e := &Export{sheet: s, plan: p, rows: newRowReader(s, r)}
	if e.mapper, err = s.mapper(); err != nil {
		return nil, err
	}
	return e, nil
}

// mapper resolves the columns of the sheet's kind.
func (s *sheet) mapper() (mapper, error) {
	switch s.kind {
	case Servings:
		return newServings(s)
	case DailySummary:
		return newDailySummary(s)
	case Exercises:
		return newExercises(s)
	case Biometrics:
		return newBiometrics(s)
	case Notes:
		return newNotes(s)
	case Fasts:
		return newFasts(s)
	default:
		return newTargets(s)
	}
}

// Kind returns what the file holds.
func (e *Export) Kind() Kind { return e.sheet.kind }

// Issues returns what was unknown, assumed or lost so far, each once. The list
// is complete when Next has returned io.EOF.
func (e *Export) Issues() []mapping.Issue { return slices.Clone(e.sheet.issues.list) }

// Rows returns how many rows below the header have been read.
func (e *Export) Rows() int { return e.read }

// Next returns the next day, in the order in which the file first names them;
// no day comes twice. It returns io.EOF after the last one. The error is an
// *mapping.ReadError if the document is at fault; nothing of that day is returned then.
func (e *Export) Next() (mapping.Batch, error) {
	if e.err != nil {
		return mapping.Batch{}, e.err
	}
	b, err := e.next()
	if err != nil {
		e.err = err
		return mapping.Batch{}, err
	}
	return b, nil
}

func (e *Export) next() (mapping.Batch, error) {
	day, runs := e.plan.next()
	if len(runs) == 0 {
		return mapping.Batch{}, io.EOF
	}
	rows := 0
	for _, run := range runs {
		rows += int(run.rows)
	}
	b := mapping.Batch{Kinds: slices.Clone(e.mapper.kinds), Day: day, Records: make([]record.Record, 0, rows)}
	for _, run := range runs {
		if err := e.readRun(&b, run); err != nil {
			return mapping.Batch{}, err
		}
	}
	if e.mapper.end != nil {
		if err := e.mapper.end(&b); err != nil {
			return mapping.Batch{}, err
		}
	}
	return b, nil
}

// readRun adds the rows of one run to b.
func (e *Export) readRun(b *mapping.Batch, run run) error {
	if err := e.rows.seek(run); err != nil {
		return err
	}
	for range run.rows {
		r, err := e.rows.next(b.Day)
		if errors.Is(err, io.EOF) {
			return e.sheet.fault(0, "", "the file became shorter while it was read", "import it again")
		}
		if err != nil {
			return err
		}
		e.read++
		e.sheet.lose(r)
		if err := e.mapper.row(b, r); err != nil {
			return err
		}
	}
	return nil
}
