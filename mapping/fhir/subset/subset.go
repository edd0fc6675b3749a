// Package subset cuts resources to the parts that a client asks for: R4's
// _summary and _elements (search.html#summary, #elements). It works on the
// stored bytes: what stays, stays as it was written.
package subset

import (
	"errors"
	"slices"

	"nutrigate/schemas/fhir/elements"
)

// A View is which parts of a resource are asked for. The zero View is all of it.
type View struct {
	// Summary is true, text, data or false; empty is false.
	Summary string
	// Elements are names of elements, without [x]; those that must be there, or
	// change what the rest means, stay as well.
	Elements []string
}

// Whole reports whether nothing is left out.
func (v View) Whole() bool { return (v.Summary == "" || v.Summary == "false") && len(v.Elements) == 0 }

// tag marks a resource that is not all there is (R4, resource.html#simple-tags).
const tag = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

var (
	errJSON  = errors.New("mapping/fhir/subset: not the JSON of a resource")
	errFound = errors.New("found")
)

// Of returns the view of a resource, with the tag SUBSETTED. Of a Bundle it is
// a Bundle of views; an OperationOutcome stays whole.
func Of(doc []byte, v View) ([]byte, error) {
	if v.Whole() {
		return doc, nil
	}
	return v.append(make([]byte, 0, len(doc)), doc)
}

// append appends the view of a resource to b.
func (v View) append(b, doc []byte) ([]byte, error) {
	name, err := typeOf(doc)
	if err != nil {
		return b, err
	}
	t, known := elements.Resource(name)
	switch {
	case name == "Bundle":
		return v.bundle(b, doc)
	case !known || name == "OperationOutcome":
		return append(b, doc...), nil
	}
	return v.resource(b, doc, t)
}

// bundle appends a Bundle and cuts what is in its entries.
func (v View) bundle(b, doc []byte) ([]byte, error) {
	return rewrite(b, doc, func(b []byte, m member) ([]byte, error) {
		if m.name != "entry" {
			return m.append(b), nil
		}
		return rewriteList(m.open(b), m.value, func(b, entry []byte) ([]byte, error) {
			return rewrite(b, entry, func(b []byte, m member) ([]byte, error) {
				if m.name != "resource" {
					return m.append(b), nil
				}
				return v.append(m.open(b), m.value)
			})
		})
	})
}

// resource appends a resource's elements that are in the view.
func (v View) resource(b, doc []byte, t *elements.Type) ([]byte, error) {
	tagged := false
	b, err := rewrite(b, doc, func(b []byte, m member) ([]byte, error) {
		switch m.name {
		case "resourceType", "id":
			return m.append(b), nil
		case "meta":
			tagged = true
			return appendTag(m.open(b), m.value)
		}
		if !tagged { // meta comes right behind the id, also where there was none
			tagged = true
			b = appendMeta(b)
		}
		p, ok := t.Property(m.bare())
		if !ok || !v.has(&t.Elements[p.Index]) {
			return b, nil
		}
		if v.Summary == "true" {
			return summary(b, m, &t.Elements[p.Index], p.Type)
		}
		return m.append(b), nil
	})
	if !tagged && err == nil {
		b = append(appendMeta(b[:len(b)-1]), '}')
	}
	return b, err
}

func appendMeta(b []byte) []byte { return append(b, `,"meta":{"tag":[`+tag+`]}`...) }

// has reports whether an element of a resource is in the view.
func (v View) has(e *elements.Element) bool {
	switch {
	case e.Name == "meta" || e.Name == "id":
		return true
	case len(v.Elements) > 0:
		return e.Min > 0 || e.Modifier || slices.Contains(v.Elements, e.Name)
	case v.Summary == "text":
		return e.Min > 0 || e.Name == "text"
	case v.Summary == "data":
		return e.Name != "text"
	}
	return inSummary(e)
}

// inSummary reports whether an element is part of _summary=true at whatever
// depth: it is marked so, or without it the resource would not be valid or
// would mean something else.
func inSummary(e *elements.Element) bool { return e.Summary || e.Min > 0 || e.Modifier || e.Attribute }

// summary appends a property with those of its parts that are in the summary.
func summary(b []byte, m member, e *elements.Element, typ string) ([]byte, error) {
	t, ok := elements.Of(typ)
	if !ok || m.name[0] == '_' { // a value, or what stands beside one
		return m.append(b), nil
	}
	inner := func(b, object []byte) ([]byte, error) {
		return rewrite(b, object, func(b []byte, m member) ([]byte, error) {
			p, ok := t.Property(m.bare())
			if !ok || !inSummary(&t.Elements[p.Index]) {
				return b, nil
			}
			return summary(b, m, &t.Elements[p.Index], p.Type)
		})
	}
	if e.Many {
		return rewriteList(m.open(b), m.value, inner)
	}
	return inner(m.open(b), m.value)
}

// appendTag appends a meta with the tag.
func appendTag(b, meta []byte) ([]byte, error) {
	tagged := false
	b, err := rewrite(b, meta, func(b []byte, m member) ([]byte, error) {
		if m.name != "tag" {
			return m.append(b), nil
		}
		tagged = true
		b, err := rewriteList(m.open(b), m.value, func(b, element []byte) ([]byte, error) { return append(b, element...), nil })
		if err != nil {
			return b, err
		}
		if b = b[:len(b)-1]; b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		return append(append(b, tag...), ']'), nil
	})
	if err == nil && !tagged {
		b = append(member{name: "tag"}.open(b[:len(b)-1]), `[`+tag+`]}`...)
	}
	return b, err
}
