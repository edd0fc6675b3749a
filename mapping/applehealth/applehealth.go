// Package applehealth is what the export of the Health app means: it reads
// export.xml, and the routes of workouts behind it, into records, a day at a time.
//
// The file is in no order of days and may have gigabytes. It is read twice: once
// to check it and to note where each day's elements stand, and then a day at a
// time. What is kept meanwhile grows with the number of stretches of one day and
// type, some 24 bytes each, and not with the number of samples.
package applehealth

import (
	"io"
	"slices"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Source is the Source of every record that is read here.
const Source = "applehealth"

// An Export is one export being read. It is not safe for concurrent use.
type Export struct {
	plan    *plan
	body    io.ReadSeeker
	options mapping.Reading
	file    string
	issues  issues
	read    int
	err     error // the first error, given again by each later Next
}

// kinds are the kinds of record that an export tells of, each day anew.
func kinds() []record.Kind {
	return []record.Kind{record.KindServing, record.KindExercise, record.KindBiometric, record.KindSleep}
}

// Open goes through the document once. The error is a *mapping.ReadError if
// the document is at fault, which is Foreign if it is no export of the Health
// app, and otherwise one of body.
func Open(name string, body io.ReadSeeker, o mapping.Reading) (*Export, error) {
	if o.Document == "" {
		o.Document = name
	}
	e := &Export{body: body, options: o, file: name}
	var err error
	if e.plan, err = survey(name, body, &e.issues); err != nil {
		return nil, err
	}
	return e, nil
}

// Kind returns what the document is called.
func (e *Export) Kind() string { return Source }

// Days lists the days that are still to come.
func (e *Export) Days() []record.Date { return slices.Clone(e.plan.left()) }

// SortByDay does nothing: days are always in their order.
func (e *Export) SortByDay() {}

// Rows returns how many samples, correlations and workouts have been read.
func (e *Export) Rows() int { return e.read }

// Issues returns what was unknown, assumed or lost so far, each once. The list
// is complete when Next has returned io.EOF.
func (e *Export) Issues() []mapping.Issue { return slices.Clone(e.issues.list) }

// Next returns the next day. It returns io.EOF after the last one. The error is
// a *mapping.ReadError if the document is at fault; nothing of that day is
// returned then.
func (e *Export) Next() (mapping.Batch, error) {
	if e.err != nil {
		return mapping.Batch{}, e.err
	}
	b, err := e.next()
	e.err = err
	return b, err
}

func (e *Export) next() (mapping.Batch, error) {
	day, ok := e.plan.next()
	if !ok {
		return mapping.Batch{}, io.EOF
	}
	d, err := e.readDay(day)
	if err != nil {
		return mapping.Batch{}, err
	}
	return mapping.Batch{Source: Source, Kinds: kinds(), Day: day, Records: d.records}, nil
}
