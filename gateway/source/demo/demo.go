// Package demo is a source with a synthetic person: the files of an export in
// the form in which Cronometer writes them, of nobody.
//
// What the person did on a day depends on the seed and that day alone. So the
// files of a later End say the same about the days that both have, except that
// the last day of the earlier files was not over then.
package demo

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"nutrigate/gateway/source"
	"nutrigate/mapping/record"
)

// Options say which person and which days.
type Options struct {
	Seed uint64
	// Days is how many calendar days the files cover; at least 1.
	Days int
	// End is the last of them: the day on which the export was made.
	End record.Date
	Variant
}

// A Variant says how the files differ from the default: those that a Gold
// account gets in 2026, with times, 61 nutrients and energy in kcal.
type Variant struct {
	// NoTimestamps leaves out the Time columns.
	NoTimestamps bool
	// Short leaves the nutrients out of the servings, as some accounts get them.
	Short bool
	// Nutrients is the number of nutrient columns: 52 (until 2026), 61 or 95
	// (the whole catalogue). 0 is 61.
	Nutrients int
	// Grouped gives the day summary a row for each diary group and a Total.
	Grouped bool
	// Kilojoules gives energy in food in kJ.
	Kilojoules bool
	// Legacy writes the columns and unpadded dates of 2012 to 2016.
	Legacy bool
	// Spreadsheet writes the files as a spreadsheet program saves them again:
	// with a byte order mark, CRLF, M/D/YYYY and TRUE.
	Spreadsheet bool
	// Targets adds targets.csv, which is not Cronometer's but ours.
	Targets bool
}

// A file is one file of the export.
type file struct {
	name string
	body []byte
}

// Documents returns the files, kept in memory.
func Documents(o Options) ([]source.Document, error) {
	files, err := export(o)
	if err != nil {
		return nil, err
	}
	docs := make([]source.Document, len(files))
	for i, f := range files {
		docs[i] = source.Document{
			Name: f.name, Size: int64(len(f.body)),
			Open: func() (io.ReadSeekCloser, error) { return reader{bytes.NewReader(f.body)}, nil },
		}
	}
	return docs, nil
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }

// Write writes the files into the folder dir, which it makes if need be.
func Write(dir string, o Options) error {
	files, err := export(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("synthetic export: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), f.body, 0o600); err != nil {
			return fmt.Errorf("synthetic export: %w", err)
		}
	}
	return nil
}

// WriteZIP writes the files as one archive.
func WriteZIP(w io.Writer, o Options) error {
	files, err := export(o)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range files {
		entry, err := z.Create(f.name)
		if err != nil {
			return fmt.Errorf("synthetic export: %w", err)
		}
		if _, err := entry.Write(f.body); err != nil {
			return fmt.Errorf("synthetic export: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("synthetic export: %w", err)
	}
	return nil
}

// export makes the files.
func export(o Options) ([]file, error) {
	if o.Days < 1 {
		return nil, fmt.Errorf("synthetic export: days is %d, want at least 1", o.Days)
	}
	if _, err := record.ParseDate(string(o.End)); err != nil {
		return nil, fmt.Errorf("synthetic export: end: %w", err)
	}
	columns, err := columnsFor(o.Variant)
	if err != nil {
		return nil, err
	}
	p := person{seed: o.Seed, end: o.End}
	days := make([]day, 0, o.Days)
	for n := 1 - o.Days; n <= 0; n++ {
		days = append(days, p.day(o.End.AddDays(n)))
	}
	files := []file{
		{"servings.csv", servings(days, columns, o.Variant)},
		{"dailysummary.csv", dailySummary(days, columns, o.Variant)},
		{"exercises.csv", exercises(days, o.Variant)},
		{"biometrics.csv", biometrics(days, o.Variant)},
		{"notes.csv", notes(days, o.Variant)},
		{"fasts.csv", fasts(days, o.Variant)},
	}
	if o.Targets {
		files = append(files, file{"targets.csv", targets(o.Variant)})
	}
	return files, nil
}
