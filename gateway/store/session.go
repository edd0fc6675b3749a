package store

import "time"

// A Session lets one person who has no key connect to a tenant, or disconnect:
// whoever knows its ID may do so, once, until it expires.
type Session struct {
	Tenant string
	// ID is random and a secret; the store keeps its hash.
	ID string
	// Leaving says that it is to disconnect User, and not to connect anybody.
	Leaving bool
	// User is who connects; empty: whoever has the Reference, or someone new.
	User      string
	Reference string
	// Success and Failure are where the person goes afterwards; may be empty.
	Success, Failure string
	Expires          time.Time
	Used             bool
}

// A UserChange is what to change of a user; nil leaves it as it is.
type UserChange struct {
	Reference *string
	Active    *bool
}

// Webhooks says how a tenant takes data that is asked for.
type Webhooks struct {
	// Endpoint says that there is an endpoint that takes deliveries, now or once
	// it is no longer paused.
	Endpoint bool
	// Direct says that a request which does not say is answered with the data,
	// whether there is an endpoint or not.
	Direct bool
}
