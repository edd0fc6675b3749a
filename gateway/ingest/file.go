package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// ahead is how many days may wait between two steps.
const ahead = 4

// file is one document on its way: one goroutine reads, one checks, and the
// caller's stores.
type file struct {
	raw      store.RawDocument
	export   source.Export
	body     *counter
	progress func(file string, rows int, bytes int64)
	named    map[store.KindDay]bool // what it has told of
}

// step is a day on its way and how far the file had been read.
type step struct {
	mapping.Batch
	encoded []record.Encoded // the batch's records, once they are checked
	rows    int
	bytes   int64
}

func open(read source.Reader, raw store.RawDocument, body io.ReadSeeker, progress func(string, int, int64)) (*file, error) {
	f := &file{raw: raw, body: &counter{ReadSeeker: body}, progress: progress, named: map[store.KindDay]bool{}}
	var err error
	f.export, err = read(raw.Name, f.body, mapping.Reading{Zone: raw.Zone, AsOf: raw.AsOf, Document: raw.ID})
	if err != nil {
		return nil, unreadable(raw.Name, err)
	}
	return f, nil
}

// store reads the file to its end and gives each day to replace, in order and
// one at a time.
func (f *file) store(ctx context.Context, replace func(step) (store.Tally, error)) (File, error) {
	report := File{Name: f.raw.Name, Document: f.raw.ID, Kind: f.export.Kind()}
	read, checked := make(chan step, ahead), make(chan step, ahead)
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return f.read(ctx, read) })
	work.Go(func() error { return f.check(ctx, read, checked) })
	work.Go(func() error {
		for s := range checked {
			tally, err := replace(s)
			if err != nil {
				return err
			}
			report.add(s, tally)
			if f.progress != nil {
				f.progress(f.raw.Name, s.rows, s.bytes)
			}
		}
		return nil
	})
	if err := work.Wait(); err != nil {
		return File{}, err
	}
	var issues mapping.Report
	issues.Add(f.export.Issues()...)
	report.Rows, report.Issues = f.export.Rows(), issues.Counts()
	return report, nil
}

func (r *File) add(s step, t store.Tally) {
	r.Tally = r.Tally.Plus(t)
	if s.Day != "" {
		r.Days++
	}
}

// read gives out the days of the file.
func (f *file) read(ctx context.Context, out chan<- step) error {
	defer close(out)
	for {
		b, err := f.export.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable(f.raw.Name, err)
		}
		if err := send(ctx, out, step{Batch: b, rows: f.export.Rows(), bytes: f.body.at}); err != nil {
			return err
		}
	}
}

// check encodes the records and passes on the days whose records are all what
// their schemas allow: storing takes longest, so what can be done before is done here.
func (f *file) check(ctx context.Context, in <-chan step, out chan<- step) error {
	defer close(out)
	encoder := record.NewEncoder()
	for s := range in {
		s.encoded = make([]record.Encoded, len(s.Records))
		for i := range s.Records {
			var err error
			if s.encoded[i], err = encoder.Encode(s.Records[i]); err != nil {
				return fmt.Errorf("read %s: %w", f.raw.Name, err)
			}
			if err := check(&s.encoded[i]); err != nil {
				return unreadable(f.raw.Name, f.invalid(&s.Records[i], err))
			}
		}
		if err := send(ctx, out, s); err != nil {
			return err
		}
	}
	return nil
}

func send(ctx context.Context, out chan<- step, s step) error {
	select {
	case out <- s:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// counter knows how far a document is read.
type counter struct {
	io.ReadSeeker
	at int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	c.at += int64(n)
	return n, err
}

func (c *counter) Seek(offset int64, whence int) (int64, error) {
	at, err := c.ReadSeeker.Seek(offset, whence)
	if err == nil {
		c.at = at
	}
	return at, err
}
