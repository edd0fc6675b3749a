package schemas

import (
	"fmt"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// An Error says where a document breaks its schema. It holds places and rules,
// never values: it may be logged and shown.
type Error struct {
	Schema string
	Faults []Fault
}

// A Fault is one place and the rule that it breaks.
type Fault struct {
	Path string // JSON pointer into the document; empty for the whole
	Rule string // the schema's keyword, with the names of properties where it is about names
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "not a valid %s", e.Schema)
	for i, f := range e.Faults {
		if i == maxShown {
			fmt.Fprintf(&b, "; and %d more", len(e.Faults)-i)
			break
		}
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Rule)
	}
	return b.String()
}

// maxShown is how many faults an error's text lists.
const maxShown = 3

func newError(id string, v *jsonschema.ValidationError) *Error {
	e := &Error{Schema: id}
	e.collect(v)
	return e
}

// collect keeps the leaves: what lies above them only says that something below is wrong.
func (e *Error) collect(v *jsonschema.ValidationError) {
	for _, cause := range v.Causes {
		e.collect(cause)
	}
	if len(v.Causes) == 0 {
		e.Faults = append(e.Faults, Fault{Path: v.InstanceLocation, Rule: rule(v)})
	}
}

// rule names the keyword. The library's message is shown only for keywords
// whose message has names and types in it; others would show the value.
func rule(v *jsonschema.ValidationError) string {
	switch keyword := path.Base(v.KeywordLocation); keyword {
	case "additionalProperties", "required", "type":
		return v.Message
	default:
		return keyword
	}
}
