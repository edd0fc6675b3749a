package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A Nutrient is one nutrient's amount.
type Nutrient struct {
	// Key is the vocabulary's key, or Unknown of the name as written where the
	// vocabulary lacks it.
	Key string
	Quantity
}

// Unknown returns the key under which something that the vocabulary lacks is
// carried: its own name behind a tilde.
func Unknown(name string) string { return "~" + name }

// UnknownName returns the name that Unknown was given, and false for a key of
// the vocabulary.
func UnknownName(key string) (string, bool) { return strings.CutPrefix(key, "~") }

// Nutrients are the known amounts of one food, meal or day, in the order that
// their source always gives them. A nutrient that is not here is unknown, not zero. In JSON they
// are an object from key to quantity.
type Nutrients []Nutrient

// Get returns the amount of the nutrient with the given key.
func (n Nutrients) Get(key string) (Quantity, bool) {
	for i := range n {
		if n[i].Key == key {
			return n[i].Quantity, true
		}
	}
	return Quantity{}, false
}

// MarshalJSON writes an object in the order of n.
func (n Nutrients) MarshalJSON() ([]byte, error) {
	return n.append(make([]byte, 0, 2+32*len(n))), nil
}

func (n Nutrients) append(b []byte) []byte {
	b = append(b, '{')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, n[i].Key)
		b = append(b, ':')
		b = appendQuantity(b, n[i].Quantity)
	}
	return append(b, '}')
}

// appendQuantity appends q as a JSON string.
func appendQuantity(b []byte, q Quantity) []byte {
	if !plain(string(q.Value)) || !plain(q.Unit) {
		return appendString(b, q.String())
	}
	b = append(b, '"')
	b = append(b, q.Value...)
	b = append(b, ' ')
	b = append(b, q.Unit...)
	return append(b, '"')
}

// appendString appends s as a JSON string; plain text, which nearly every key
// and quantity is, needs no encoder.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		quoted, err := NewEncoder().marshal(s)
		if err != nil { // a string always encodes
			return append(b, '"', '"')
		}
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// plain reports whether s is ASCII that JSON writes as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// UnmarshalJSON reads an object and keeps its order.
func (n *Nutrients) UnmarshalJSON(doc []byte) error {
	d := json.NewDecoder(bytes.NewReader(doc))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("nutrients: not an object")
	}
	var list Nutrients
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("nutrients: %w", err)
		}
		var q Quantity
		if err := d.Decode(&q); err != nil {
			return fmt.Errorf("nutrient %v: %w", key, err)
		}
		list = append(list, Nutrient{Key: key.(string), Quantity: q})
	}
	*n = list
	return nil
}
