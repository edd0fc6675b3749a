package fhir

import (
	"net/http"
	"slices"
	"strconv"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// vread answers with one version of a resource (R4, http.html#vread).
func (m *Room) vread(t *shelf.Type) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		versions, err := m.versions(r, t)
		if err != nil {
			return room.Answer{}, err
		}
		asked := r.PathValue("vid")
		at := slices.IndexFunc(versions, func(v *shelf.Resource) bool { return strconv.Itoa(v.Version) == asked })
		if at < 0 {
			return room.Answer{}, noVersion(versions, t.Name, asked)
		}
		found := versions[at]
		answer := room.Answer{Patient: found.Patient}
		if found.Deleted {
			return answer, fault.New(fault.Gone, "with this version the %s was deleted", t.Name)
		}
		body, err := found.Body()
		if err != nil {
			return answer, err
		}
		answer.Page = represent.NewVersion(fhir.MediaType, body, found.Version, found.Updated)
		return answer, nil
	}
}

// noVersion says why there is none: there never was, or it was not kept.
func noVersion(versions []*shelf.Resource, name, asked string) error {
	n, err := strconv.Atoi(asked)
	if err == nil && n > 0 && len(versions) > 0 && n < versions[0].Version {
		return fault.New(fault.NotFound, "version %d of this %s was not kept", n, name)
	}
	return fault.New(fault.NotFound, "there is no such version of this %s", name)
}

// versions returns the versions of the resource that the path names, newest
// first, as far as the caller may see them.
func (m *Room) versions(r *http.Request, t *shelf.Type) ([]*shelf.Resource, error) {
	g := room.Grant(r.Context())
	if _, err := t.Scope(g, grant.Read); err != nil {
		return nil, err
	}
	all, err := t.Shelf.Versions(r.Context(), g.Tenant, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var seen []*shelf.Resource
	for _, v := range all {
		ok, err := t.May(g, v, grant.Read)
		if err != nil {
			return nil, err
		}
		if ok {
			seen = append(seen, v)
		}
	}
	if len(seen) == 0 {
		return nil, fault.New(fault.NotFound, "there is no %s with this id", t.Name)
	}
	return seen, nil
}
