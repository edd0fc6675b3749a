// Package summary is a person's diary on one printed page, for a clinician who
// has a minute. It says of every number over how many days it is, and of the
// whole that nobody measured it.
package summary

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"

	"nutrigate/mapping/digest"
	"nutrigate/mapping/fhir"
)

// MediaType is that of the page.
const MediaType = "text/html; charset=utf-8"

// Policy is the page's content security policy: it loads nothing, and brings
// its styles along, so that it is whole when it is kept as a file.
const Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed page.html
var source string

// view is what the page shows.
type view struct {
	Person       string
	Made         string
	Last         string
	Spans        []spanned
	Diet         [][]string
	Measurements [][]string
	Charts       []chart
}

// spanned is one span of days and how much of it there is.
type spanned struct {
	Title  string
	Of     digest.Span
	Filled int // percent
}

// A chart is a drawing, and what it shows in words.
type chart struct {
	Title, Words string
	SVG          template.HTML
}

// Page returns the page of a summary, made at a moment.
func Page(s fhir.Summary, made time.Time) ([]byte, error) {
	t, err := template.New("page").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("page of a summary: %w", err)
	}
	o := digest.Overall(s.Records)
	v := view{
		Person: s.Patient.ID, Made: made.UTC().Format("2006-01-02 15:04 UTC"), Last: string(o.Last),
		Diet: fhir.DietRows(&o), Measurements: fhir.MeasurementRows(o.Latest),
	}
	if o.Last != "" {
		v.Spans = []spanned{spannedOf("Last 7 days", o.Short), spannedOf("Last 30 days", o.Long)}
	}
	if v.Charts, err = charts(s.Records); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, fmt.Errorf("page of a summary: %w", err)
	}
	return b.Bytes(), nil
}

func spannedOf(title string, s digest.Span) spanned {
	filled := 0
	if s.Days > 0 {
		filled = 100 * s.Logged / s.Days
	}
	return spanned{title, s, filled}
}
