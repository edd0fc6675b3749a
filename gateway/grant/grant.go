// Package grant says what a caller may see. A key of a tenant may see all that
// the tenant has; a SMART token what its scopes name
// (https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html).
package grant

import (
	"net/url"
	"slices"
)

// An Action is what a scope permits of a type.
type Action byte

// The letters of SMART's scopes. Subscriptions alone are written.
const (
	Create Action = 'c'
	Read   Action = 'r' // read, vread and the history of one resource
	Update Action = 'u'
	Delete Action = 'd'
	Search Action = 's' // search, the history of a type, export
)

// A Grant is what one caller may see of one tenant.
type Grant struct {
	Tenant string
	// Client names who asks, for the audit: the dev-id of a key, or the id of a
	// SMART client.
	Client string
	// Patient is the only person of whom anything may be seen; empty: everybody
	// of the tenant.
	Patient string
	// All says that no scope bounds it: the grant of a tenant's key.
	All    bool
	Scopes []Scope
}

// A Scope permits actions on the resources of a type that meet Query.
type Scope struct {
	Type    string // a resource type, or "*"
	Actions []Action
	Query   url.Values // search parameters that a resource has to meet; empty: any
}

// May reports whether the grant permits the action on resources of the type,
// and the queries of which a resource has to meet at least one; none: any
// resource will do.
func (g *Grant) May(a Action, resourceType string) (queries []url.Values, ok bool) {
	if g.All {
		return nil, true
	}
	unbounded := false
	for _, s := range g.Scopes {
		if (s.Type != "*" && s.Type != resourceType) || !slices.Contains(s.Actions, a) {
			continue
		}
		ok = true
		unbounded = unbounded || len(s.Query) == 0
		queries = append(queries, s.Query)
	}
	if unbounded {
		return nil, true
	}
	return queries, ok
}

// Of reports whether anything of the person may be seen.
func (g *Grant) Of(user string) bool { return g.Patient == "" || g.Patient == user }
