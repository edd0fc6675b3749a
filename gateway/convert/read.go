package convert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"nutrigate/gateway/source"
	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

// A diary is what all documents together say: for each day the records of each
// kind. Undated records are under the empty day.
type diary map[record.Date]map[record.Kind][]record.Record

// replace takes what one document says about one day. As in the store, a later
// document replaces what an earlier one said about the same kinds and day.
func (d diary) replace(b cronometer.Batch) {
	kinds := d[b.Day]
	if kinds == nil {
		kinds = map[record.Kind][]record.Record{}
		d[b.Day] = kinds
	}
	for _, k := range b.Kinds {
		delete(kinds, k)
	}
	for _, r := range b.Records {
		kinds[r.Kind] = append(kinds[r.Kind], r)
	}
}

// days returns the days that have records, in order.
func (d diary) days() []record.Date {
	maps.DeleteFunc(d, func(_ record.Date, kinds map[record.Kind][]record.Record) bool { return len(kinds) == 0 })
	return slices.Sorted(maps.Keys(d))
}

// take removes a day and returns it, so that memory is free as work goes on.
func (d diary) take(day record.Date) map[record.Kind][]record.Record {
	kinds := d[day]
	delete(d, day)
	return kinds
}

// read reads all documents.
func read(ctx context.Context, docs []source.Document, o *Options, report *Report, issues *mapping.Report) (diary, error) {
	d := diary{}
	for i, doc := range docs {
		f, err := d.read(ctx, doc, o, issues)
		if err != nil {
			return nil, err
		}
		report.Files = append(report.Files, f)
		o.progress(StepRead, i+1, len(docs))
	}
	for day := range d {
		if day != "" && len(d[day]) > 0 {
			report.Days++
		}
	}
	return d, nil
}

func (d diary) read(ctx context.Context, doc source.Document, o *Options, issues *mapping.Report) (File, error) {
	r, err := doc.Open()
	if err != nil {
		return File{}, fmt.Errorf("open %s: %w", doc.Name, err)
	}
	defer r.Close()
	export, err := cronometer.Open(doc.Name, r, cronometer.Options{Zone: o.Zone, AsOf: o.AsOf})
	if err != nil {
		return File{}, explain(doc.Name, err)
	}
	for {
		b, err := export.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return File{}, explain(doc.Name, err)
		}
		d.replace(b)
	}
	issues.Add(export.Issues()...)
	return File{Name: doc.Name, Kind: string(export.Kind()), Rows: export.Rows()}, nil
}

// explain names the file, unless the error does so itself.
func explain(name string, err error) error {
	if fault := (*cronometer.Error)(nil); errors.As(err, &fault) {
		return fault
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// identify gives a day's records the ids that a first import would give them,
// and puts them in the order in which a store returns them.
func identify(who record.Subject, kinds map[record.Kind][]record.Record) ([]record.Record, error) {
	var day []record.Record
	for _, k := range record.Kinds() {
		changes, err := record.Replace(who.ID, nil, kinds[k])
		if err != nil {
			return nil, err
		}
		of := make([]record.Record, len(changes.Added))
		for i := range changes.Added {
			of[i] = changes.Added[i].Record
		}
		slices.SortStableFunc(of, func(a, b record.Record) int {
			return cmp.Or(
				cmp.Compare(a.Metric(), b.Metric()),
				cmp.Compare(a.Ordinal(), b.Ordinal()),
				cmp.Compare(a.Slot, b.Slot))
		})
		day = append(day, of...)
	}
	return day, nil
}
