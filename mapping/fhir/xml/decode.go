package xml

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"nutrigate/schemas/fhir/elements"
)

// Decode returns a resource, given as an XML document, as JSON. Elements have
// to be in the specification's order, as its XML Schema demands; entities and
// document types are refused, comments are passed over. The error is an *Error.
func Decode(doc []byte) ([]byte, error) {
	r := &reader{doc: doc, d: xml.NewDecoder(bytes.NewReader(doc))}
	start, err := r.next()
	if err != nil {
		return nil, err
	}
	if start == nil {
		return nil, fail("no element")
	}
	out, err := r.resource(start)
	if err != nil {
		return nil, err
	}
	for {
		switch more, err := r.d.Token(); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fail("something that is not XML follows the resource")
		default:
			if err := between(more); err != nil {
				return nil, err
			}
			if _, second := more.(xml.StartElement); second {
				return nil, fail("something follows the resource")
			}
		}
	}
}

type reader struct {
	doc   []byte
	d     *xml.Decoder
	at    int64 // where the tag begins that next returned
	depth int
}

// next returns the next element within the present one, or nil at its end.
func (r *reader) next() (*xml.StartElement, error) {
	for {
		r.at = r.d.InputOffset()
		token, err := r.d.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil //nolint:nilnil // nothing there; a syntax error is told apart
		}
		if err != nil {
			return nil, notXML(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil //nolint:nilnil // the end of the present element
		default:
			if err := between(token); err != nil {
				return nil, err
			}
		}
	}
}

// between says what may stand between elements: space and comments.
func between(token xml.Token) error {
	switch t := token.(type) {
	case xml.CharData:
		if len(bytes.TrimSpace(t)) > 0 {
			return fail("text between elements; values are attributes")
		}
	case xml.Directive:
		return fail("a document type, which is not read")
	}
	return nil
}

// notXML says what is wrong without what is there.
func notXML(err error) error {
	if strings.Contains(err.Error(), "entity") {
		return fail("an entity that XML does not have by itself")
	}
	return fail("not well-formed XML")
}

// resource reads a resource, whose tag has been read.
func (r *reader) resource(start *xml.StartElement) ([]byte, error) {
	t, ok := elements.Resource(start.Name.Local)
	if !ok || start.Name.Space != Namespace {
		return nil, fail("no resource of R4 in the name space " + Namespace)
	}
	b := append([]byte(`{"resourceType":"`), t.Name...)
	b, err := r.object(append(b, '"'), t, start)
	return b, under(t.Name, -1, err)
}

// object reads the parts of an element and appends what JSON has of it to b,
// which is an object that has been begun.
func (r *reader) object(b []byte, t *elements.Type, start *xml.StartElement) ([]byte, error) {
	if r.depth++; r.depth > deepest {
		return nil, fail("too many elements within each other")
	}
	defer func() { r.depth-- }()
	b, err := attributes(b, t, start)
	if err != nil {
		return nil, err
	}
	var open member
	last := -1
	for {
		child, err := r.next()
		if err != nil {
			return nil, err
		}
		if child == nil {
			break
		}
		name := child.Name.Local
		p, ok := t.Property(name)
		if !ok || !inPlace(child, t.Elements[p.Index], p.Type) {
			return nil, fail(strange("element", name, t.Name))
		}
		e := &t.Elements[p.Index]
		if p.Index < last || (p.Index == last && (!e.Many || name != open.name)) {
			return nil, under(name, -1, fail("out of the order of the specification, or once too often"))
		}
		if p.Index > last {
			b = open.append(b)
			open, last = member{name: name, list: e.Many}, p.Index
		}
		if err := r.one(&open, p.Type, child); err != nil {
			return nil, under(name, open.index(), err)
		}
	}
	b = open.append(b)
	if b[len(b)-1] == '{' {
		return nil, fail("an element without anything in it")
	}
	return append(b, '}'), nil
}

// inPlace reports whether an element is in its name space, and is one in XML.
func inPlace(child *xml.StartElement, e elements.Element, typ string) bool {
	if typ == "xhtml" {
		return child.Name.Space == xhtml
	}
	return child.Name.Space == Namespace && !e.Attribute
}

// attributes appends those that the type has; what belongs to XML is passed over.
func attributes(b []byte, t *elements.Type, start *xml.StartElement) ([]byte, error) {
	for _, a := range start.Attr {
		if ofXML(a) {
			continue
		}
		e, ok := t.Element(a.Name.Local)
		if !ok || !e.Attribute || a.Name.Space != "" {
			return nil, fail(strange("attribute", a.Name.Local, t.Name))
		}
		if a.Value == "" {
			return nil, under(e.Name, -1, fail("empty"))
		}
		b = quoted(named(b, e.Name), a.Value)
	}
	return b, nil
}

// ofXML reports whether an attribute is a declaration of a name space, or one
// for XML Schema's readers.
func ofXML(a xml.Attr) bool {
	return a.Name.Space == "xmlns" || (a.Name.Space == "" && a.Name.Local == "xmlns") ||
		a.Name.Space == "http://www.w3.org/2001/XMLSchema-instance"
}

// one reads one element into the member that it belongs to.
func (r *reader) one(m *member, typ string, start *xml.StartElement) error {
	switch {
	case typ == elements.Any:
		child, err := r.next()
		if err != nil {
			return err
		}
		if child == nil {
			return fail("no resource in it")
		}
		value, err := r.resource(child)
		if err != nil {
			return err
		}
		if more, err := r.next(); err != nil || more != nil {
			return fail("one resource is expected")
		}
		m.add(value, nil)
		return nil
	case typ == "xhtml":
		text, err := r.narrative()
		if err == nil {
			m.add(quoted(nil, text), nil)
		}
		return err
	case elements.IsPrimitive(typ):
		return r.primitive(m, typ, start)
	}
	t, ok := elements.Of(typ)
	if !ok {
		return fail("no type of R4")
	}
	value, err := r.object([]byte{'{'}, t, start)
	if err == nil {
		m.add(value, nil)
	}
	return err
}

// primitive reads a value from its attribute, and the id and the extensions
// that JSON has beside it.
func (r *reader) primitive(m *member, typ string, start *xml.StartElement) error {
	var value []byte
	beside := []byte{'{'}
	for _, a := range start.Attr {
		switch {
		case ofXML(a):
		case a.Name.Space == "" && a.Name.Local == "value":
			var err error
			if value, err = valued(typ, a.Value); err != nil {
				return err
			}
		case a.Name.Space == "" && a.Name.Local == "id" && a.Value != "":
			beside = quoted(named(beside, "id"), a.Value)
		default:
			return fail("it has an attribute that there is not beside a value")
		}
	}
	extensions := member{name: "extension", list: true}
	for {
		child, err := r.next()
		if err != nil {
			return err
		}
		if child == nil {
			break
		}
		if child.Name.Space != Namespace || child.Name.Local != "extension" {
			return fail("it has an element that there is not beside a value")
		}
		if err := r.one(&extensions, "Extension", child); err != nil {
			return under("extension", extensions.index(), err)
		}
	}
	beside = extensions.append(beside)
	if len(beside) == 1 {
		beside = nil
	} else {
		beside = append(beside, '}')
	}
	if value == nil && beside == nil {
		return fail("neither a value nor an extension")
	}
	m.add(value, beside)
	return nil
}

// digits are those that JSON and FHIR have (R4, datatypes.html#decimal).
var digits = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// valued returns the JSON of an attribute's text.
func valued(typ, text string) ([]byte, error) {
	switch {
	case typ == "boolean" && (text == "true" || text == "false"):
		return []byte(text), nil
	case isNumber(typ) && digits.MatchString(text):
		return []byte(text), nil
	case typ == "boolean" || isNumber(typ) || text == "":
		return nil, fail("not a value of type " + typ)
	}
	return quoted(nil, text), nil
}

const divWanted = `a narrative is one <div xmlns="` + xhtml + `"> that names its name space itself`

var div = regexp.MustCompile(`^<div\s[^>]*xmlns=["']` + regexp.QuoteMeta(xhtml) + `["']`)

func startsDiv(text string) bool { return div.MatchString(text) }

// narrative returns a div as it stands in the document.
func (r *reader) narrative() (string, error) {
	from := r.at
	if err := skip(r.d); err != nil {
		return "", err
	}
	text := string(r.doc[from:r.d.InputOffset()])
	if !startsDiv(text) {
		return "", fail(divWanted)
	}
	return text, nil
}

// skip reads up to the end of an element of XHTML.
func skip(d *xml.Decoder) error {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return notXML(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > deepest {
				return fail("too many elements within each other")
			}
			if t.Name.Space != xhtml {
				return fail("a narrative has elements of XHTML alone")
			}
		case xml.EndElement:
			depth--
		case xml.Directive, xml.ProcInst:
			return fail("a narrative has elements of XHTML alone")
		}
	}
	return nil
}

// member is a property that is being read: its values, and what stands beside
// each of them.
type member struct {
	name            string
	list            bool
	values, besides [][]byte
}

func (m *member) add(value, beside []byte) {
	m.values, m.besides = append(m.values, value), append(m.besides, beside)
}

// index is that of the element which is being read, or negative.
func (m *member) index() int {
	if m.list {
		return len(m.values)
	}
	return -1
}

// append appends the property, and the one beside it, to an object.
func (m *member) append(b []byte) []byte {
	b = m.property(b, m.name, m.values)
	return m.property(b, "_"+m.name, m.besides)
}

// property leaves out a list of which every element is absent.
func (m *member) property(b []byte, name string, values [][]byte) []byte {
	if !slices.ContainsFunc(values, func(v []byte) bool { return v != nil }) {
		return b
	}
	b = named(b, name)
	if !m.list {
		return append(b, values[0]...)
	}
	for i, v := range values {
		b = append(b, ",["[count(i == 0)])
		if v == nil {
			v = []byte("null")
		}
		b = append(b, v...)
	}
	return append(b, ']')
}

// named appends a property's name to an object.
func named(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), '"', ':')
}

// quoted appends a text of JSON, without HTML escapes.
func quoted(b []byte, text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text always encodes
	return append(b, bytes.TrimRight(out.Bytes(), "\n")...)
}
