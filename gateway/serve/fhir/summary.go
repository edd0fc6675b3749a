package fhir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/summary"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// summaryProfile is the only one that a summary is made after.
const summaryProfile = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"

// summaryOperation is IPS's $summary, of a person and of whom an identifier names.
func (m *Room) summaryOperation() operation {
	return operation{
		name: "summary", definition: "http://hl7.org/fhir/uv/ips/OperationDefinition/summary", types: []string{"Patient"},
		routes: func() []room.Route {
			var all []room.Route
			for _, path := range []string{"/Patient/$summary", "/Patient/{id}/$summary"} {
				all = append(all,
					room.Route{
						Method: http.MethodGet, Path: path, Summary: "A person's summary, as a document or as a page to print",
						Params: summaryParams(path), Gives: append(gives(), "text/html"), Handle: m.summary,
					},
					room.Route{
						Method: http.MethodPost, Path: path, Summary: "A person's summary, asked for by Parameters",
						Params: pathParams(path), Takes: []string{fhir.MediaType, "application/json"}, Gives: append(gives(), "text/html"), Handle: m.summary,
					},
				)
			}
			return all
		},
	}
}

func pathParams(path string) []room.Param {
	if strings.Contains(path, "{id}") {
		return []room.Param{{Name: "id", Required: true, Summary: "whose summary"}}
	}
	return nil
}

func summaryParams(path string) []room.Param {
	params := pathParams(path)
	if params == nil {
		params = []room.Param{{Name: "identifier", Example: fhir.SystemPatient + "|…", Summary: "whose summary"}}
	}
	return append(append(params, room.Param{Name: "profile", Summary: "the profile of the document: " + summaryProfile}), formatParams()...)
}

// PageRoutes are for people with a browser: the summary is a page there unless
// the client asks for FHIR.
func PageRoutes(m Room) []room.Route {
	return []room.Route{{
		Method: http.MethodGet, Path: "/patients/{id}/summary", Summary: "A person's summary as a page to print",
		Params: []room.Param{{Name: "id", Required: true, Summary: "whose summary"}}, Gives: append([]string{"text/html"}, gives()...),
		Handle: func(r *http.Request) (room.Answer, error) {
			if r.Header.Get("Accept") == "" || r.Header.Get("Accept") == "*/*" {
				r = r.Clone(r.Context())
				r.Header.Set("Accept", "text/html")
			}
			return m.summary(r)
		},
	}}
}

// summary answers with a person's summary. It shows much of a person at once,
// so a grant that some scopes bound does not reach it.
func (m *Room) summary(r *http.Request) (room.Answer, error) {
	q, err := summaryQuery(r)
	if err != nil {
		return room.Answer{}, err
	}
	isPage := wantsPage(r, q)
	answer := room.Answer{MediaType: summary.MediaType}
	if !isPage {
		if answer.MediaType, err = mediaType(r, q); err != nil {
			return room.Answer{}, err
		}
	}
	g := room.Grant(r.Context())
	if err := reachesSummary(g); err != nil {
		return room.Answer{}, err
	}
	user, err := m.subject(r, g, q)
	if err != nil {
		return room.Answer{}, err
	}
	answer.Patient = user
	revision, err := m.Store.Revision(r.Context(), g.Tenant, user)
	if err != nil {
		return answer, err
	}
	ctx, base := r.Context(), m.base(r)
	name := fmt.Sprintf("summary|%s|%s|%d|%s|%t", g.Tenant, user, revision, base, isPage)
	answer.Page, err = m.Maker.Page(name, func() (*represent.Page, error) { return m.summarised(ctx, g.Tenant, user, base, isPage) })
	return answer, err
}

func (m *Room) summarised(ctx context.Context, tenant, user, base string, isPage bool) (*represent.Page, error) {
	d := shelf.Deps{Store: m.Store, Maker: m.Maker, Format: m.Format, Now: m.Now, Version: m.Version}
	if isPage {
		s, err := d.Summary(ctx, tenant, user)
		if err != nil {
			return nil, err
		}
		body, err := summary.Page(s, m.Now())
		return represent.NewPage(summary.MediaType, body, [2]string{"Content-Security-Policy", summary.Policy}), err
	}
	doc, _, err := d.Document(ctx, tenant, user, base)
	if err != nil {
		return nil, err
	}
	if err := m.Format.Check(doc); err != nil {
		return nil, fmt.Errorf("summary: %w", err)
	}
	return represent.NewPage(fhir.MediaType, doc.Body), nil
}

// reachesSummary refuses a grant that does not permit to read whatever there is
// of each type that a summary shows.
func reachesSummary(g *grant.Grant) error {
	for _, name := range []string{"Patient", "Composition", "Observation", "Goal", "NutritionOrder"} {
		queries, ok := g.May(grant.Read, name)
		if !ok || len(queries) > 0 {
			return fault.New(fault.Forbidden, "a summary needs a grant to read everything of the type %s", name)
		}
	}
	return nil
}

// subject returns the id of the person in the path, or of whom the identifier
// names. One whom the caller may not see is not there.
func (m *Room) subject(r *http.Request, g *grant.Grant, q url.Values) (string, error) {
	id := r.PathValue("id")
	if id == "" {
		var err error
		if id, err = m.identified(r.Context(), g.Tenant, q.Get("identifier")); err != nil {
			return "", err
		}
	}
	u, err := m.Store.User(r.Context(), g.Tenant, id)
	if err == nil && !g.Of(u.ID) {
		err = fault.New(fault.NotFound, "there is no such person")
	}
	return u.ID, err
}

// identified finds a person by system|value: the value is their id, or the
// tenant's own name for them.
func (m *Room) identified(ctx context.Context, tenant, identifier string) (string, error) {
	system, value, piped := strings.Cut(identifier, "|")
	if !piped {
		system, value = "", identifier
	}
	if value == "" {
		return "", fault.BadParam("identifier", "identifier: whose summary: system|value or value")
	}
	if system != "" && system != fhir.SystemPatient {
		return "", fault.New(fault.NotFound, "there is no person with this identifier")
	}
	u, err := m.Store.UserByReference(ctx, tenant, value)
	switch {
	case err == nil:
		return u.ID, nil
	case fault.KindOf(err) != fault.NotFound:
		return "", err
	}
	return value, nil
}

// maxParameters is how long posted Parameters may be.
const maxParameters = 64 << 10

// summaryQuery reads the parameters of the operation, in the URL or posted.
func summaryQuery(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the query cannot be read")
	}
	if r.Method == http.MethodPost {
		if err := addParameters(q, r); err != nil {
			return nil, err
		}
	}
	for name := range q {
		switch name {
		case "identifier", "profile", "_format", "_pretty":
		default:
			return nil, fault.BadParam(name, "unknown parameter %q of $summary", name)
		}
	}
	if profile, _, _ := strings.Cut(q.Get("profile"), "|"); profile != "" && profile != summaryProfile {
		return nil, fault.BadParam("profile", "profile: %s is the only one", summaryProfile)
	}
	return q, nil
}

// addParameters reads posted Parameters (R4, parameters.html); a body may be empty.
func addParameters(q url.Values, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxParameters))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return fault.Wrap(fault.TooLarge, err, "Parameters may have %d KiB at most", maxParameters>>10)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the body cannot be read")
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		return nil
	}
	if err := (fhir.Format{}).Check(mapping.Document{Type: "Parameters", Body: body}); err != nil {
		return fault.Wrap(fault.Invalid, err, "the body is no valid Parameters resource")
	}
	params, err := fhir.DecodeParameters(body)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the body is no Parameters resource")
	}
	for _, p := range params {
		q.Add(p.Name, p.Value)
	}
	return nil
}

// wantsPage reports whether the client wants a page rather than FHIR: a browser
// says so.
func wantsPage(r *http.Request, q url.Values) bool {
	if f := q.Get("_format"); f != "" {
		return strings.EqualFold(f, "html") || strings.EqualFold(f, "text/html")
	}
	offers := append(jsonTypes(), "application/fhir+xml", "application/xml", "text/xml", "text/html")
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), offers...)
	return ok && chosen == "text/html"
}
