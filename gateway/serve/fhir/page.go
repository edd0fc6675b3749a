package fhir

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/shelf"
)

// A place is a page of a search: what was asked, by whom, as of when, and
// behind which resource the page begins. It travels sealed in a link, so that it
// tells nothing, cannot be changed, and the query of a posted search stays out
// of addresses.
type place struct {
	Path   string `json:"p"` // below the base
	Query  string `json:"q"`
	Caller string `json:"c"`
	AsOf   int64  `json:"s"` // milliseconds since 1970
	Now    int64  `json:"n"` // likewise: when the search was first made
	After  string `json:"a,omitempty"`
	// Trail is where the pages before this one begin, the nearest last; older
	// ones are forgotten, to keep the link short.
	Trail []string `json:"b,omitempty"`
	Total *int     `json:"t,omitempty"`
}

const placeOfPages = "fhir page"

var errPage = errors.New("taken from a link of an earlier page")

// callerOf tells callers apart: who asks, and what they may see.
func callerOf(g *grant.Grant) string {
	doc, err := json.Marshal(g)
	if err != nil { // it is made of texts
		return ""
	}
	sum := sha256.Sum256(doc)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func (m *Room) sealed(p place) (string, error) {
	doc, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the link of a page: %w", err)
	}
	sealed, err := m.Store.Seal(doc, placeOfPages)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// opened reads a link of ours, and refuses one that somebody else was given.
func (m *Room) opened(text, path string, g *grant.Grant) (place, error) {
	var p place
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return p, fault.BadParam("_page", "_page: %s", errPage)
	}
	doc, err := m.Store.Unseal(sealed, placeOfPages)
	if err != nil || json.Unmarshal(doc, &p) != nil || p.Path != path {
		return p, fault.BadParam("_page", "_page: %s", errPage)
	}
	if p.Caller != callerOf(g) {
		return p, fault.New(fault.Forbidden, "the page was given to somebody else")
	}
	return p, nil
}

// pageOf reads the link of a page out of q, which becomes the query that was
// first asked. What else the client says may only be about the format.
func (m *Room) pageOf(q url.Values, path string, g *grant.Grant) (p place, isPage bool, err error) {
	values, ok := q["_page"]
	if !ok || len(values) == 0 || values[0] == "" {
		delete(q, "_page")
		return place{}, false, nil
	}
	if p, err = m.opened(values[0], path, g); err != nil {
		return p, true, err
	}
	first, err := url.ParseQuery(p.Query)
	if err != nil {
		return p, true, fault.BadParam("_page", "_page: %s", errPage)
	}
	for name := range q {
		if name != "_page" && !form.IsParam(name) {
			return p, true, fault.BadParam(name, "%s: a page is asked for by its link alone", name)
		}
	}
	delete(q, "_page")
	maps.Copy(q, first)
	return p, true, nil
}

func millis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// live reports whether an answer can become another without an event of the store.
func live(types shelf.Types, t *shelf.Type, c *controls) bool {
	if t.Live {
		return true
	}
	for _, i := range c.includes {
		if of, ok := types.Type(i.source); ok && of.Live {
			return true
		}
	}
	return false
}
