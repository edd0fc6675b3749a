// Package form is how a FHIR client wants its answer: as JSON or XML, in lines
// for people, and how much of it (R4, http.html#parameters and #mime-type). The
// handlers make JSON; Answering makes of that what was asked for, so that every
// interaction obeys the same parameters.
package form

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/serve/room"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/fhir/subset"
	"nutrigate/mapping/fhir/xml"
	"nutrigate/schemas/fhir/elements"
)

// Version is that of FHIR.
const Version = "4.0.1"

// A Form is what a client asks for.
type Form struct {
	// MediaType is the Content-Type of the answer.
	MediaType   string
	XML, Pretty bool
	View        subset.View
}

const charset = "; charset=utf-8"

// jsonTypes are the names by which clients ask for FHIR's JSON, and xmlTypes
// those for its XML. SMART libraries say application/json and mean it (R4,
// http.html#mime-type).
func jsonTypes() []string { return []string{fhir.MediaType, "application/json", "text/json"} }
func xmlTypes() []string  { return []string{xml.MediaType, "application/xml", "text/xml"} }

// Types lists every media type that there is, FHIR's own first.
func Types() []string { return append(jsonTypes(), xmlTypes()...) }

// IsXML reports whether a media type is one of FHIR's XML, and whether it is one
// of FHIR's at all.
func IsXML(mediaType string) (isXML, known bool) {
	isXML = slices.Contains(xmlTypes(), mediaType)
	return isXML, isXML || slices.Contains(jsonTypes(), mediaType)
}

// Params describes the parameters that every interaction obeys.
func Params() []room.Param {
	return []room.Param{
		{Name: "_format", Example: "json", Summary: "media type of the answer, or json, or xml; wins over Accept"},
		{Name: "_pretty", Values: []string{"true", "false"}, Summary: "with a line for each element"},
		{Name: "_summary", Values: []string{"true", "text", "data", "count", "false"}, Summary: "how much of each resource"},
		{Name: "_elements", Summary: "names of elements, separated by commas; what must be there comes with them"},
	}
}

// IsParam reports whether a parameter is about the form of the answer.
func IsParam(name string) bool {
	return slices.ContainsFunc(Params(), func(p room.Param) bool { return p.Name == name })
}

// Suffix is what a link of a page says of the form, behind its other parameters:
// whoever follows it gets what the first page was.
func Suffix(q url.Values) string {
	own := url.Values{}
	for name, values := range q {
		if IsParam(name) {
			own[name] = values
		}
	}
	if len(own) == 0 {
		return ""
	}
	return "&" + own.Encode()
}

// Of reads what a request asks for; q is its parameters, those of a posted form
// included. The type of resource, where the address has one, tells which
// elements there are.
func Of(r *http.Request, q url.Values, resourceType string) (Form, error) {
	f, err := negotiated(r, q)
	if err != nil {
		return f, err
	}
	switch q.Get("_pretty") {
	case "", "false":
	case "true":
		f.Pretty = true
	default:
		return f, fault.BadParam("_pretty", "_pretty: true or false")
	}
	switch s := q.Get("_summary"); s {
	case "", "true", "text", "data", "false":
		f.View.Summary = s
	case "count": // that is a search's, which has nothing else to show then
	default:
		return f, fault.BadParam("_summary", "_summary: true, text, data, count or false")
	}
	f.View.Elements, err = chosen(q["_elements"], resourceType)
	if err == nil && len(f.View.Elements) > 0 && f.View.Summary != "" && f.View.Summary != "false" {
		err = fault.BadParam("_elements", "_elements and _summary exclude each other")
	}
	return f, err
}

// chosen reads _elements. What no resource of the type has is refused: it is
// most likely misspelt, and would be missing from the answer without a word.
func chosen(values []string, resourceType string) ([]string, error) {
	t, known := elements.Resource(resourceType)
	var all []string
	for name := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name = strings.TrimSuffix(strings.TrimSpace(name), "[x]")
		if name == "" {
			continue
		}
		if known {
			if _, ok := t.Element(name); !ok {
				return nil, fault.BadParam("_elements", "_elements: names of elements of %s", resourceType)
			}
		}
		all = append(all, name)
	}
	return all, nil
}

// OfError is what a request asks for, as far as it can be understood: it is for
// telling what is wrong with it.
func OfError(r *http.Request) Form {
	q := readable(r).URL.Query()
	if q.Get("_format") == "" && r.PostForm != nil {
		q = r.PostForm
	}
	f, err := negotiated(r, q)
	if err != nil {
		if f, err = negotiated(r, url.Values{}); err != nil {
			f = Form{MediaType: fhir.MediaType + charset}
		}
	}
	f.Pretty = q.Get("_pretty") == "true"
	return f
}

// negotiated chooses the media type. The parameter _format wins over Accept. A
// client that names the version of FHIR is told it.
func negotiated(r *http.Request, q url.Values) (Form, error) {
	asked := q.Get("_format")
	if asked == "" {
		return accepted(r)
	}
	switch name := strings.ToLower(strings.TrimSpace(asked)); name {
	case "json":
		return Form{MediaType: fhir.MediaType + charset}, nil
	case "xml":
		return Form{MediaType: xml.MediaType + charset, XML: true}, nil
	}
	asked = strings.NewReplacer("fhir json", "fhir+json", "fhir xml", "fhir+xml").Replace(asked) // a plus in a URL reads as a space
	name, params, err := mime.ParseMediaType(asked)
	if err != nil {
		return Form{}, notAccepted()
	}
	version, versioned := params["fhirversion"]
	if !slices.Contains(Types(), name) || (versioned && version != "4.0" && version != Version) {
		return Form{}, notAccepted()
	}
	f := Form{XML: slices.Contains(xmlTypes(), name), MediaType: name}
	if versioned {
		f.MediaType += "; fhirVersion=" + version
	}
	f.MediaType += charset
	return f, nil
}

func accepted(r *http.Request) (Form, error) {
	var offers []string
	for _, t := range Types() {
		offers = append(offers, t, t+"; fhirVersion=4.0", t+"; fhirVersion="+Version)
	}
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), offers...)
	if !ok {
		return Form{}, notAccepted()
	}
	name, _, _ := strings.Cut(chosen, ";")
	return Form{MediaType: chosen + charset, XML: slices.Contains(xmlTypes(), name)}, nil
}

func notAccepted() error {
	return fault.New(fault.NotAccepted, "FHIR %s is served as %s", Version, strings.Join(Types(), ", "))
}

// Plain reports whether a resource's JSON goes out as it is stored.
func (f Form) Plain() bool { return !f.XML && !f.Pretty && f.View.Whole() }

// Document returns a resource in this form.
func (f Form) Document(doc []byte) ([]byte, error) {
	doc, err := subset.Of(doc, f.View)
	switch {
	case err != nil:
		return nil, err
	case f.XML:
		return xml.Encode(doc, f.Pretty)
	case f.Pretty:
		var b bytes.Buffer
		err := json.Indent(&b, doc, "", "  ")
		return b.Bytes(), err
	}
	return doc, nil
}

type key struct{}

// With returns a context with the form that is asked for.
func With(ctx context.Context, f Form) context.Context { return context.WithValue(ctx, key{}, f) }

// From returns the form that With put there: handlers that write a stream have
// to obey it themselves.
func From(ctx context.Context) Form {
	f, _ := ctx.Value(key{}).(Form)
	return f
}
