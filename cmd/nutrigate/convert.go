package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"nutrigate/gateway/convert"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/file"
)

// convertOptions are the flags of convert.
type convertOptions struct{ to, zone, asOf, person, out, report string }

const convertLong = `Convert reads the CSV files of an export, or ZIP archives of them, and writes
what they say in another format. It needs no store and no network.

With --out it writes files into a folder:
  terra   nutrition.json, body.json, activity.json, sleep.json and daily.json,
          each an answer of the API
  fhir    bundle.json, a Bundle of type collection
  fit     one file for each activity, weight and blood pressure
  record  records.ndjson, the records as they are kept
Without --out it writes to standard output: for terra one object that has each
answer under its type, for fit a ZIP of the files, for the others the file.

Ids depend on --person and the files alone. If anything is wrong, nothing is
written.`

func convertCommand() *cobra.Command {
	var o convertOptions
	c := &cobra.Command{
		Use:   "convert --to terra|fhir|fit|record [--out DIR] FILE...",
		Short: "Convert export files offline",
		Long:  convertLong,
		RunE:  func(c *cobra.Command, files []string) error { return runConvert(c, o, files) },
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "format: "+targetNames(", ")+" (required)")
	f.StringVar(&o.zone, "zone", "", "IANA zone of the diary, such as Europe/Berlin")
	f.StringVar(&o.asOf, "as-of", "", "day on which the files were made, YYYY-MM-DD (default today)")
	f.StringVar(&o.person, "person", "", "your own name for the person; Terra's reference_id")
	f.StringVar(&o.out, "out", "", "folder for the files (default standard output)")
	f.StringVar(&o.report, "report", "", "file for a report in JSON")
	return c
}

func targetNames(between string) string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
	}
	return strings.Join(names, between)
}

func runConvert(c *cobra.Command, o convertOptions, files []string) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	if o.out == "" && o.to == "fit" && isatty.IsTerminal(os.Stdout.Fd()) {
		return errors.New("FIT files are not for a terminal; give --out DIR")
	}
	docs, closeDocs, err := file.OnDisk(archives()...).Documents(files)
	if err != nil {
		return err
	}
	defer closeDocs() //nolint:errcheck // what was unpacked lies in the folder for temporary files
	report, err := newReportFile(o.report)
	if err != nil {
		return err
	}
	defer report.discard()
	bars := newProgress()
	defer bars.close()
	options.Progress = bars.show
	result, err := o.convert(c, docs, options)
	bars.close()
	if err != nil {
		return err
	}
	c.PrintErrf("%d days, %d records, %d documents\n", result.Days, sum(result.Records), sum(result.Documents))
	printIssues(c, result.Issues)
	return report.save(result)
}

func (o *convertOptions) options() (convert.Options, error) {
	for _, t := range targets() {
		if t.name != o.to {
			continue
		}
		if err := checkZone(o.zone); err != nil {
			return convert.Options{}, err
		}
		asOf, err := dayOr(o.asOf, "--as-of", o.zone)
		return convert.Options{Who: convert.Person(o.person), Zone: o.zone, AsOf: asOf, Read: reader(), To: t.to()}, err
	}
	if o.to == "" {
		return convert.Options{}, fmt.Errorf("--to is required, one of %s", targetNames(", "))
	}
	return convert.Options{}, fmt.Errorf("--to is %q, want one of %s", o.to, targetNames(", "))
}

func (o *convertOptions) convert(c *cobra.Command, docs []source.Document, options convert.Options) (convert.Report, error) {
	if o.out == "" {
		return convert.ToStream(c.Context(), docs, options, c.OutOrStdout())
	}
	return convert.ToFolder(c.Context(), docs, options, o.out)
}

func sum[K comparable](counts map[K]int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// A reportFile is made before the work, so that a place that cannot be
// written is known before anything else is written. It is nil where no report
// is asked for.
type reportFile struct {
	f    *os.File
	path string
}

func newReportFile(path string) (*reportFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".report-")
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	return &reportFile{f, path}, nil
}

func (r *reportFile) save(report any) error {
	if r == nil {
		return nil
	}
	e := json.NewEncoder(r.f)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := errors.Join(e.Encode(report), r.f.Close()); err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	if err := os.Rename(r.f.Name(), r.path); err != nil {
		return fmt.Errorf("--report: %w", err)
	}
	return nil
}

// discard removes what save has not put in its place.
func (r *reportFile) discard() {
	if r != nil {
		_ = r.f.Close()
		_ = os.Remove(r.f.Name())
	}
}
