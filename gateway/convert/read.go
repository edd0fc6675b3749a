package convert

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"nutrigate/gateway/source"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// An input is a document being read, a day at a time.
type input struct {
	name   string
	body   io.Closer
	export source.Export
	days   []record.Date // still to come, in order
}

// A diary is all documents together. Only one day of it is in memory.
type diary []*input

// open opens the documents and finds their days. The diary is to be closed
// also after an error.
func open(docs []source.Document, o *Options) (diary, error) {
	var d diary
	for i, doc := range docs {
		body, err := doc.Open()
		if err != nil {
			return d, fmt.Errorf("open %s: %w", doc.Name, err)
		}
		in := &input{name: doc.Name, body: body}
		d = append(d, in)
		in.export, err = o.Read(doc.Name, body, mapping.Reading{Zone: o.Zone, AsOf: o.AsOf})
		if err != nil {
			return d, in.explain(err)
		}
		in.export.SortByDay()
		in.days = in.export.Days()
		o.progress(StepRead, i+1, len(docs))
	}
	return d, nil
}

func (d diary) close() {
	for _, in := range d {
		_ = in.body.Close() // read only
	}
}

// days returns the days of all documents, in order. Undated records come first,
// under the empty day.
func (d diary) days() []record.Date {
	var all []record.Date
	for _, in := range d {
		all = append(all, in.days...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// entries are what the documents say of one day.
type entries struct {
	kinds map[record.Kind][]record.Record
	// replaced are what one document said and a later one said again.
	replaced []mapping.Issue
}

// read returns what the documents say of the next day. As in the store, a
// later document replaces what an earlier one said about the same kinds of the
// day, and that is reported: no tally of what is gone tells it here.
func (d diary) read(day record.Date) (entries, error) {
	said := entries{kinds: map[record.Kind][]record.Record{}}
	for _, in := range d {
		if len(in.days) == 0 || in.days[0] != day {
			continue
		}
		in.days = in.days[1:]
		b, err := in.export.Next()
		if err != nil {
			return entries{}, in.explain(err)
		}
		for _, k := range b.Kinds {
			others := ofOthers(said.kinds[k], b.Source)
			if len(others) < len(said.kinds[k]) {
				said.replaced = append(said.replaced, mapping.Issue{
					Sort: mapping.Assumed, Path: string(k),
					Reason: "several files have entries of one day; those of the last file were taken, as an import does",
				})
			}
			said.kinds[k] = others
		}
		for _, r := range b.Records {
			said.kinds[r.Kind] = append(said.kinds[r.Kind], r)
		}
	}
	return said, nil
}

// ofOthers returns the records that another source has: what one says of a day
// takes nothing from what others say.
func ofOthers(records []record.Record, source string) []record.Record {
	var others []record.Record
	for _, r := range records {
		if r.Source != source {
			others = append(others, r)
		}
	}
	return others
}

// finish returns what was read, after the last day.
func (d diary) finish(issues *mapping.Report) ([]File, error) {
	files := make([]File, len(d))
	for i, in := range d {
		if _, err := in.export.Next(); !errors.Is(err, io.EOF) {
			return nil, in.explain(cmp.Or(err, errors.New("more days than were found")))
		}
		issues.Add(in.export.Issues()...)
		files[i] = File{Name: in.name, Kind: in.export.Kind(), Rows: in.export.Rows()}
	}
	return files, nil
}

// explain names the file, unless the error does so itself.
func (in *input) explain(err error) error {
	if fault, ok := errors.AsType[*mapping.ReadError](err); ok {
		return fault
	}
	return fmt.Errorf("read %s: %w", in.name, err)
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
