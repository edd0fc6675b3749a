package fhir

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/fhir/form"
	"nutrigate/gateway/serve/room"
)

// param is a search parameter. apply narrows a search by one value; a
// parameter that is there twice narrows it twice (R4, search.html#combining).
// Its error says what the value should be.
type param struct {
	name, kind, summary string
	apply               func(ctx context.Context, s *search, value string) error
}

// described lists the parameters for the API's description.
func (t *resource) described() []room.Param {
	var all []room.Param
	for _, p := range t.params {
		all = append(all, room.Param{Name: p.name, Summary: p.summary})
	}
	return append(append(all,
		room.Param{Name: "_count", Summary: "resources on a page: 50 if absent, 1000 at most, 0 for the total alone"},
		room.Param{Name: "_page", Summary: "where the next page starts; taken from a link"}), formatParams()...)
}

// maxValues is how many values a search may have, those of all parameters
// together: each is compared with each record.
const maxValues = 200

// understand reads a query. What we do not know is an error that names it,
// unless the client wants it passed over: a search that silently drops a
// condition shows what was not asked for.
func (t *resource) understand(ctx context.Context, q url.Values, lenient bool) (*search, error) {
	s := &search{tenant: room.Tenant(ctx), count: defaultCount, used: url.Values{}}
	asked := 0
	for name, values := range q {
		apply, known := t.apply(name)
		switch {
		case !known && lenient:
			continue
		case !known:
			return nil, fault.BadParam(name, "unknown search parameter %q; Prefer: handling=lenient passes over it", name)
		}
		for _, value := range values {
			if value == "" {
				continue // R4: an empty parameter is as good as none
			}
			if asked += 1 + strings.Count(value, ","); asked > maxValues {
				return nil, fault.BadParam(name, "a search may have %d values at most", maxValues)
			}
			if err := apply(ctx, s, value); err != nil {
				return nil, explain(name, err)
			}
			s.used.Add(name, value)
		}
	}
	return s, nil
}

// apply returns what a parameter does. References may name their type, since
// there is only one that they can mean.
func (t *resource) apply(name string) (func(context.Context, *search, string) error, bool) {
	switch name {
	case "_count":
		return setCount, true
	case "_page":
		return setPage, true
	}
	if form.IsParam(name) {
		return func(context.Context, *search, string) error { return nil }, true // read already
	}
	bare, modifier, _ := strings.Cut(name, ":")
	for _, p := range t.params {
		if p.name == bare && (modifier == "" || (p.kind == "reference" && modifier == "Patient")) {
			return p.apply, true
		}
	}
	return nil, false
}

// explain names the parameter in an error that does not.
func explain(name string, err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, errStore) {
		return err
	}
	return fault.BadParam(name, "%s: %s", name, err)
}

// errStore marks errors that are not about the parameter's value.
var errStore = errors.New("look up a patient")

func setCount(_ context.Context, s *search, value string) error {
	n, err := countOf(value)
	s.count = n
	return err
}

func setPage(_ context.Context, s *search, value string) error {
	cursor, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return errors.New("taken from a link of an earlier page")
	}
	s.after = string(cursor)
	return nil
}

// byID reads one or several ids.
func byID(_ context.Context, s *search, value string) error {
	ids := strings.Split(value, ",")
	if s.ids != nil {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(s.ids, id) })
	}
	s.ids, s.none = ids, s.none || len(ids) == 0
	return nil
}

// byPatient reads an id, Patient/id or the resource's address. A person whom
// the tenant does not have has nothing that a search could find: clients take
// an error for a broken server.
func (m *Room) byPatient(ctx context.Context, s *search, value string) error {
	if strings.Contains(value, ",") {
		return errors.New("one person at a time")
	}
	rest, isTyped := value, false
	if i := strings.LastIndex(value, "/"); i >= 0 {
		rest, isTyped = value[i+1:], true
		value = value[:i]
	}
	if isTyped && value != "Patient" && !strings.HasSuffix(value, "/Patient") {
		return errors.New("an id, Patient/id or the address of a Patient")
	}
	u, revision, err := m.Maker.User(ctx, s.tenant, rest)
	if fault.KindOf(err) == fault.NotFound {
		s.none = true
		return nil
	}
	if err != nil {
		return errors.Join(errStore, err)
	}
	if s.user != "" && s.user != u.ID {
		s.none = true
	}
	s.user, s.revision = u.ID, revision
	return nil
}
