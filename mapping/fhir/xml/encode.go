package xml

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"nutrigate/schemas/fhir/elements"
)

// Encode returns a resource, given as JSON, as an XML document; with pretty it
// has a line for each element. The error is an *Error if the document is at fault.
func Encode(doc []byte, pretty bool) ([]byte, error) {
	w := &writer{pretty: pretty, b: make([]byte, 0, len(doc)+len(doc)/2)}
	w.b = append(w.b, Declaration...)
	node, err := read(doc)
	if err != nil {
		return nil, err
	}
	if err := w.resource(node, ` xmlns="`+Namespace+`"`); err != nil {
		return nil, err
	}
	return w.b, nil
}

// Append appends a resource's element to a document that has been begun: the
// name space is that of what it stands in.
func Append(b, doc []byte) ([]byte, error) {
	w := &writer{b: b}
	node, err := read(doc)
	if err != nil {
		return b, err
	}
	err = w.resource(node, "")
	return w.b, err
}

// read decodes JSON and keeps the digits of its numbers.
func read(doc []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var node any
	if err := d.Decode(&node); err != nil {
		return nil, fail("not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fail("more than one JSON value")
	}
	return node, nil
}

type writer struct {
	b      []byte
	pretty bool
	depth  int
}

// resource writes a resource. declared is what its element declares.
func (w *writer) resource(node any, declared string) error {
	object, ok := node.(map[string]any)
	if !ok {
		return fail("a resource is an object")
	}
	name, _ := object["resourceType"].(string)
	t, ok := elements.Resource(name)
	if !ok {
		return fail("resourceType: no type of R4")
	}
	w.open(name)
	w.b = append(append(w.b, declared...), '>')
	written, err := w.children(t, object)
	if err == nil && written+1 < len(object) {
		err = unknown(t, object)
	}
	w.end(name)
	return under(name, -1, err)
}

// complex writes an element whose parts are elements.
func (w *writer) complex(name string, t *elements.Type, node any) error {
	object, ok := node.(map[string]any)
	if !ok || len(object) == 0 {
		return fail("an object with at least one property is expected")
	}
	w.open(name)
	written := 0
	for i := range t.Elements {
		e := &t.Elements[i]
		value, has := object[e.Name]
		if !e.Attribute || !has {
			continue
		}
		text, ok := value.(string)
		if !ok || text == "" {
			return under(e.Name, -1, fail("a text is expected"))
		}
		w.attribute(e.Name, text)
		written++
	}
	if written == len(object) {
		w.b = append(w.b, '/', '>')
		w.depth--
		return nil
	}
	w.b = append(w.b, '>')
	more, err := w.children(t, object)
	if err == nil && written+more < len(object) {
		err = unknown(t, object)
	}
	w.end(name)
	return err
}

// children writes what has elements of its own, in the order of the
// specification, and returns how many properties that were.
func (w *writer) children(t *elements.Type, object map[string]any) (written int, err error) {
	if w.depth > deepest {
		return 0, fail("too many elements within each other")
	}
	for i := range t.Elements {
		e := &t.Elements[i]
		if e.Attribute {
			continue
		}
		chosen := 0
		for _, typ := range e.Types {
			name := e.Named(typ)
			value, has := object[name]
			var beside any
			hasBeside := false
			if elements.IsPrimitive(typ) {
				beside, hasBeside = object["_"+name]
			}
			if !has && !hasBeside {
				continue
			}
			if chosen++; chosen > 1 {
				return written, under(name, -1, fail("there is another value already"))
			}
			if err := w.property(name, e, typ, value, beside); err != nil {
				return written, err
			}
			written += count(has) + count(hasBeside)
		}
	}
	return written, nil
}

func count(has bool) int {
	if has {
		return 1
	}
	return 0
}

// unknown names the first property that the type does not have.
func unknown(t *elements.Type, object map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		bare := strings.TrimPrefix(name, "_")
		p, ok := t.Property(bare)
		if ok && (bare == name || (elements.IsPrimitive(p.Type) && !t.Elements[p.Index].Attribute)) {
			continue
		}
		if name != "resourceType" || !t.IsResource() {
			return fail(strange("property", name, t.Name))
		}
	}
	return fail("it has a property in the wrong place")
}

// property writes one property: the elements of a list, or one.
func (w *writer) property(name string, e *elements.Element, typ string, value, beside any) error {
	if !e.Many {
		return under(name, -1, w.one(name, typ, value, beside))
	}
	values, ok := value.([]any)
	besides, okBeside := beside.([]any)
	if (!ok && value != nil) || (!okBeside && beside != nil) || len(values)+len(besides) == 0 {
		return under(name, -1, fail("a list with at least one element is expected"))
	}
	for i := range max(len(values), len(besides)) {
		var v, b any
		if i < len(values) {
			v = values[i]
		}
		if i < len(besides) {
			b = besides[i]
		}
		if err := w.one(name, typ, v, b); err != nil {
			return under(name, i, err)
		}
	}
	return nil
}

func (w *writer) one(name, typ string, value, beside any) error {
	switch {
	case typ == elements.Any:
		w.open(name)
		w.b = append(w.b, '>')
		err := w.resource(value, "")
		w.end(name)
		return err
	case typ == "xhtml":
		return w.narrative(value, beside)
	case elements.IsPrimitive(typ):
		return w.primitive(name, typ, value, beside)
	}
	t, ok := elements.Of(typ)
	if !ok {
		return fail("no type of R4")
	}
	return w.complex(name, t, value)
}

// primitive writes a value as an attribute, and beside it the id and the
// extensions that JSON has in a property of its own.
func (w *writer) primitive(name, typ string, value, beside any) error {
	more, ok := beside.(map[string]any)
	if !ok && beside != nil {
		return fail("beside a value there is an object")
	}
	if value == nil && len(more) == 0 {
		return fail("neither a value nor an extension")
	}
	w.open(name)
	known := 0
	if id, has := more["id"]; has {
		text, ok := id.(string)
		if !ok || text == "" {
			return fail("id: a text is expected")
		}
		w.attribute("id", text)
		known++
	}
	if value != nil {
		text, err := written(typ, value)
		if err != nil {
			return err
		}
		w.attribute("value", text)
	}
	extensions, has := more["extension"]
	if known+count(has) != len(more) {
		return fail("beside a value there are id and extension")
	}
	if !has {
		w.b = append(w.b, '/', '>')
		w.depth--
		return nil
	}
	w.b = append(w.b, '>')
	err := w.property("extension", &elements.Element{Many: true}, "Extension", extensions, nil)
	w.end(name)
	return err
}

// written returns a value's text: digits as they came.
func written(typ string, value any) (string, error) {
	switch v := value.(type) {
	case bool:
		if typ == "boolean" {
			if v {
				return "true", nil
			}
			return "false", nil
		}
	case json.Number:
		if isNumber(typ) {
			return v.String(), nil
		}
	case string:
		if typ != "boolean" && !isNumber(typ) && v != "" {
			return v, nil
		}
	}
	return "", fail("not a value of type " + typ)
}

func isNumber(typ string) bool {
	switch typ {
	case "decimal", "integer", "positiveInt", "unsignedInt":
		return true
	}
	return false
}

// narrative puts the text in as it is, once it is known to be one whole div:
// what is not would change the document around it.
func (w *writer) narrative(value, beside any) error {
	text, ok := value.(string)
	if !ok || beside != nil {
		return fail("a narrative is a text")
	}
	text = strings.TrimSpace(text)
	d := xml.NewDecoder(strings.NewReader(text))
	if !startsDiv(text) {
		return fail(divWanted)
	}
	if _, err := d.Token(); err != nil {
		return fail(divWanted)
	}
	if err := skip(d); err != nil {
		return err
	}
	if d.InputOffset() != int64(len(text)) {
		return fail(divWanted)
	}
	w.line()
	w.b = append(w.b, text...)
	return nil
}

// open begins an element's tag.
func (w *writer) open(name string) {
	w.line()
	w.b = append(append(w.b, '<'), name...)
	w.depth++
}

func (w *writer) attribute(name, value string) {
	w.b = append(append(append(w.b, ' '), name...), '=', '"')
	w.b = append(AppendText(w.b, value), '"')
}

// AppendText appends a text as it stands in an attribute.
func AppendText(b []byte, text string) []byte {
	if isPlain(text) {
		return append(b, text...)
	}
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text)) // a Buffer takes everything
	return append(b, out.Bytes()...)
}

// isPlain reports whether a text stands in XML as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '<', c == '>', c == '&', c == '"', c == '\'':
			return false
		}
	}
	return true
}

func (w *writer) end(name string) {
	w.depth--
	w.line()
	w.b = append(append(append(w.b, '<', '/'), name...), '>')
}

// line begins a line where the document is for people.
func (w *writer) line() {
	if !w.pretty {
		return
	}
	w.b = append(w.b, '\n')
	for range w.depth {
		w.b = append(w.b, ' ', ' ')
	}
}
