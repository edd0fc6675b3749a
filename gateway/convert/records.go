package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

const recordsFile = "records.ndjson"

// Records writes records.ndjson: each record as it is, one a line.
func Records() Target {
	return Target{
		format: asRecords{},
		pack:   packRecords,
		stream: func(w io.Writer, dir string) error { return copyFile(w, dir, recordsFile) },
	}
}

// asRecords is our own model as a format. It loses nothing.
type asRecords struct{}

func (asRecords) Encode(_ record.Subject, day []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	docs := make([]mapping.Document, len(day))
	for i, r := range day {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(r); err != nil {
			return nil, nil, fmt.Errorf("encode record %s: %w", r.ID, err)
		}
		docs[i] = mapping.Document{
			Type: string(r.Kind), ID: r.ID, Day: r.Day, MediaType: "application/json",
			Body: b.Bytes(), Records: []string{r.ID},
		}
	}
	return docs, nil, nil
}

func (asRecords) Check(d mapping.Document) error { return schemas.Check("record/"+d.Type, d.Body) }

type lines struct{ *output }

func packRecords(dir string, _ record.Subject) (packer, error) {
	out, err := create(dir, recordsFile)
	return lines{out}, err
}

// add writes a line; the encoder has ended it.
func (l lines) add(d mapping.Document) error {
	l.write(d.Body)
	return nil
}

func (l lines) close([]mapping.Count) error { return l.output.close() }
