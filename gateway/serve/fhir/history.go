package fhir

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// past is a question about history, understood (R4, http.html#history).
type past struct {
	shelf.History
	count   int
	path    string // below the base
	address string
	used    url.Values
	grant   *grant.Grant
}

// historyParams describes the parameters of a history.
func historyParams() []room.Param {
	return append([]room.Param{
		{Name: "_count", Summary: "versions on a page: 50 if absent, 1000 at most"},
		{Name: "_since", Summary: "only versions made at this instant or later"},
		{Name: "_at", Summary: "only versions that were current at some time of this: a date, a month, a year or a moment"},
		{Name: "_page", Summary: "a page; taken from a link"},
	}, formatParams()...)
}

// askedPast reads the question. All pages tell of what there was when the first
// was made.
func (m *Room) askedPast(r *http.Request, path string) (*past, error) {
	q, err := addressed(r)
	if err != nil {
		return nil, err
	}
	p := &past{path: path, address: m.base(r) + path, used: url.Values{}, grant: room.Grant(r.Context()), count: defaultCount}
	p.Tenant = p.grant.Tenant
	from, isPage, err := m.pageOf(q, path, p.grant)
	if err != nil {
		return nil, err
	}
	if isPage {
		p.After, p.Until = from.After, millis(from.AsOf)
	} else if p.Until, err = m.Store.Snapshot(r.Context()); err != nil {
		return nil, err
	}
	isLenient := lenient(r)
	for name, values := range q {
		read, known := p.reader(name)
		switch {
		case !known && isLenient:
			continue
		case !known:
			return nil, fault.BadParam(name, "unknown parameter %q of a history; Prefer: handling=lenient passes over it", name)
		case len(values) > 1:
			return nil, fault.BadParam(name, "%s: given once", name)
		}
		if values[0] == "" {
			continue
		}
		if err := read(values[0]); err != nil {
			return nil, fault.BadParam(name, "%s: %s", name, err)
		}
		p.used.Set(name, values[0])
	}
	return p, nil
}

func (p *past) reader(name string) (read func(string) error, known bool) {
	switch {
	case name == "_count":
		return p.setCount, true
	case name == "_since":
		return func(text string) (err error) {
			p.Since, _, err = spanOf(text)
			return err
		}, true
	case name == "_at":
		return p.setAt, true
	case form.IsParam(name):
		return func(string) error { return nil }, true
	}
	return nil, false
}

func (p *past) setCount(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fault.New(fault.Invalid, "a whole number")
	}
	p.count = min(n, maxCount)
	return nil
}

// setAt wants the versions that were current at some time of a span.
func (p *past) setAt(text string) error {
	from, to, err := spanOf(text)
	if err != nil {
		return err
	}
	p.At = from
	if last := to.Add(-time.Millisecond); p.Until.IsZero() || last.Before(p.Until) {
		p.Until = last
	}
	return nil
}

var spanForm = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?)?)?$`)

var errSpan = fault.New(fault.Invalid, "a date such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z")

// spanOf reads a date or a moment as the span that it stands for. What changed
// when is our own clock's matter, so that a day without a zone is one of UTC.
func spanOf(text string) (from, to time.Time, err error) {
	if len(text) > len("2006-01-02T15:04:05") && text[len(text)-6] == ' ' {
		text = text[:len(text)-6] + "+" + text[len(text)-5:] // a plus in a URL reads as a space
	}
	if !spanForm.MatchString(text) {
		return from, to, errSpan
	}
	for _, of := range []struct {
		layout             string
		years, months, day int
		length             time.Duration
	}{
		{"2006", 1, 0, 0, 0},
		{"2006-01", 0, 1, 0, 0},
		{time.DateOnly, 0, 0, 1, 0},
		{"2006-01-02T15:04Z07:00", 0, 0, 0, time.Minute},
		{time.RFC3339Nano, 0, 0, 0, time.Millisecond},
	} {
		if from, err = time.Parse(of.layout, text); err == nil {
			return from, from.AddDate(of.years, of.months, of.day).Add(of.length), nil
		}
	}
	return from, to, errSpan
}

// sinceOf reads the start of a span; empty is zero.
func sinceOf(text string) (from, to time.Time, err error) {
	if text == "" {
		return from, to, nil
	}
	return spanOf(text)
}

// historyOfOne answers with the versions of one resource.
func (m *Room) historyOfOne(t *shelf.Type) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		p, err := m.askedPast(r, "/"+t.Name+"/"+r.PathValue("id")+"/_history")
		if err != nil {
			return room.Answer{}, err
		}
		versions, err := m.versions(r, t)
		if err != nil {
			return room.Answer{}, err
		}
		found := p.among(versions)
		total := len(found)
		if p.After != "" {
			start, err := strconv.Atoi(p.After)
			if err != nil {
				return room.Answer{}, fault.BadParam("_page", "_page: %s", errPage)
			}
			found = found[min(start, total):]
		}
		next := ""
		if len(found) > p.count {
			found, next = found[:p.count], strconv.Itoa(total-len(found)+p.count)
		}
		if p.count == 0 {
			next = ""
		}
		page, err := m.told(p, found, next, total)
		return room.Answer{Page: page, Patient: versions[0].Patient}, err
	}
}

// among returns the versions that are asked for.
func (p *past) among(versions []*shelf.Resource) []*shelf.Resource {
	var found []*shelf.Resource
	for i, v := range versions {
		isOver := i > 0 && !versions[i-1].Updated.After(p.At) || v.Deleted && v.Updated.Before(p.At)
		if v.Updated.Before(p.Since) || v.Updated.After(p.Until) || (!p.At.IsZero() && isOver) {
			continue
		}
		found = append(found, v)
	}
	return found
}

// historyOfType answers with the versions of all resources of a type.
func (m *Room) historyOfType(t *shelf.Type) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		p, err := m.askedPast(r, "/"+t.Name+"/_history")
		if err != nil {
			return room.Answer{}, err
		}
		scope, err := t.Scope(p.grant, grant.Search)
		if err != nil {
			return room.Answer{}, err
		}
		p.Patients = scope.Patients
		return m.tellAll(r.Context(), p, []*shelf.Type{t}, func(ctx context.Context) (shelf.Batch, error) {
			return t.Shelf.(shelf.Historic).History(ctx, p.History)
		})
	}
}

// historyOfAll answers with the versions of all that the caller may see.
func (m *Room) historyOfAll(r *http.Request) (room.Answer, error) {
	p, err := m.askedPast(r, "/_history")
	if err != nil {
		return room.Answer{}, err
	}
	var of []*shelf.Type
	for i := range m.types {
		if _, err := m.types[i].Scope(p.grant, grant.Search); err == nil {
			of = append(of, &m.types[i])
		}
	}
	if len(of) == 0 {
		return room.Answer{}, fault.New(fault.Forbidden, "the grant does not reach the history of any type")
	}
	if p.grant.Patient != "" {
		p.Patients = []string{p.grant.Patient}
	}
	return m.tellAll(r.Context(), p, of, func(ctx context.Context) (shelf.Batch, error) {
		return m.types.History(ctx, of, p.History)
	})
}

// tellAll answers with a batch, without what the queries of a grant leave out.
func (m *Room) tellAll(ctx context.Context, p *past, of []*shelf.Type, read func(context.Context) (shelf.Batch, error)) (room.Answer, error) {
	p.Limit = max(p.count, 1)
	batch, err := read(ctx)
	if err != nil {
		return room.Answer{}, err
	}
	var found []*shelf.Resource
	for _, one := range batch.Resources {
		for _, t := range of {
			if t.Name != one.Type || p.count == 0 {
				continue
			}
			ok, err := t.May(p.grant, one, grant.Search)
			if err != nil {
				return room.Answer{}, err
			}
			if ok {
				found = append(found, one)
			}
		}
	}
	if p.count == 0 {
		batch.Next = ""
	}
	page, err := m.told(p, found, batch.Next, -1)
	return room.Answer{Page: page, Patient: p.grant.Patient}, err
}

// told is the Bundle of a history.
func (m *Room) told(p *past, found []*shelf.Resource, next string, total int) (*represent.Page, error) {
	links := []fhir.Link{{Relation: "self", URL: withQuery(p.address, p.used)}}
	if next != "" {
		token, err := m.sealed(place{Path: p.path, Query: p.used.Encode(), Caller: callerOf(p.grant), AsOf: p.Until.UnixMilli(), After: next})
		if err != nil {
			return nil, err
		}
		links = append(links, fhir.Link{Relation: "next", URL: p.address + "?_page=" + token + form.Suffix(p.used)})
	}
	base := p.address[:len(p.address)-len(p.path)]
	entries := make([]fhir.Entry, 0, len(found))
	for _, one := range found {
		e := fhir.Entry{FullURL: base + "/" + one.Reference(), Change: changeOf(one)}
		if !one.Deleted {
			body, err := one.Body()
			if err != nil {
				return nil, err
			}
			e.Resource = body
		}
		entries = append(entries, e)
	}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("history", entries, links, total)), nil
}

// changeOf is what was done to a resource by a version of it.
func changeOf(one *shelf.Resource) *fhir.Change {
	c := &fhir.Change{Method: http.MethodPut, URL: one.Reference(), Version: one.Version, Modified: one.Updated}
	switch {
	case one.Deleted:
		c.Method = http.MethodDelete
	case one.Version == 1:
		c.Method, c.URL = http.MethodPost, one.Type
	}
	return c
}
