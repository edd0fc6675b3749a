package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir/xml"
)

// maxResource bounds a resource that is posted.
const maxResource = 4 << 20

// An input is what an operation was given: parameters of the address, and those
// of a Parameters resource that was posted (R4, operations.html#executing).
type input struct {
	url.Values
	// resource is what was posted, as JSON, if that is no Parameters, or the
	// parameter of that name; nil if there is none.
	resource []byte
}

// inputOf reads what an operation was given. A parameter that it does not know
// is refused: what the caller wanted of it would not be done.
func inputOf(r *http.Request, known []room.Param) (input, error) {
	in := input{}
	q, err := addressed(r)
	if err != nil {
		return in, err
	}
	in.Values = q
	if r.Method == http.MethodPost {
		if err := in.readBody(r); err != nil {
			return in, err
		}
	}
	knows := func(name string) bool {
		return slices.ContainsFunc(known, func(p room.Param) bool { return p.Name == name })
	}
	for name, values := range in.Values {
		isPart := knows("coding") && slices.Contains(partsOfCoding(), name)
		if !knows(name) && !isPart && !form.IsParam(name) {
			return in, fault.BadParam(name, "unknown parameter %q of this operation", name)
		}
		in.Values[name] = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	}
	return in, nil
}

// readBody takes in a posted resource. A body that is not there is as good as
// one without parameters.
func (in *input) readBody(r *http.Request) error {
	doc, err := posted(r)
	if err != nil || doc == nil {
		return err
	}
	var head struct {
		ResourceType string
		Parameter    []map[string]json.RawMessage
	}
	if err := json.Unmarshal(doc, &head); err != nil || head.ResourceType == "" {
		return fault.Wrap(fault.Invalid, err, "the body is no FHIR resource")
	}
	if head.ResourceType != "Parameters" {
		in.resource = doc
		return nil
	}
	for i, p := range head.Parameter {
		if err := in.take(p); err != nil {
			return fault.New(fault.Invalid, "Parameters.parameter[%d]: %s", i, err)
		}
	}
	return nil
}

// posted returns the resource that was posted, as JSON; nil if there is none.
func posted(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxResource))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fault.Wrap(fault.TooLarge, err, "a resource may have %d MiB at most", maxResource>>20)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body broke off")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	name, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	isXML, known := form.IsXML(name)
	if !known {
		return nil, fault.New(fault.Unsupported, "a resource is posted as %s", strings.Join(form.Types(), ", "))
	}
	if !isXML {
		if !json.Valid(body) {
			return nil, fault.New(fault.Invalid, "the body is not JSON")
		}
		return body, nil
	}
	doc, err := xml.Decode(body)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not FHIR's XML: %s", err)
	}
	return doc, nil
}

// take takes in one parameter of a Parameters resource.
func (in *input) take(p map[string]json.RawMessage) error {
	var name string
	if err := json.Unmarshal(p["name"], &name); err != nil || name == "" {
		return errors.New("it has no name")
	}
	if resource, ok := p["resource"]; ok {
		if name != "resource" {
			return errors.New("a resource is not expected here")
		}
		in.resource = resource
		return nil
	}
	for key, value := range p {
		typ, isValue := strings.CutPrefix(key, "value")
		if !isValue {
			continue
		}
		if typ == "Coding" {
			return in.takeCoding(value)
		}
		text, err := plain(typ, value)
		if err != nil {
			return err
		}
		in.Add(name, text)
	}
	return nil
}

func partsOfCoding() []string { return []string{"system", "version", "code", "display"} }

// takeCoding takes a Coding as its parts, which an address would name apart.
func (in *input) takeCoding(value json.RawMessage) error {
	var c struct{ System, Version, Code, Display string }
	if err := json.Unmarshal(value, &c); err != nil {
		return errors.New("no Coding")
	}
	for name, text := range map[string]string{"system": c.System, "version": c.Version, "code": c.Code, "display": c.Display} {
		if text != "" {
			in.Set(name, text)
		}
	}
	return nil
}

// plain is a value as an address would have it.
func plain(typ string, value json.RawMessage) (string, error) {
	switch typ {
	case "Reference":
		var ref struct{ Reference string }
		if err := json.Unmarshal(value, &ref); err != nil || ref.Reference == "" {
			return "", errors.New("no reference in it")
		}
		return ref.Reference, nil
	case "Identifier":
		var id struct{ System, Value string }
		if err := json.Unmarshal(value, &id); err != nil || id.Value == "" {
			return "", errors.New("no value in the identifier")
		}
		return id.System + "|" + id.Value, nil
	}
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text, nil
	}
	if value[0] == '{' || value[0] == '[' {
		return "", errors.New("a value of this type is not expected here")
	}
	return string(value), nil
}

// whole reads a whole number that is not negative; absent is what it is then.
func (in *input) whole(name string, absent int) (int, error) {
	text := in.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fault.BadParam(name, "%s: a whole number", name)
	}
	return n, nil
}

// listed returns the values of a parameter, those with commas between them too.
func (in *input) listed(name string) []string {
	var all []string
	for _, value := range in.Values[name] {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}
