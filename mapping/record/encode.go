package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// An Encoded is a record with its Content, for whoever needs that more than once.
type Encoded struct {
	Record
	Content string
}

// Encode adds its content to a record.
func Encode(r Record) (Encoded, error) { return NewEncoder().Encode(r) }

// An Encoder encodes one record after another in the same memory. It is not
// safe for concurrent use.
type Encoder struct {
	buf  bytes.Buffer
	json *json.Encoder // without HTML escapes, into buf
}

// NewEncoder returns an Encoder.
func NewEncoder() *Encoder {
	e := &Encoder{}
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	return e
}

// Encode adds its content to a record.
func (e *Encoder) Encode(r Record) (Encoded, error) {
	content, err := e.content(&r)
	if err != nil {
		return Encoded{}, err
	}
	return Encoded{r, string(content)}, nil
}

// content returns r's content, valid until the next call.
func (e *Encoder) content(r *Record) ([]byte, error) {
	c := *r
	c.ID, c.Slot, c.Version, c.Updated, c.Deleted, c.Origin = "", "", 0, time.Time{}, false, Origin{}
	if c.Kind.Undated() {
		c.Day = ""
	}
	nutrients := c.takeNutrients()
	content, err := e.marshal(&c)
	if err != nil || len(nutrients) == 0 {
		return content, err
	}
	return e.putNutrients(nutrients), nil
}

// marshal is json.Marshal without HTML escapes.
func (e *Encoder) marshal(v any) ([]byte, error) {
	e.buf.Reset()
	if err := e.json.Encode(v); err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	e.buf.Truncate(e.buf.Len() - len("\n"))
	return e.buf.Bytes(), nil
}

// putNutrients puts them back as the last member of the record's last member,
// where encoding/json would have them. It would also go through each twice
// more, which for 61 of them takes most of the time.
func (e *Encoder) putNutrients(nutrients Nutrients) []byte {
	e.buf.Truncate(e.buf.Len() - len("}}"))
	e.buf.WriteString(`,"nutrients":`)
	e.buf.Grow(2 + 32*len(nutrients))
	e.buf.Write(nutrients.append(e.buf.AvailableBuffer()))
	e.buf.WriteString("}}")
	return e.buf.Bytes()
}
