package terra

import (
	"encoding/json"
	"fmt"

	"nutrigate/mapping"
)

// uploadDelete is Delete in Terra's UploadType.
const uploadDelete = 4

type removed struct {
	Metadata removedMetadata `json:"metadata"`
}

type removedMetadata struct {
	Start        string `json:"start_time"`
	End          string `json:"end_time"`
	Localization int    `json:"timestamp_localization"`
	SummaryID    string `json:"summary_id,omitempty"`
	Type         *int   `json:"type,omitempty"` // an activity must have one
	UploadType   *int   `json:"upload_type,omitempty"`
}

// Removed returns the document that takes the place of d, one of Encode's, where
// nothing of it is left: receivers overwrite by the day, and activities and
// sleeps by summary_id. It has no content, since none is known any more, and
// says Delete where Terra has a field for it; a sleep has none, and its upload
// type is Unknown. What had a beginning and an end has no length.
func Removed(d mapping.Document) (mapping.Document, error) {
	var r removed
	if err := json.Unmarshal(d.Body, &r); err != nil {
		return d, fmt.Errorf("terra: read a removed %s: %w", d.Type, err)
	}
	m := &r.Metadata
	switch d.Type {
	case "activity":
		m.End = m.Start
		*m.UploadType = uploadDelete
	case "sleep":
		m.End = m.Start
		*m.UploadType = 0
	case "daily":
		*m.UploadType = uploadDelete
	}
	var err error
	if d.Body, err = encode(r); err != nil {
		return d, fmt.Errorf("terra: encode a removed %s: %w", d.Type, err)
	}
	return d, Format{}.Check(d)
}
