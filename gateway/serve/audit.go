package serve

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
)

// An Audit keeps who asks for whose data. Note is Unavailable where it cannot be
// kept.
type Audit interface {
	shelf.Audit
	Note(ctx context.Context, a store.Access) error
}

// Access and Accesses are those of the audit, which has what the store will have
// in a moment.
func (p present) Access(ctx context.Context, tenant, id string) (store.Access, error) {
	return p.audit.Access(ctx, tenant, id)
}

// Accesses returns what was asked for.
func (p present) Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error) {
	return p.audit.Accesses(ctx, q)
}

// readsOf returns what a route is called that reads somebody's data, in FHIR's
// words (http://hl7.org/fhir/R4/valueset-type-restful-interaction.html); empty
// for one that reads nobody's. A test walks all routes, so that a new one below
// /v2 is put into one of the two.
func readsOf(route room.Route) string {
	path := strings.TrimPrefix(route.Path, "/api")
	switch {
	case route.Public || route.Operator:
		return ""
	case strings.HasPrefix(path, "/v2/"):
		return map[string]string{
			"GET /v2/{type}": "search-type", "GET /v2/{type}/{id}": "read", "GET /v2/athlete": "read", "GET /v2/userInfo": "read",
			"GET /v2/subscriptions": "search-type", "POST /v2/bulkUserInfo": "search-type",
		}[route.Method+" "+path]
	case strings.HasPrefix(path, "/patients/"):
		return "operation"
	}
	rest, ok := strings.CutPrefix(path, fhirBase)
	if !ok {
		return ""
	}
	return interactionOf(route.Method, strings.TrimPrefix(rest, "/"))
}

// interactionOf names the interaction of a path below FHIR's base.
func interactionOf(method, path string) string {
	parts := strings.Split(path, "/")
	isSearch := method == http.MethodGet || strings.HasSuffix(path, "_search")
	switch {
	case strings.Contains(path, "$"):
		return "operation"
	case path == "" && method == http.MethodPost:
		return "batch"
	case method == http.MethodPost && len(parts) == 1:
		return "create"
	case method == http.MethodPut:
		return "update"
	case method == http.MethodDelete:
		return "delete"
	case path == "" || path == "_search":
		return "search-system"
	case path == "_history":
		return "history-system"
	case strings.HasSuffix(path, "/_history"):
		return map[bool]string{true: "history-type", false: "history-instance"}[len(parts) == 2]
	case strings.Contains(path, "/_history/"):
		return "vread"
	case isSearch && len(parts) == 2 && strings.HasPrefix(parts[1], "{"):
		return "read"
	case isSearch:
		return "search-type"
	}
	return "operation"
}

// A reading is a route, with what it is called in the audit; empty where it reads
// nobody's data.
type reading struct {
	room.Route
	interaction string
}

// note keeps who asked for whose data, and what came of it. The answer goes out
// only if that could be noted.
func (s *server) note(r *http.Request, route reading, answer room.Answer, err error) error {
	g := room.Grant(r.Context())
	if route.interaction == "" || g.Tenant == "" {
		return nil // whose data it would have been nobody knows
	}
	outcome, reason := outcomeOf(err)
	a := store.Access{
		Tenant: g.Tenant, Interaction: route.interaction, Client: g.Client, Address: address(r), User: answer.Patient,
		Resource: resourceOf(r, route), Query: queryOf(r, route), Outcome: outcome, Reason: reason,
	}
	named := personIn(r)
	if !plainResource.MatchString(a.User) {
		a.User = "" // a search names whom it likes: what is no id is nobody's
	}
	switch {
	case a.User == "" && err == nil && strings.Contains(route.Path, "/v2/"):
		a.User = named // who was found
	case a.User == "" && a.Resource == "" && named != "":
		a.Resource = "Patient/" + named
	}
	return s.Audit.Note(r.Context(), a)
}

func outcomeOf(err error) (outcome, reason string) {
	if err == nil {
		return store.AccessOK, ""
	}
	kind := fault.KindOf(err)
	if verdictOf(kind).status >= http.StatusInternalServerError {
		return store.AccessFailed, string(kind)
	}
	return store.AccessRefused, string(kind)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// An id and a name of a parameter as they can be kept; what a caller makes up
// beside them is not.
var (
	plainResource  = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`) // R4, datatypes.html#id
	plainParameter = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:-]{0,99}$`)
)

// resourceOf returns which resource the address names; empty for several.
func resourceOf(r *http.Request, route reading) string {
	id := r.PathValue("id")
	typ, rest, _ := strings.Cut(strings.TrimPrefix(route.Path, fhirBase+"/"), "/")
	switch {
	case !strings.HasPrefix(rest, "{id}") || !plainResource.MatchString(id):
		return ""
	case strings.HasPrefix(route.Path, fhirBase+"/"):
		return typ + "/" + id
	case strings.HasPrefix(route.Path, "/patients/"):
		return "Patient/" + id
	}
	return ""
}

// queryOf returns what was asked, without any value: the route, and the names of
// the parameters.
func queryOf(r *http.Request, route reading) string {
	names := map[string]bool{}
	for _, values := range []url.Values{r.URL.Query(), r.PostForm} {
		for name := range values {
			if plainParameter.MatchString(name) {
				names[name] = true
			}
		}
	}
	path := strings.Trim(strings.TrimPrefix(route.Path, fhirBase), "/")
	all := slices.Sorted(maps.Keys(names))
	switch {
	case len(all) > 0:
		return path + "?" + strings.Join(all[:min(len(all), maxNames)], "&")
	case route.interaction == "read" && resourceOf(r, route) != "":
		return "" // the resource says it
	}
	return path
}

// maxNames bounds how many names of parameters are kept.
const maxNames = 50

// personIn returns the one whom a query names.
func personIn(r *http.Request) string {
	q := r.URL.Query()
	for _, name := range []string{"patient", "subject", "user_id"} {
		if id := strings.TrimPrefix(q.Get(name), "Patient/"); id != "" && plainResource.MatchString(id) {
			return id
		}
	}
	return ""
}
