// Package convert turns documents into representations without a store: from
// export files to files. Everything is written aside first, so that an error
// leaves nothing behind.
package convert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"

	"nutrigate/gateway/source"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// Options say how documents are read and what they become.
type Options struct {
	// Who is whom the documents are about.
	Who record.Subject
	// Zone is the IANA zone of the diary; empty where it is not known.
	Zone string
	// AsOf is the day on which the documents were made or received; see
	// mapping.Reading.
	AsOf record.Date
	// Read opens the documents of every source; required.
	Read source.Reader
	To   Target
	// Progress, unless nil, is told how much of a step is done.
	Progress func(step string, done, total int)
}

// The steps that Options.Progress is told of.
const (
	StepRead  = "read"
	StepWrite = "write"
)

func (o *Options) progress(step string, done, total int) {
	if o.Progress != nil {
		o.Progress(step, done, total)
	}
}

// A Report is what was read and written, and what could not be carried.
type Report struct {
	Files []File `json:"files"`
	Days  int    `json:"days"`
	// Records counts by kind, Documents by the format's own names.
	Records   map[record.Kind]int `json:"records"`
	Documents map[string]int      `json:"documents"`
	Issues    []mapping.Count     `json:"issues"`
}

// A File is a document that was read.
type File struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Rows int    `json:"rows"`
}

// run reads the documents and writes their representations into the folder dir.
func run(ctx context.Context, docs []source.Document, o Options, dir string) (Report, error) {
	d, err := open(docs, &o)
	defer func() { d.close() }()
	if err != nil {
		return Report{}, err
	}
	pack, err := o.To.pack(dir, o.Who)
	if err != nil {
		return Report{}, fmt.Errorf("write: %w", err)
	}
	w := writer{pack: pack, report: Report{Records: map[record.Kind]int{}, Documents: map[string]int{}}}
	if err := o.write(ctx, d, &w); err != nil {
		return Report{}, errors.Join(err, pack.close(nil))
	}
	if w.report.Files, err = d.finish(&w.issues); err != nil {
		return Report{}, errors.Join(err, pack.close(nil))
	}
	w.report.Issues = w.issues.Counts()
	if err := pack.close(w.report.Issues); err != nil {
		return Report{}, fmt.Errorf("write: %w", err)
	}
	return w.report, nil
}

// write writes the representations of all days, in order. The next days are
// read and represented meanwhile, one for each processor: formats are pure.
func (o *Options) write(ctx context.Context, d diary, w *writer) error {
	ctx, stop := context.WithCancel(ctx)
	days := d.days()
	ahead := make(chan chan represented, runtime.GOMAXPROCS(0))
	go func() {
		defer close(ahead)
		for _, day := range days {
			result := make(chan represented, 1)
			select {
			case ahead <- result:
			case <-ctx.Done():
				return
			}
			said, err := d.read(day)
			if err != nil {
				result <- represented{err: err}
				return
			}
			go func() { result <- represent(day, said, o.Who, o.To.format) }()
		}
	}()
	err := o.take(ctx, ahead, len(days), w)
	stop()
	for result := range ahead { // whoever reads the documents has ended when there are no more
		<-result
	}
	return err
}

// take writes what the days became as it comes.
func (o *Options) take(ctx context.Context, ahead <-chan chan represented, days int, w *writer) error {
	done := 0
	for result := range ahead {
		r := <-result
		if err := cmp.Or(r.err, context.Cause(ctx)); err != nil {
			return err
		}
		if err := w.write(r); err != nil {
			return err
		}
		done++
		o.progress(StepWrite, done, days)
	}
	return context.Cause(ctx)
}

// represented is what one day became.
type represented struct {
	day     record.Date
	records []record.Record
	docs    []mapping.Document
	issues  []mapping.Issue
	err     error
}

func represent(day record.Date, said entries, who record.Subject, f mapping.Format) represented {
	r := represented{day: day}
	if r.records, r.err = identify(who, said.kinds); r.err == nil {
		r.docs, r.issues, r.err = mapping.Checked(f, who, r.records)
	}
	if r.err != nil {
		r.err = fmt.Errorf("%s: %w", named(day), r.err)
	}
	r.issues = append(r.issues, said.replaced...)
	return r
}

// A writer writes documents and counts them.
type writer struct {
	pack   packer
	report Report
	issues mapping.Report
}

func (w *writer) write(r represented) error {
	w.issues.Add(r.issues...)
	for i := range r.records {
		w.report.Records[r.records[i].Kind]++
	}
	if r.day != "" && len(r.records) > 0 {
		w.report.Days++
	}
	for _, doc := range r.docs {
		w.report.Documents[doc.Type]++
		if err := w.pack.add(doc); err != nil {
			return fmt.Errorf("write %s: %w", doc.Type, err)
		}
	}
	return nil
}

func named(day record.Date) string {
	if day == "" {
		return "targets"
	}
	return string(day)
}
