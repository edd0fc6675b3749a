package convert

import (
	"github.com/google/uuid"

	"nutrigate/mapping/record"
)

// Person returns whom an operator calls by reference, which may be empty.
// Where there is no store, the id is made from the reference alone, so that
// converting the same files again gives the same ids.
func Person(reference string) record.Subject {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte("nutrigate convert|"+reference))
	return record.Subject{ID: id.String(), Reference: reference}
}
