package fhir

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/negotiate"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/summary"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// summaryProfile is the only one that a summary is made after.
const summaryProfile = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"

// PageRoutes are for people with a browser: the summary is a page there unless
// the client asks for FHIR.
func PageRoutes(m Room) []room.Route {
	read := func(r *http.Request) (room.Answer, error) {
		in, err := inputOf(r, summaryParams())
		if err != nil {
			return room.Answer{}, err
		}
		return m.summary(r, in)
	}
	handle := m.pageFirst(form.Answering(m.Maker, addressed, read))
	return []room.Route{{
		Method: http.MethodGet, Path: "/patients/{id}/summary", Summary: "A person's summary as a page to print",
		Params: []room.Param{{Name: "id", Required: true, Summary: "whose summary"}}, Gives: append([]string{"text/html"}, gives()...),
		Handle: func(r *http.Request) (room.Answer, error) {
			if r.Header.Get("Accept") == "" || r.Header.Get("Accept") == "*/*" {
				r = r.Clone(r.Context())
				r.Header.Set("Accept", "text/html")
			}
			return handle(r)
		},
	}}
}

func summaryParams() []room.Param {
	return []room.Param{{Name: "identifier", Summary: "whose summary"}, {Name: "profile", Summary: summaryProfile}}
}

// pageFirst answers with the page if a browser asks, and otherwise as next does.
func (m *Room) pageFirst(next room.Handler) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		if !wantsPage(r, r.URL.Query()) {
			return next(r)
		}
		in, err := inputOf(r, summaryParams())
		if err != nil {
			return room.Answer{}, err
		}
		answer, err := m.summarisedFor(r, in, true)
		answer.MediaType = summary.MediaType
		return answer, err
	}
}

// summary answers Patient/$summary (IPS) with a document.
func (m *Room) summary(r *http.Request, in input) (room.Answer, error) {
	return m.summarisedFor(r, in, false)
}

// summarisedFor answers with a person's summary. It shows much of a person at
// once, so a grant that some scopes bound does not reach it.
func (m *Room) summarisedFor(r *http.Request, in input, isPage bool) (room.Answer, error) {
	if profile, _, _ := strings.Cut(in.Get("profile"), "|"); profile != "" && profile != summaryProfile {
		return room.Answer{}, fault.BadParam("profile", "profile: %s is the only one", summaryProfile)
	}
	if in.resource != nil {
		return room.Answer{}, fault.New(fault.Invalid, "the body is no Parameters resource")
	}
	g := room.Grant(r.Context())
	if err := reachesSummary(g); err != nil {
		return room.Answer{}, err
	}
	user, err := m.subject(r, g, in.Values)
	if err != nil {
		return room.Answer{}, err
	}
	answer := room.Answer{Patient: user}
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

// wantsPage reports whether the client wants a page rather than FHIR: a browser
// says so.
func wantsPage(r *http.Request, q url.Values) bool {
	if f := q.Get("_format"); f != "" {
		return strings.EqualFold(f, "html") || strings.EqualFold(f, "text/html")
	}
	offers := append(form.Types(), "text/html")
	chosen, ok := negotiate.Media(r.Header.Values("Accept"), offers...)
	return ok && chosen == "text/html"
}
