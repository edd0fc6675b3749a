package store

import "time"

// An Access is a request for somebody's data, as it is kept for those who ask
// later who has read what. It has no health value: of a search it has the names of
// the parameters alone.
type Access struct {
	Tenant string
	// ID begins with the time, so that accesses sort by it (RFC 9562 section 5.7).
	ID string
	At time.Time
	// Interaction is what was asked, in FHIR's words: read, search-type, operation, …
	Interaction string
	Client      string // who asked: a dev-id, or the id of a client
	Address     string // where from
	User        string // whose data; empty: of several people, or nobody
	Resource    string // what was read: Observation/1; empty: several, or nothing
	Query       string // the names of the parameters: Observation?code&date
	Outcome     string // AccessOK, AccessRefused, AccessFailed
	Reason      string // why it was no success: forbidden, not found, …
}

// The outcomes of an access, as FHIR's value set audit-event-outcome has them.
const (
	AccessOK      = "0"
	AccessRefused = "4"
	AccessFailed  = "8"
)

// An AccessQuery asks for accesses of a tenant, in the order in which they were.
type AccessQuery struct {
	Tenant string   // required
	Users  []string // nil: all, also those that are about nobody
	// From and To bound when they were, the latter excluded; zero is open.
	From, To time.Time
	After    string // the ID of the last of the page before
	Limit    int    // 0: no limit
}
