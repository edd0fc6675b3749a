package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
	"nutrigate/schemas"
)

// Check returns nil if r's content is what the schema of its kind allows. The
// error is a *schemas.Error if r is at fault; it names the place, not the value.
func Check(r *record.Record) error {
	v, err := value(r)
	if err != nil {
		return err
	}
	return schemas.CheckValue("record/"+string(r.Kind), v)
}

// value is the content of r, decoded. A serving's is made without writing it
// as JSON first, which would take longer than the check itself.
func value(r *record.Record) (map[string]any, error) {
	if r.Serving != nil {
		return servingValue(r), nil
	}
	content, err := r.Content()
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode content: %w", err)
	}
	return v, nil
}

func servingValue(r *record.Record) map[string]any {
	s := r.Serving
	inside := map[string]any{"food": s.Food}
	put(inside, "group", s.Group)
	put(inside, "category", s.Category)
	if s.Amount != nil {
		amount := map[string]any{"text": s.Amount.Text}
		put(amount, "number", string(s.Amount.Number))
		put(amount, "unit", s.Amount.Unit)
		inside["amount"] = amount
	}
	if len(s.Nutrients) > 0 {
		inside["nutrients"] = members(s.Nutrients)
	}
	v := map[string]any{"kind": string(r.Kind), "day": string(r.Day), "serving": inside}
	put(v, "time", string(r.Time))
	put(v, "zone", r.Zone)
	return v
}

// put adds a member that is left out when it is empty.
func put(object map[string]any, name, value string) {
	if value != "" {
		object[name] = value
	}
}

// members are nutrients as the JSON object that they are. Their texts are
// parts of one, which is quicker than many small ones.
func members(nutrients record.Nutrients) map[string]any {
	var text strings.Builder
	text.Grow(16 * len(nutrients))
	for i := range nutrients {
		text.WriteString(string(nutrients[i].Value))
		text.WriteByte(' ')
		text.WriteString(nutrients[i].Unit)
	}
	all, at := text.String(), 0
	m := make(map[string]any, len(nutrients))
	for i := range nutrients {
		end := at + len(nutrients[i].Value) + len(" ") + len(nutrients[i].Unit)
		m[nutrients[i].Key] = all[at:end]
		at = end
	}
	return m
}

// invalid says where in the file a record comes from that breaks its schema.
func (f *file) invalid(r *record.Record, err error) error {
	var broken *schemas.Error
	if !errors.As(err, &broken) || len(broken.Faults) == 0 {
		return err
	}
	first := broken.Faults[0]
	return &cronometer.Error{
		File: f.raw.Name, Line: r.Origin.Line,
		Reason: fmt.Sprintf("the %s read from it is not valid at %s: %s", r.Kind, first.Path, first.Rule),
		Advice: "correct the row, or export the file again from Cronometer",
	}
}
