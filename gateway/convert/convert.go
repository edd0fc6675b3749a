// Package convert turns documents into representations without a store: from
// export files to files. Everything is written aside first, so that an error
// leaves nothing behind.
package convert

import (
	"cmp"
	"context"
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
	// cronometer.Options.
	AsOf record.Date
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
	report := Report{Records: map[record.Kind]int{}, Documents: map[string]int{}}
	var issues mapping.Report
	d, err := read(ctx, docs, &o, &report, &issues)
	if err != nil {
		return Report{}, err
	}
	pack, err := o.To.pack(dir, o.Who)
	if err != nil {
		return Report{}, fmt.Errorf("write: %w", err)
	}
	if err := o.write(ctx, d, pack, &report, &issues); err != nil {
		return Report{}, err
	}
	report.Issues = issues.Counts()
	if err := pack.close(report.Issues); err != nil {
		return Report{}, fmt.Errorf("write: %w", err)
	}
	return report, nil
}

// write writes the representations of all days, in order. The next days are
// computed meanwhile, one for each processor: formats are pure.
func (o *Options) write(ctx context.Context, d diary, pack packer, report *Report, issues *mapping.Report) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	days := d.days()
	ahead := make(chan chan represented, runtime.GOMAXPROCS(0))
	go func() {
		defer close(ahead)
		for _, day := range days {
			result, kinds := make(chan represented, 1), d.take(day)
			select {
			case ahead <- result:
				go func() { result <- represent(kinds, o.Who, o.To.format) }()
			case <-ctx.Done():
				return
			}
		}
	}()
	done := 0
	for result := range ahead {
		r := <-result
		if err := cmp.Or(r.err, ctx.Err()); err != nil {
			return fmt.Errorf("%s: %w", named(days[done]), err)
		}
		if err := report.write(r, pack, issues); err != nil {
			return err
		}
		done++
		o.progress(StepWrite, done, len(days))
	}
	return ctx.Err()
}

// represented is what one day became.
type represented struct {
	records []record.Record
	docs    []mapping.Document
	issues  []mapping.Issue
	err     error
}

func represent(kinds map[record.Kind][]record.Record, who record.Subject, f mapping.Format) (r represented) {
	if r.records, r.err = identify(who, kinds); r.err == nil {
		r.docs, r.issues, r.err = mapping.Checked(f, who, r.records)
	}
	return r
}

// write writes the documents of one day and counts them.
func (report *Report) write(r represented, pack packer, issues *mapping.Report) error {
	issues.Add(r.issues...)
	for i := range r.records {
		report.Records[r.records[i].Kind]++
	}
	for _, doc := range r.docs {
		report.Documents[doc.Type]++
		if err := pack.add(doc); err != nil {
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
