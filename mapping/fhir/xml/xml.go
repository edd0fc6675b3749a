// Package xml turns FHIR's JSON into its XML and back (R4, xml.html and
// json.html). It reads any resource of R4 by the specification's own table of
// elements; digits and narratives stay as they are written.
package xml

import (
	"errors"
	"regexp"
	"strconv"
)

// MediaType is that of a resource as XML (R4, http.html#mime-type).
const MediaType = "application/fhir+xml"

// Namespace is that of every element but those of a narrative.
const (
	Namespace = "http://hl7.org/fhir"
	xhtml     = "http://www.w3.org/1999/xhtml"
)

// deepest is how many elements may lie within each other. The deepest resource
// that makes sense has some twenty; a longer chain is meant to exhaust a reader.
const deepest = 100

// Declaration opens an XML document.
const Declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// An Error says where a document is not a resource, and never what it holds.
type Error struct {
	Path   string // FHIRPath: "Observation.component[1].code"
	Reason string
}

func (e *Error) Error() string { return e.Path + ": " + e.Reason }

// fail is an error at a place that its callers complete.
func fail(reason string) error { return &Error{Reason: reason} }

// under completes an error's path by the name of what it lies in. The index is
// that within a list, or negative.
func under(name string, index int, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	if index >= 0 {
		name += "[" + strconv.Itoa(index) + "]"
	}
	if e.Path != "" {
		name += "." + e.Path
	}
	return &Error{name, e.Reason}
}

// plainName is a name that may be repeated: that of a property, and nothing
// that somebody put in its place.
var plainName = regexp.MustCompile(`^[A-Za-z_]{1,64}$`)

// strange says that a type does not have what the document has.
func strange(what, name, typ string) string {
	if !plainName.MatchString(name) {
		name = "of another kind"
	}
	return "the " + what + " " + name + " is none of " + typ
}
