package form

import (
	"net/http"
	"net/url"
	"strings"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
)

// Keeper keeps pages that are asked for again.
type Keeper interface {
	Page(name string, build func() (*represent.Page, error)) (*represent.Page, error)
}

// Answering makes of a handler, which answers with JSON, one that answers in
// the form that is asked for. The query is read by a function, as a search may
// be posted. Handlers need not look at Accept, _format, _pretty, _summary and
// _elements; one that writes a stream finds the form by From.
func Answering(k Keeper, query func(*http.Request) (url.Values, error), next room.Handler) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		r = readable(r)
		q, err := query(r)
		if err != nil {
			return room.Answer{}, err
		}
		f, err := Of(r, q, typeOf(r))
		if err != nil {
			return room.Answer{}, err
		}
		a, err := next(r.WithContext(With(r.Context(), f)))
		if err != nil || a.Page == nil {
			return a, err
		}
		a.MediaType = f.MediaType
		a.Page, err = f.page(k, a.Page)
		return a, err
	}
}

// readable returns the request with a query in which a semicolon is a letter
// like others: clients write application/fhir+json;fhirVersion=4.0 as it is.
func readable(r *http.Request) *http.Request {
	if !strings.Contains(r.URL.RawQuery, ";") {
		return r
	}
	other := r.Clone(r.Context())
	other.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")
	return other
}

// typeOf returns the type of resource of which the answer is, if the address says
// so: its first part below the room's base, but Patient/{id}/Observation is about
// Observation, and what an operation answers may be of any type.
func typeOf(r *http.Request) string {
	_, below, _ := strings.Cut(r.URL.Path, "/fhir/")
	parts := strings.Split(below, "/")
	switch {
	case strings.Contains(below, "$"):
		return ""
	case len(parts) > 2 && parts[2] != "" && parts[2][0] >= 'A' && parts[2][0] <= 'Z':
		return parts[2]
	}
	return parts[0]
}

// page returns a page in this form. One whose bytes have a name is kept, as the
// same search is asked for again and XML takes longer than the rest of it.
func (f Form) page(k Keeper, p *represent.Page) (*represent.Page, error) {
	if f.Plain() {
		return p, nil
	}
	build := func() (*represent.Page, error) {
		body, err := f.Document(p.Body)
		if err != nil {
			return nil, err
		}
		return p.As(f.MediaType, body), nil
	}
	if p.Bytes() == "" {
		return build()
	}
	return k.Page(f.name()+p.Bytes(), build)
}

// name tells forms apart.
func (f Form) name() string {
	name := "form|" + f.View.Summary + "|" + strings.Join(f.View.Elements, ",") + "|"
	if f.XML {
		name += "xml"
	}
	if f.Pretty {
		name += "|pretty"
	}
	return name + "|"
}
