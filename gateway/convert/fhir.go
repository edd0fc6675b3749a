package convert

import (
	"bytes"
	"fmt"
	"io"

	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

const bundleFile = "bundle.json"

// fhirBase is where the resources of a Bundle seem to lie, so that a reference
// such as Patient/1 finds its entry in the same Bundle (FHIR R4,
// bundle.html#references). Nothing is there.
const fhirBase = "https://nutrigate.dev/fhir/"

// FHIR writes bundle.json: a Bundle of type collection with the Patient, every
// resource, and an OperationOutcome with the issues, if there are any.
func FHIR() Target {
	return Target{
		format: fhir.Format{},
		pack:   packFHIR,
		stream: func(w io.Writer, dir string) error { return copyFile(w, dir, bundleFile) },
	}
}

// bundle is a Bundle being written, an entry at a time.
type bundle struct {
	*output
	who   record.Subject
	tail  []byte
	count int
}

func packFHIR(dir string, who record.Subject) (packer, error) {
	patient, err := fhir.EncodePatient(fhir.Patient{ID: who.ID, Active: true})
	if err != nil {
		return nil, err
	}
	if err := (fhir.Format{}).Check(patient); err != nil {
		return nil, fmt.Errorf("patient: %w", err)
	}
	out, err := create(dir, bundleFile)
	if err != nil {
		return nil, err
	}
	b := &bundle{output: out, who: who}
	return b, b.add(patient)
}

func (b *bundle) add(d mapping.Document) error {
	b.entry(fhirBase+d.Type+"/"+d.ID, d.Body)
	return nil
}

// entry writes what a Bundle with this one entry has between its brackets;
// what stands before and after is written once.
func (b *bundle) entry(url string, resource []byte) {
	whole := fhir.Bundle("collection", []fhir.Entry{{FullURL: url, Resource: resource}}, nil, -1)
	from, to := bytes.IndexByte(whole, '[')+1, bytes.LastIndexByte(whole, ']')
	if b.count == 0 {
		b.write(whole[:from])
		b.tail = bytes.Clone(whole[to:])
	} else {
		b.write([]byte{','})
	}
	b.write(whole[from:to])
	b.count++
}

func (b *bundle) close(issues []mapping.Count) error {
	if len(issues) > 0 {
		outcome := fhir.OperationOutcome(fhir.FromIssues(once(issues)))
		if err := schemas.Check("fhir/OperationOutcome", outcome); err != nil {
			return err
		}
		b.entry("urn:uuid:"+record.NewID(b.who.ID, "outcome", "", ""), outcome)
	}
	b.write(b.tail, []byte{'\n'})
	return b.output.close()
}

func once(counts []mapping.Count) []mapping.Issue {
	issues := make([]mapping.Issue, len(counts))
	for i, c := range counts {
		issues[i] = c.Issue
	}
	return issues
}
