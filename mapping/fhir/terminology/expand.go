package terminology

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// An Expansion says how a value set is to be expanded.
type Expansion struct {
	// Filter keeps codes whose display or code has each of its words somewhere.
	Filter string
	Offset int
	Count  int // negative: all that are left
	At     time.Time
}

type contained struct {
	System  string `json:"system"`
	Version string `json:"version,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

// Expand answers $expand: the value set with its codes. The identifier is the
// same for the same codes, whichever part of them is asked for, so that pages
// can be put together (R4, valueset.html#paging).
func (s *ValueSet) Expand(e Expansion) ([]byte, error) {
	var found []contained
	for _, m := range s.Members {
		if matches(m, e.Filter) {
			found = append(found, contained(m))
		}
	}
	total := len(found)
	found = found[min(e.Offset, total):]
	if e.Count >= 0 {
		found = found[:min(e.Count, len(found))]
	}
	expansion := map[string]any{
		"identifier": uuid.NewSHA1(uuid.NameSpaceURL, []byte(s.URL+"|"+s.Version+"|"+e.Filter)).URN(),
		"timestamp":  e.At.UTC().Format(time.RFC3339), "total": total, "offset": e.Offset,
	}
	if p := e.parameters(); len(p) > 0 {
		expansion["parameter"] = p
	}
	if len(found) > 0 {
		expansion["contains"] = found
	}
	doc := maps.Clone(s.doc)
	delete(doc, "resourceType")
	doc["expansion"] = expansion
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("expand %s: %w", s.URL, err)
	}
	return append([]byte(`{"resourceType":"ValueSet",`), body[1:]...), nil
}

// matches reports whether a code has each word of the filter.
func matches(c Code, filter string) bool {
	text := strings.ToLower(c.Display + " " + c.Code)
	for word := range strings.FieldsSeq(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// parameters say what the expansion was made by.
func (e Expansion) parameters() []map[string]any {
	var all []map[string]any
	if e.Filter != "" {
		all = append(all, map[string]any{"name": "filter", "valueString": e.Filter})
	}
	if e.Offset > 0 {
		all = append(all, map[string]any{"name": "offset", "valueInteger": json.Number(strconv.Itoa(e.Offset))})
	}
	if e.Count >= 0 {
		all = append(all, map[string]any{"name": "count", "valueInteger": json.Number(strconv.Itoa(e.Count))})
	}
	return all
}
