package serve

import (
	"net/http"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/serve/room"
)

// covers returns a Forbidden fault where no scope of the grant permits anything
// of the type that the route is about. It stands before the room, which sees to
// each resource: a route that forgets to is not open to everybody.
func covers(g *grant.Grant, route room.Route) error {
	typ, rest, _ := strings.Cut(strings.TrimPrefix(route.Path, fhirBase+"/"), "/")
	if g.All || typ == "" || typ[0] < 'A' || typ[0] > 'Z' {
		return nil // about no type; the room decides
	}
	action, doing := grant.Search, "searching"
	_, within, isCompartment := strings.Cut(rest, "}/") // Patient/{id}/Observation is a search of Observation
	if isCompartment && within[0] >= 'A' && within[0] <= 'Z' {
		typ, rest, _ = strings.Cut(within, "/")
	}
	switch {
	case strings.Contains(rest, "$"), route.Method != http.MethodGet && !strings.HasSuffix(rest, "_search"):
		return nil // an operation, which may be about other types, or no reading
	case strings.HasPrefix(rest, "{"):
		action, doing = grant.Read, "reading"
	}
	_, ok := g.May(action, typ)
	if !ok {
		return fault.New(fault.Forbidden, "the token has no scope for %s %s", doing, typ)
	}
	return nil
}
