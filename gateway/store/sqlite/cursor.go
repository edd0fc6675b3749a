package sqlite

import (
	"encoding/base64"
	"encoding/json"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// A cursor is the place of a record in the order of answers; the zero cursor
// is before all.
type cursor struct {
	User   string      `json:"u,omitempty"`
	Day    record.Date `json:"d,omitempty"`
	Kind   record.Kind `json:"k,omitempty"`
	Metric string      `json:"m,omitempty"`
	Slot   string      `json:"s,omitempty"` // as stored
}

func cursorOf(r *store.Stored) cursor {
	return cursor{r.User, r.Day, r.Kind, r.Metric(), storedSlot(r.Kind, r.Slot)}
}

// String returns the cursor as callers see it: opaque, and safe in a URL.
func (c cursor) String() string {
	doc, err := json.Marshal(c)
	if err != nil { // texts always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

func parseCursor(s string) (cursor, error) {
	var c cursor
	if s == "" {
		return c, nil
	}
	doc, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(doc, &c)
	}
	if err != nil {
		return c, fault.New(fault.Invalid, "the page is not one that was given out")
	}
	return c, nil
}
