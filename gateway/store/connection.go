package store

import (
	"time"

	"nutrigate/mapping/record"
)

// What a connection can be.
const (
	Live   = "live"
	Halted = "paused" // nothing is fetched until somebody resumes it
	Ended  = "revoked"
)

// HistoryPaused keeps a connection from fetching days before those that it has.
const HistoryPaused = "paused"

// A Connection is how a user's diary is fetched. A user has one at most.
type Connection struct {
	Tenant, User string
	// Route is the way that it takes: "partner", "web".
	Route string
	// Account is the user's id at the source, by which notices name them; may be empty.
	Account string
	State   string
	// Every is the time between two fetches.
	Every time.Duration
	// Cap is how many exports there may be in 24 hours; 0: any number.
	Cap int
	// Since is the first day that is wanted; empty: none before the first fetch.
	Since record.Date
	// Covered are the days that have been fetched, without a gap; zero: none yet.
	CoveredFrom, CoveredTo record.Date
	History                string
	// Digest is of what the newest days said at the last fetch.
	Digest string

	NextAt time.Time // zero: never
	// Asks counts how often somebody wanted a fetch at once.
	Asks          int64
	Tried, Synced time.Time // zero: never
	// Class says why the last fetch failed, and Reason in words; empty: it did not.
	Class, Reason string
	Failures      int // one after the other
	FailingSince  time.Time
	// Told says that an event was appended because of it.
	Told    bool
	Created time.Time
	// Spent are the exports of the last 24 hours.
	Spent []time.Time
	// Types tell what came last, by the sort of document.
	Types []Synced
}

// Behind reports whether days are wanted that have not been fetched yet.
func (c *Connection) Behind() bool {
	return c.CoveredFrom != "" && c.Since != "" && c.CoveredFrom > c.Since
}

// Coming reports whether some of the days between two are wanted, have not been
// fetched yet, and are on their way: nobody has paused it, and nothing is wrong.
func (c *Connection) Coming(from, to record.Date) bool {
	switch {
	case c.State != Live || c.Class != "" || (c.Since != "" && to < c.Since):
		return false
	case c.CoveredFrom == "":
		return true
	}
	// Since when days are wanted is settled after the newest are here.
	return c.History != HistoryPaused && (c.Since == "" || c.Behind()) && from < c.CoveredFrom
}

// Free returns when so many more exports may be made, which is not before now.
func (c *Connection) Free(exports int, now time.Time) time.Time {
	n := len(c.Spent) + exports - c.Cap // so many of those before have to be a day old
	if c.Cap == 0 || n <= 0 || n > len(c.Spent) {
		return now
	}
	if at := c.Spent[n-1].Add(budgetDay); at.After(now) {
		return at
	}
	return now
}

// budgetDay is the time in which exports are counted. It slides, so that there
// are never more than the cap in any day, whoever's day it is.
const budgetDay = 24 * time.Hour

// A Synced is what came of one sort of document at its last fetch.
type Synced struct {
	Type    string
	At      time.Time
	Changed time.Time // when it last changed anything; zero: never
	Rows    int
	Tally
}

// A ConnectionChange is what to change of a connection; nil leaves it as it is.
type ConnectionChange struct {
	State   *string
	Every   *time.Duration
	Since   *record.Date
	History *string
	// Now asks for a fetch at once.
	Now bool
}

// A Settlement is what came of working for a connection. Of the connection it
// stores progress, failure and the time of the next fetch; what somebody else
// may have set meanwhile stays.
type Settlement struct {
	Connection
	Holder string
	// Secret takes the place of the one before; nil: it stays.
	Secret []byte
	// Came is stored for each type that it names.
	Came []Synced
	// Same says that the newest days are as they were, so that nothing is in Came.
	Same bool
	// End says that the access was taken back.
	End bool
	// Events are appended.
	Events []Event
	// Until prolongs the lease; zero ends it.
	Until time.Time
}
