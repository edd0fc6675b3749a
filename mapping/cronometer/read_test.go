package cronometer_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

// readAll returns the batches of a document and its issues.
func readAll(name, text string, o mapping.Reading) ([]mapping.Batch, []mapping.Issue, error) {
	e, err := cronometer.Open(name, strings.NewReader(text), o)
	if err != nil {
		return nil, nil, err
	}
	var all []mapping.Batch
	for {
		b, err := e.Next()
		if errors.Is(err, io.EOF) {
			return all, e.Issues(), nil
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, b)
	}
}

// contents returns the records of a document as JSON, one line each, without origin.
func contents(t *testing.T, batches []mapping.Batch) []string {
	t.Helper()
	var all []string
	for _, b := range batches {
		for i := range b.Records {
			c, err := b.Records[i].Content()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(c))
		}
	}
	return all
}

// reading is a document and what comes of it.
type reading struct {
	name    string
	file    string
	options mapping.Reading
	want    []string // contents
	issues  []string // "sort: path: reason"
}

func (c reading) check(t *testing.T) {
	t.Helper()
	batches, issues, err := readAll("export.csv", c.file, c.options)
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, batches); !slices.Equal(got, c.want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
	}
	var got []string
	for _, i := range issues {
		got = append(got, string(i.Sort)+": "+i.Path+": "+i.Reason)
	}
	if !slices.Equal(got, c.issues) {
		t.Errorf("issues\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.issues, "\n"))
	}
}

func check(t *testing.T, cases []reading) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, c.check)
	}
}

// days returns the days of batches, in their order.
func days(batches []mapping.Batch) []record.Date {
	var all []record.Date
	for _, b := range batches {
		all = append(all, b.Day)
	}
	return all
}
