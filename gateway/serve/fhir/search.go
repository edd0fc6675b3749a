package fhir

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// asked is a search, understood.
type asked struct {
	*controls
	kind    *shelf.Type
	grant   *grant.Grant
	scan    shelf.Scan // what the caller may see, and of that what is asked for
	address string     // without the query
	path    string     // likewise, below the base
	now     time.Time
	after   string
	trail   []string
	asOf    time.Time // zero on a first page: the snapshot is taken as it is made
	known   *int      // the total, where an earlier page knew it
	token   string    // of a page that is not the first
}

// search answers a search of one type, by GET or by a posted form. The answer
// is kept for as long as nothing of the person changes.
func (m *Room) search(t *shelf.Type) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		ctx := r.Context()
		q, err := queryOf(r)
		if err != nil {
			return room.Answer{}, err
		}
		a, err := m.understand(r, t, q)
		if err != nil {
			return room.Answer{}, err
		}
		answer := room.Answer{Patient: a.person()}
		if live(m.types, t, a.controls) || a.speaksOfOthers() {
			answer.Page, err = m.bundle(ctx, a)
			return answer, err
		}
		revision, err := m.revision(ctx, a)
		if err != nil {
			return room.Answer{}, err
		}
		name := fmt.Sprintf("fhir|%s|%d|%s|%s|%s|%s", a.grant.Tenant, revision, callerOf(a.grant), a.address, a.used.Encode(), a.token)
		answer.Page, err = m.Maker.Page(name, func() (*represent.Page, error) { return m.bundle(ctx, a) })
		return answer, err
	}
}

// understand reads a query. What we do not know is an error that names it,
// unless the client wants it passed over: a search that silently drops a
// condition shows what was not asked for.
func (m *Room) understand(r *http.Request, t *shelf.Type, q url.Values) (*asked, error) {
	a := &asked{kind: t, grant: room.Grant(r.Context()), path: "/" + t.Name, now: m.Now().UTC()}
	scope, err := t.Scope(a.grant, grant.Search)
	if err != nil {
		return nil, err
	}
	if person := r.PathValue("id"); person != "" {
		a.path = "/Patient/" + person + a.path
		if scope.Patients, err = m.compartment(r.Context(), a.grant, person); err != nil {
			return nil, err
		}
	}
	a.address = m.base(r) + a.path
	isLenient := lenient(r)
	p, isPage, err := m.pageOf(q, a.path, a.grant)
	if err != nil {
		return nil, err
	}
	if isPage {
		a.now, a.asOf, a.after, a.trail, a.known = millis(p.Now), millis(p.AsOf), p.After, p.Trail, p.Total
		isLenient = true
		a.token = fmt.Sprint(p.AsOf, p.Now, p.After, p.Trail)
	}
	c, err := parseControls(m.types, t, q)
	if err != nil {
		return nil, err
	}
	a.controls = &c
	query, err := search.Reader{Base: m.base(r), Now: a.now, Lenient: isLenient}.Parse(t.Name, q)
	if err != nil {
		return nil, err
	}
	maps.Copy(a.used, query.Used)
	a.scan = scope.With(query)
	return a, nil
}

// compartment returns the person of a compartment, if the caller may see them.
func (m *Room) compartment(ctx context.Context, g *grant.Grant, person string) ([]string, error) {
	if !g.Of(person) {
		return nil, fault.New(fault.NotFound, "there is no Patient with this id")
	}
	_, _, err := m.Maker.User(ctx, g.Tenant, person)
	return []string{person}, err
}

// person returns the only one whose resources are asked for; empty if there may
// be several.
func (a *asked) person() string {
	if len(a.scan.Patients) == 1 {
		return a.scan.Patients[0]
	}
	for i := range a.scan.Query.Conditions {
		c := &a.scan.Query.Conditions[i]
		isOwner := c.Param != nil && (c.Param.Name == a.kind.Patient || c.Param.Name == "subject")
		if !isOwner || len(c.Values) != 1 || (c.Modifier != "" && c.Modifier != "Patient") {
			continue
		}
		switch v := c.Values[0].(type) {
		case search.Reference:
			return v.ID
		case search.Code:
			return v.Code
		}
	}
	return ""
}

// speaksOfOthers reports whether other people's changes can change the answer.
func (a *asked) speaksOfOthers() bool {
	for i := range a.scan.Query.Conditions {
		if c := &a.scan.Query.Conditions[i]; c.Has != nil || c.Chain != nil {
			return true
		}
	}
	return false
}

// revision is that of the person, or of the tenant where there is not one. Of
// a person who is not there nothing ever changes, until they are.
func (m *Room) revision(ctx context.Context, a *asked) (int64, error) {
	return m.Store.Revision(ctx, a.grant.Tenant, a.person())
}

// bundle is the searchset of one page.
func (m *Room) bundle(ctx context.Context, a *asked) (*represent.Page, error) {
	if a.asOf.IsZero() {
		var err error
		if a.asOf, err = m.Store.Snapshot(ctx); err != nil {
			return nil, err
		}
	}
	query, err := a.scan.Query.Resolve(ctx, finder{m, a.grant, a.asOf})
	if err != nil {
		return nil, err
	}
	a.scan.Query, a.scan.AsOf, a.scan.After = query, a.asOf, a.after
	if a.count == 0 {
		n, err := a.kind.Count(ctx, a.scan)
		if err != nil {
			return nil, err
		}
		return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", nil, []fhir.Link{a.self()}, n)), nil
	}
	found, next, err := a.find(ctx)
	if err != nil {
		return nil, err
	}
	total, err := a.totalOf(ctx, len(found), next)
	if err != nil {
		return nil, err
	}
	links, err := m.links(a, next, total)
	if err != nil {
		return nil, err
	}
	entries, err := m.entries(ctx, a, found)
	if err != nil {
		return nil, err
	}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", entries, links, total)), nil
}

// find returns the matches of the page.
func (a *asked) find(ctx context.Context) ([]*shelf.Resource, string, error) {
	order, ok := a.order(a.kind)
	if !ok {
		return a.sorted(ctx, a.kind, a.scan, a.after)
	}
	return a.kind.Find(ctx, a.scan, order, a.count)
}

// totalOf returns how many match, or -1 where that is not said: unless it is
// asked for, there is a total where it costs nothing more, since the first page
// is the last.
func (a *asked) totalOf(ctx context.Context, found int, next string) (int, error) {
	switch {
	case a.total == "none":
		return -1, nil
	case a.known != nil:
		return *a.known, nil
	case a.after == "" && next == "":
		return found, nil
	case a.total != "":
		return a.kind.Count(ctx, a.scan)
	}
	return -1, nil
}
