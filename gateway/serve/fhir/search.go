package fhir

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// search is what a client asks for, understood.
type search struct {
	tenant string
	user   string // empty: everyone of the tenant
	// revision is that of the user; of the tenant where there is none.
	revision int64
	ids      []string
	kinds    []store.Selector
	dates    []dateList
	codes    []codeList
	users    func(store.User) bool // nil: all
	none     bool                  // nothing can match
	count    int                   // 0: only the total is asked for
	after    string
	used     url.Values // what was understood, for the self link
}

// A finder finds a page of what a search asks for, and all of it where its
// count is 0.
type finder func(ctx context.Context, s *search) (result, error)

type result struct {
	docs   []mapping.Document
	total  int // what was found; also where it is only counted and docs is empty
	issues []mapping.Issue
	next   string // cursor; empty at the end
}

// add takes in more of what was found.
func (r *result) add(o result) {
	r.docs = append(r.docs, o.docs...)
	r.total += o.total
	for _, i := range o.issues {
		if !slices.Contains(r.issues, i) { // there are few
			r.issues = append(r.issues, i)
		}
	}
}

// searchBy answers a search of one type, by GET or by a posted form. The
// answer is kept for as long as nothing of the person changes.
func (m *Room) searchBy(t resource) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		q, err := queryOf(r)
		if err != nil {
			return room.Answer{}, err
		}
		mediaType, err := mediaType(r, q)
		if err != nil {
			return room.Answer{}, err
		}
		ctx := r.Context()
		s, err := t.understand(ctx, q, lenient(r))
		if err != nil {
			return room.Answer{}, err
		}
		if s.user == "" {
			if s.revision, err = m.Store.Revision(ctx, s.tenant, ""); err != nil {
				return room.Answer{}, err
			}
		}
		address := m.base(r) + "/" + t.name
		name := fmt.Sprintf("fhir|%s|%d|%s|%s", s.tenant, s.revision, address, s.used.Encode())
		page, err := m.Maker.Page(name, func() (*represent.Page, error) { return m.bundle(ctx, t, s, address) })
		return room.Answer{Page: page, MediaType: mediaType}, err
	}
}

// bundle is the searchset. It has a total where that costs nothing more: where
// the first page is the last, or where only the total is asked for.
func (m *Room) bundle(ctx context.Context, t resource, s *search, address string) (*represent.Page, error) {
	var found result
	if !s.none {
		var err error
		if found, err = t.find(ctx, s); err != nil {
			return nil, err
		}
	}
	total := -1
	if s.after == "" && found.next == "" {
		total = found.total
	}
	links := []fhir.Link{{Relation: "self", URL: withQuery(address, s.used)}}
	if s.count == 0 {
		return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", nil, links, total)), nil
	}
	if found.next != "" {
		next := cloneValues(s.used)
		next.Set("_page", base64.RawURLEncoding.EncodeToString([]byte(found.next)))
		links = append(links, fhir.Link{Relation: "next", URL: withQuery(address, next)})
	}
	entries := make([]fhir.Entry, 0, len(found.docs)+1)
	for i := range found.docs {
		d := &found.docs[i]
		entries = append(entries, fhir.Entry{FullURL: address + "/" + d.ID, Resource: d.Body, Mode: "match"})
	}
	if len(found.issues) > 0 {
		entries = append(entries, room.Outcome(found.issues, "outcome"))
	}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", entries, links, total)), nil
}

// readAtOnce is how many records are read at a time where all are counted.
const readAtOnce = 1000

// findRecords finds records that become resources of a type. The store picks
// them by kind, metric and day; what it cannot tell is looked at one by one, so
// that a page may take several reads. Each is longer than the one before, since
// matches are rare where there are many; one that found more than the page has
// room for is made again, as long as that room.
func (m *Room) findRecords(name string) finder {
	return func(ctx context.Context, s *search) (result, error) {
		var found result
		q := m.query(s, name)
		q.Limit = cmp.Or(s.count, readAtOnce)
		for {
			page, err := m.Store.Records(ctx, q)
			if err != nil {
				return result{}, err
			}
			stored := slices.DeleteFunc(page.Records, func(r store.Stored) bool { return !s.inDates(&r.Record) })
			more, err := m.matches(s, stored)
			if err != nil {
				return result{}, err
			}
			if left := s.count - found.total; s.count > 0 && more.total > left && q.Limit > left {
				q.Limit = left
				continue
			}
			found.add(more)
			q.After, found.next = page.Next, page.Next
			if page.Next == "" || (s.count > 0 && found.total >= s.count) {
				return found, nil
			}
			q.Limit = min(4*q.Limit, readAtOnce)
		}
	}
}

// matches represents records and keeps those that match. Where they are only
// counted and no code has to be looked for, there is no need to.
func (m *Room) matches(s *search, stored []store.Stored) (result, error) {
	if s.count == 0 && len(s.codes) == 0 {
		return result{total: len(stored)}, nil
	}
	set, err := m.Maker.Records(m.format(), s.tenant, stored)
	if err != nil {
		return result{}, err
	}
	docs := s.withCodes(set.Documents)
	return result{docs: docs, total: len(docs), issues: set.Issues}, nil
}

// query is the part of a search that the store answers.
func (m *Room) query(s *search, name string) store.Query {
	q := store.Query{Tenant: s.tenant, User: s.user, Select: s.kinds, IDs: s.ids, After: s.after}
	if q.Select == nil {
		for _, k := range fhir.KindsOf(name) {
			q.Select = append(q.Select, store.Selector{Kind: k})
		}
	}
	fasts := slices.ContainsFunc(q.Select, func(sel store.Selector) bool { return sel.Kind == record.KindFast })
	q.From, q.To = s.days(fasts)
	return q
}

// base is the address of the room as the client knows it.
func (m *Room) base(r *http.Request) string { return room.Base(r, m.BaseURL) + "/fhir" }
