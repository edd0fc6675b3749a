package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"nutrigate/mapping"
	"nutrigate/schemas"
)

// Check returns an error if d is not what the official schema allows, or lacks
// what the specification requires and that schema does not: JSON Schema leaves
// out every required primitive and all invariants. The error is a
// *schemas.Error.
func (Format) Check(d mapping.Document) error {
	id := "fhir/" + d.Type
	decoder := json.NewDecoder(bytes.NewReader(d.Body))
	decoder.UseNumber()
	var doc map[string]any
	if err := decoder.Decode(&doc); err != nil {
		return &schemas.Error{Schema: id, Faults: []schemas.Fault{{Rule: "not a JSON object"}}}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &schemas.Error{Schema: id, Faults: []schemas.Fault{{Rule: "more than one JSON value"}}}
	}
	if err := schemas.Check(id, d.Body); err != nil {
		return err
	}
	var f faults
	if doc["resourceType"] != d.Type {
		f.add("/resourceType", "is not the document's type")
	}
	f.follows(rules()[d.Type], nil, doc)
	if d.Type == "Observation" {
		f.observation(doc)
	}
	f.datatypes(nil, doc)
	if len(f) > 0 {
		slices.SortStableFunc(f, func(a, b schemas.Fault) int { return strings.Compare(a.Path, b.Path) })
		return &schemas.Error{Schema: id, Faults: f}
	}
	return nil
}

type faults []schemas.Fault

func (f *faults) add(path, rule string) { *f = append(*f, schemas.Fault{Path: path, Rule: rule}) }

// observation checks the invariants obs-6 and obs-7 and that there is anything
// said at all (vs-2 of the vital signs, which we keep for every Observation).
func (f *faults) observation(doc map[string]any) {
	values := 0
	for name := range doc {
		if strings.HasPrefix(name, "value") {
			values++
		}
	}
	_, absent := doc["dataAbsentReason"]
	parts, _ := doc["component"].([]any)
	_, members := doc["hasMember"]
	switch {
	case values > 1:
		f.add("", "more than one value")
	case values > 0 && absent:
		f.add("/dataAbsentReason", "obs-6: there is a value")
	case values == 0 && !absent && len(parts) == 0 && !members:
		f.add("", "neither value nor dataAbsentReason, component or hasMember")
	}
	if values == 0 {
		return
	}
	own := codes(doc)
	for i, part := range parts {
		for c := range codes(part) {
			if own[c] {
				f.add("/component/"+strconv.Itoa(i), "obs-7: the code of the observation, which has a value")
			}
		}
	}
}

// codes returns what system|code the code of an observation or component has.
func codes(node any) map[string]bool {
	all := map[string]bool{}
	object, _ := node.(map[string]any)
	concept, _ := object["code"].(map[string]any)
	codings, _ := concept["coding"].([]any)
	for _, c := range codings {
		if c, ok := c.(map[string]any); ok {
			system, _ := c["system"].(string)
			code, _ := c["code"].(string)
			all[system+"|"+code] = true
		}
	}
	return all
}

// datatypes checks what no validator does: qty-3, a unit's code has a system,
// and per-1, a period starts before it ends.
func (f *faults) datatypes(at *place, node any) {
	switch node := node.(type) {
	case map[string]any:
		if isQuantity(node) && node["code"] != nil && node["system"] == nil {
			f.add(at.pointer(), "qty-3: a code without its system")
		}
		if backwards(node) {
			f.add(at.pointer(), "per-1: the end is before the start")
		}
		if node["div"] != nil && node["status"] == nil {
			f.add(at.pointer(), "a narrative without its status")
		}
		for name, child := range node {
			f.datatypes(&place{above: at, name: name}, child)
		}
	case []any:
		for i, child := range node {
			f.datatypes(&place{above: at, index: i}, child)
		}
	}
}

// place is where in a document a walk is; its text is needed for faults alone.
type place struct {
	above *place
	name  string // empty for an element of a list
	index int
}

// pointer returns the place as a JSON pointer.
func (p *place) pointer() string {
	switch {
	case p == nil:
		return ""
	case p.name == "":
		return p.above.pointer() + "/" + strconv.Itoa(p.index)
	}
	return p.above.pointer() + "/" + p.name
}

// isQuantity tells a Quantity by its value, which in no other type of FHIR is
// a plain number.
func isQuantity(node map[string]any) bool {
	_, number := node["value"].(json.Number)
	return number
}

// backwards reports whether node is a period whose end is before its start.
// Of dates without a time only the days are compared.
func backwards(node map[string]any) bool {
	start, ok := node["start"].(string)
	end, okEnd := node["end"].(string)
	if !ok || !okEnd {
		return false
	}
	from, err := time.Parse(dateTime, start)
	to, errEnd := time.Parse(dateTime, end)
	if err == nil && errEnd == nil {
		return to.Before(from)
	}
	n := min(len(start), len(end), len(time.DateOnly))
	return end[:n] < start[:n]
}
