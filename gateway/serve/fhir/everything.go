package fhir

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"nutrigate/gateway/export"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// all is a question for everything of a person or of all, understood (R4,
// patient-operation-everything.html).
type all struct {
	path, address, base string
	used                url.Values
	grant               *grant.Grant
	parts               []share
	count               int // 0: all at once
	after               string
	asOf                int64
}

// share is what is asked of one type.
type share struct {
	kind *shelf.Type
	scan shelf.Scan
}

// everything answers Patient/$everything. Without a _count it is written as it is
// read, so that it takes no more memory for ten years than for a day.
func (m *Room) everything(r *http.Request, in input) (room.Answer, error) {
	a, err := m.askedAll(r, in)
	if err != nil {
		return room.Answer{}, err
	}
	ctx, f := r.Context(), form.From(r.Context())
	answer := room.Answer{MediaType: f.MediaType, Patient: r.PathValue("id")}
	if a.count > 0 {
		answer.Page, err = m.pageOfAll(ctx, a)
		return answer, err
	}
	answer.Stream = func(w io.Writer, flush func()) error {
		return m.writeAll(ctx, a, form.NewBundle(w, f), flush)
	}
	return answer, nil
}

// askedAll reads the question.
func (m *Room) askedAll(r *http.Request, in input) (*all, error) {
	g := room.Grant(r.Context())
	a := &all{path: "/Patient/$everything", grant: g, base: m.base(r), used: url.Values{}}
	var patients []string
	if id := r.PathValue("id"); id != "" {
		var err error
		if patients, err = m.compartment(r.Context(), g, id); err != nil {
			return nil, err
		}
		a.path = "/Patient/" + id + "/$everything"
	}
	a.address = a.base + a.path
	from, isPage, err := m.pageOf(in.Values, a.path, g)
	if err != nil {
		return nil, err
	}
	if isPage {
		a.after, a.asOf = from.After, from.AsOf
	} else {
		at, err := m.Store.Snapshot(r.Context())
		if err != nil {
			return nil, err
		}
		a.asOf = at.UnixMilli()
	}
	if a.count, err = in.whole("_count", 0); err != nil {
		return nil, err
	}
	a.count = min(a.count, maxCount)
	for name, values := range in.Values {
		if name != "_page" {
			a.used[name] = values
		}
	}
	return a, m.partsOfAll(a, in, patients)
}

// partsOfAll says what is read of each type: of those that are somebody's, all
// that the caller may see, or the ones that are asked for.
func (m *Room) partsOfAll(a *all, in input, patients []string) error {
	asked := in.listed("_type")
	for _, name := range asked {
		if t, ok := m.types.Type(name); !ok || t.Patient == "" {
			return fault.BadParam("_type", "_type: types that people have, such as Observation")
		}
	}
	since, _, err := sinceOf(in.Get("_since"))
	if err != nil {
		return fault.BadParam("_since", "_since: %s", err)
	}
	for i := range m.types {
		t := &m.types[i]
		if t.Patient == "" || (len(asked) > 0 && !slices.Contains(asked, t.Name)) {
			continue
		}
		if t.Live && len(asked) == 0 {
			continue // who has read it is no part of the record; _type names it
		}
		scope, err := t.Scope(a.grant, grant.Search)
		switch {
		case err == nil:
		case slices.Contains(asked, t.Name) || t.Name == "Patient" && len(asked) == 0 && !m.mayAny(a.grant):
			return err
		default:
			continue
		}
		query, err := duringOf(t, in)
		if err != nil {
			return err
		}
		scan := scope.With(query)
		if scan.Since, scan.AsOf = since, millis(a.asOf); patients != nil {
			scan.Patients = patients
		}
		a.parts = append(a.parts, share{t, scan})
	}
	return nil
}

// mayAny reports whether the grant reaches anything that people have.
func (m *Room) mayAny(g *grant.Grant) bool {
	return slices.ContainsFunc(m.types, func(t shelf.Type) bool {
		_, ok := g.May(grant.Search, t.Name)
		return ok && t.Patient != ""
	})
}

// duringOf bounds a type by start and end, which are about when something was
// true, and not about when it was stored. What has no such time is always there.
func duringOf(t *shelf.Type, in input) (*search.Query, error) {
	q := url.Values{}
	for name, prefix := range map[string]string{"start": "ge", "end": "le"} {
		text := in.Get(name)
		if text == "" {
			continue
		}
		if strings.Trim(text[:1], "0123456789") != "" {
			return nil, fault.BadParam(name, "%s: a date, without a prefix", name)
		}
		if _, err := search.Parse("Observation", url.Values{"date": {prefix + text}}); err != nil {
			return nil, fault.BadParam(name, "%s: a date such as 2026-01-31", name)
		}
		if search.Lookup(t.Name, "date") != nil {
			q.Add("date", prefix+text)
		}
	}
	return search.Parse(t.Name, q)
}

// writeAll writes the Bundle while it reads.
func (m *Room) writeAll(ctx context.Context, a *all, b *form.Bundle, flush func()) error {
	if err := b.Begin("searchset", fhir.Link{Relation: "self", URL: withQuery(a.address, a.used)}); err != nil {
		return err
	}
	others := pointers{types: m.types}
	n := 0
	for _, p := range a.parts {
		err := m.each(ctx, a, p, func(id string, body []byte) error {
			others.see(body)
			if n++; n%1000 == 0 {
				defer flush()
			}
			return b.Entry(a.base, p.kind.Name, id, body, "match")
		})
		if err != nil {
			return err
		}
	}
	included, err := m.pointed(ctx, a.grant, &others)
	if err != nil {
		return err
	}
	for _, r := range included {
		body, err := r.Body()
		if err != nil {
			return err
		}
		if err := b.Entry(a.base, r.Type, r.ID, body, "include"); err != nil {
			return err
		}
	}
	return b.End()
}

// each calls give with every resource of a share. Where nothing is asked of the
// resources themselves, of those in memory only ids and versions are read.
func (m *Room) each(ctx context.Context, a *all, p share, give func(id string, body []byte) error) error {
	isPlain := len(p.scan.Query.Conditions) == 0 && len(p.scan.Query.Any) == 0
	if isPlain && len(p.scan.Patients) == 1 && len(fhir.KindsOf(p.kind.Name)) > 0 {
		quick := export.Shelves{Types: m.types, Store: m.Store, Maker: m.Maker, Format: represent.Format{Name: "fhir", Format: m.Format}}
		want := export.Want{
			Ask: &export.Ask{Grant: *a.grant}, Type: export.Type{Name: p.kind.Name}, User: store.User{ID: p.scan.Patients[0]}, AsOf: p.scan.AsOf,
		}
		if !p.scan.Since.IsZero() {
			want.Since = p.scan.Since.Add(-time.Millisecond) // an export begins behind it, and this with it
		}
		_, err := quick.Resources(ctx, want, func(body []byte) error { return give(idOf(body), body) })
		return err
	}
	return p.kind.Walk(ctx, p.scan, func(r *shelf.Resource) error {
		body, err := r.Body()
		if err != nil {
			return err
		}
		return give(r.ID, body)
	})
}

// idOf is the id of a resource of ours, which has it right behind its type.
func idOf(body []byte) string {
	_, behind, _ := bytes.Cut(body, []byte(`,"id":"`))
	id, _, _ := bytes.Cut(behind, []byte{'"'})
	return string(id)
}

// pageOfAll is one page: as much of each part as there is room for.
func (m *Room) pageOfAll(ctx context.Context, a *all) (*represent.Page, error) {
	number, place, _ := strings.Cut(a.after, "|")
	at, err := strconv.Atoi("0" + number)
	if err != nil || at > len(a.parts) {
		return nil, fault.BadParam("_page", "_page: %s", errPage)
	}
	var found []*shelf.Resource
	for ; at < len(a.parts) && len(found) < a.count; at++ {
		p := a.parts[at]
		p.scan.After = place
		some, next, err := p.kind.Find(ctx, p.scan, shelf.ByPlace, a.count-len(found))
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
		if place = next; next != "" {
			break
		}
	}
	links := []fhir.Link{{Relation: "self", URL: withQuery(a.address, a.used)}}
	if at < len(a.parts) {
		token, err := m.sealed(placeOf(a, strconv.Itoa(at)+"|"+place))
		if err != nil {
			return nil, err
		}
		links = append(links, fhir.Link{Relation: "next", URL: a.address + "?_page=" + token + form.Suffix(a.used)})
	}
	entries, err := m.entriesOfAll(ctx, a, found)
	if err != nil {
		return nil, err
	}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", entries, links, -1)), nil
}

func placeOf(a *all, after string) place {
	return place{Path: a.path, Query: a.used.Encode(), Caller: callerOf(a.grant), AsOf: a.asOf, After: after}
}

func (m *Room) entriesOfAll(ctx context.Context, a *all, found []*shelf.Resource) ([]fhir.Entry, error) {
	others := pointers{types: m.types}
	var entries []fhir.Entry
	add := func(list []*shelf.Resource, mode string) error {
		for _, r := range list {
			body, err := r.Body()
			if err != nil {
				return err
			}
			others.see(body)
			entries = append(entries, fhir.Entry{FullURL: a.base + "/" + r.Reference(), Resource: body, Mode: mode})
		}
		return nil
	}
	if err := add(found, "match"); err != nil {
		return nil, err
	}
	included, err := m.pointed(ctx, a.grant, &others)
	if err == nil {
		err = add(included, "include")
	}
	return entries, err
}

// pointers collects references to what is nobody's, such as the gateway's Device:
// what is somebody's is there already.
type pointers struct {
	types shelf.Types
	seen  map[string]bool // Type/id
}

var referring = []byte(`"reference":"`)

// see looks through a resource without decoding it.
func (p *pointers) see(body []byte) {
	for {
		at := bytes.Index(body, referring)
		if at < 0 {
			return
		}
		body = body[at+len(referring):]
		end := bytes.IndexByte(body, '"')
		if end < 0 {
			return
		}
		if bytes.HasPrefix(body, []byte("Patient/")) || p.seen[string(body[:end])] {
			continue
		}
		name, _, ok := strings.Cut(string(body[:end]), "/")
		if t, served := p.types.Type(name); !ok || !served || t.Patient != "" {
			continue
		}
		if p.seen == nil {
			p.seen = map[string]bool{}
		}
		p.seen[string(body[:end])] = true
	}
}

// pointed returns what they point to, as far as the caller may see it.
func (m *Room) pointed(ctx context.Context, g *grant.Grant, p *pointers) ([]*shelf.Resource, error) {
	var found []*shelf.Resource
	for reference := range p.seen {
		name, id, _ := strings.Cut(reference, "/")
		t, _ := m.types.Type(name)
		r, err := t.Shelf.Read(ctx, g.Tenant, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ok, err := t.May(g, r, grant.Read, grant.Search); err == nil && ok && !r.Deleted {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *shelf.Resource) int { return strings.Compare(a.Reference(), b.Reference()) })
	return found, nil
}
