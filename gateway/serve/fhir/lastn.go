package fhir

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// lastn answers Observation/$lastn: of one person the newest of each code (R4,
// observation-operation-lastn.html).
func (m *Room) lastn(r *http.Request, in input) (room.Answer, error) {
	t, ok := m.types.Type("Observation")
	if !ok {
		return room.Answer{}, errPage
	}
	most, err := in.whole("max", 1)
	if err != nil || most < 1 || most > maxLast {
		return room.Answer{}, fault.BadParam("max", "max: a whole number from 1 to %d", maxLast)
	}
	for _, name := range []string{"_count", "_sort", "_include", "_revinclude", "_page", "_total"} {
		if in.Has(name) {
			return room.Answer{}, fault.BadParam(name, "$lastn has its own order and number: %s has no place in it", name)
		}
	}
	in.Del("max")
	a, err := m.understand(r, &t, in.Values)
	if err != nil {
		return room.Answer{}, err
	}
	answer := room.Answer{Patient: a.person()}
	if answer.Patient == "" {
		return answer, fault.BadParam("patient", "patient: whose observations")
	}
	a.used.Set("max", strconv.Itoa(most))
	ctx := r.Context()
	build := func() (*represent.Page, error) { return m.lastOf(ctx, a, most) }
	if a.speaksOfOthers() {
		answer.Page, err = build()
		return answer, err
	}
	revision, err := m.revision(ctx, a)
	if err != nil {
		return answer, err
	}
	name := fmt.Sprintf("lastn|%s|%d|%s|%s|%s", a.grant.Tenant, revision, callerOf(a.grant), a.address, a.used.Encode())
	answer.Page, err = m.Maker.Page(name, build)
	return answer, err
}

// lastOf is the searchset. All that the person has is looked through for it, so
// that it is kept for as long as nothing of the person changes.
func (m *Room) lastOf(ctx context.Context, a *asked, most int) (*represent.Page, error) {
	query, err := a.scan.Query.Resolve(ctx, finder{m, a.grant, a.asOf})
	if err != nil {
		return nil, err
	}
	a.scan.Query = query
	found, err := newest(ctx, a.kind, a.scan, most)
	if err != nil {
		return nil, err
	}
	entries, err := m.entries(ctx, a, found)
	if err != nil {
		return nil, err
	}
	self := fhir.Link{Relation: "self", URL: withQuery(a.address+"/$lastn", a.used)}
	return represent.NewPage(fhir.MediaType, fhir.Bundle("searchset", entries, []fhir.Link{self}, len(found))), nil
}

// maxLast is how many of each code can be asked for.
const maxLast = 100

// newest returns of each code the newest, sorted by code in the order in which
// they were met, and within it newest first.
func newest(ctx context.Context, t *shelf.Type, s shelf.Scan, most int) ([]*shelf.Resource, error) {
	by := map[string][]*shelf.Resource{}
	var order []string
	for {
		batch, next, err := t.Find(ctx, s, shelf.ByDateDown, maxCount)
		if err != nil {
			return nil, err
		}
		for _, r := range batch {
			body, err := r.Body()
			if err != nil {
				return nil, err
			}
			code := codeOf(body)
			if len(by[code]) == 0 {
				order = append(order, code)
			}
			if len(by[code]) < most {
				by[code] = append(by[code], r)
			}
		}
		if s.After = next; next == "" {
			break
		}
	}
	var found []*shelf.Resource
	for _, code := range order {
		found = append(found, by[code]...)
	}
	return found, nil
}

// codeOf tells codes apart by their codings, or their text where there are none.
func codeOf(body []byte) string {
	var o struct {
		Code struct {
			Coding []struct{ System, Code string }
			Text   string
		}
	}
	if json.Unmarshal(body, &o) != nil || len(o.Code.Coding) == 0 {
		return o.Code.Text
	}
	var all []string
	for _, c := range o.Code.Coding {
		all = append(all, c.System+"|"+c.Code)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
