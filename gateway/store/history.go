package store

import (
	"time"

	"nutrigate/mapping/record"
)

// A HistoryQuery asks for versions of records or users, newest first, tombstones
// included. Those of one commit come together.
type HistoryQuery struct {
	Tenant string   // required
	Users  []string // nil: every user of the tenant
	// Kinds picks records; nil picks all. It means nothing for users.
	Kinds []record.Kind
	// Since and Until bound when a version was made; both are included, and zero
	// is open.
	Since, Until time.Time
	// At leaves out what was over by that instant: a version that another had
	// replaced, and the tombstone of what had gone before. Zero leaves out nothing.
	At time.Time
	// After is the Next of an earlier page.
	After string
	Limit int // required
}

// A UserPage is part of an answer. Next is empty at the end.
type UserPage struct {
	Users []User
	Next  string
}
