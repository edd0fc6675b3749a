package fhir

import (
	"net/http"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/mapping/fhir"
)

// read answers with the newest version of one resource.
func (m *Room) read(t *shelf.Type) room.Handler {
	return func(r *http.Request) (room.Answer, error) {
		found, err := m.readable(r, t)
		if err != nil {
			return room.Answer{}, err
		}
		if found.Deleted {
			return room.Answer{Patient: found.Patient}, fault.New(fault.Gone, "the %s was deleted", t.Name)
		}
		body, err := found.Body()
		if err != nil {
			return room.Answer{}, err
		}
		page := represent.NewVersion(fhir.MediaType, body, found.Version, found.Updated)
		return room.Answer{Page: page, Patient: found.Patient}, nil
	}
}

// readable returns the resource that the path names, a tombstone too, if the
// caller may see it. One that they may not see is not there for them.
func (m *Room) readable(r *http.Request, t *shelf.Type) (*shelf.Resource, error) {
	g := room.Grant(r.Context())
	if _, err := t.Scope(g, grant.Read); err != nil {
		return nil, err
	}
	found, err := t.Shelf.Read(r.Context(), g.Tenant, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	ok, err := t.May(g, found, grant.Read)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "there is no %s with this id", t.Name)
	}
	return found, err
}
