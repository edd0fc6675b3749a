package ingest

import (
	"errors"
	"fmt"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// Check returns nil if r's content is what the schema of its kind allows. The
// error is a *schemas.Error if r is at fault; it names the place, not the value.
func Check(r *record.Record) error {
	encoded, err := record.Encode(*r)
	if err != nil {
		return err
	}
	return check(&encoded)
}

// check looks at the very text that is going to be stored.
func check(r *record.Encoded) error {
	return schemas.Check("record/"+string(r.Kind), r.Content)
}

// invalid says where in the file a record comes from that breaks its schema.
func (f *file) invalid(r *record.Record, err error) error {
	var broken *schemas.Error
	if !errors.As(err, &broken) || len(broken.Faults) == 0 {
		return err
	}
	first := broken.Faults[0]
	return &mapping.ReadError{
		File: f.raw.Name, Line: r.Origin.Line,
		Reason: fmt.Sprintf("the %s read from it is not valid at %s: %s", r.Kind, first.Path, first.Rule),
		Advice: "correct the row, or export the file again",
	}
}
