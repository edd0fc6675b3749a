// Package store has the words in which the gateway speaks to its store. The
// engines lie below it: store/sqlite.
//
// Every call names a tenant, and nothing of another tenant is ever found.
// Errors for the caller are faults: NotFound where the tenant has no such user
// or record.
package store

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/mapping/record"
)

// A User is a person of a tenant.
type User struct {
	Tenant string
	// ID is public: a random UUID, from which the ids of records are derived.
	ID string
	// Reference is the tenant's own name for the person, unique in the tenant;
	// may be empty.
	Reference string
	// Zone is the IANA zone of the person's diary; empty where nobody said.
	Zone    string
	Active  bool
	Created time.Time
	// Version counts changes of the user, from 1; Updated is the last.
	Version int
	Updated time.Time
	// Connected is when the person last connected through a session; zero: never.
	Connected time.Time
	// Left says that the user was deauthenticated: nothing of the person is kept
	// but this, and nobody is to be told of it but who is told that it happened.
	Left bool
}

// Here returns an error for the caller if the user was deauthenticated: to
// whoever asks, there is no such user.
func (u User) Here() error {
	if u.Left {
		return fault.New(fault.NotFound, "no such user")
	}
	return nil
}

// Invited reports whether the user was made for somebody to connect as, and has
// been nothing else since.
func (u User) Invited() bool { return !u.Active && u.Version == 1 && u.Connected.IsZero() }

// Subject returns the user as mappings know them.
func (u User) Subject() record.Subject { return record.Subject{ID: u.ID, Reference: u.Reference} }

// Latest is what happened last about a user.
type Latest struct {
	Day    record.Date // of which there are records; empty if there are none
	Sent   time.Time   // when a delivery about the user was last tried; zero: never
	Polled time.Time   // when the user's connection last fetched without a failure; zero: never, or not connected
}

// A Selector picks records of a kind, and of one metric unless that is empty.
type Selector struct {
	Kind   record.Kind
	Metric string
}

// A Query asks for current records of one tenant. They come sorted by user,
// day, kind, metric and slot; numbered slots sort as numbers.
type Query struct {
	Tenant string // required
	User   string // empty: every user of the tenant
	// Users picks several; nil: all. It is not looked at where User is set.
	Users []string
	// Select picks kinds and metrics; empty picks all. A record is found once
	// however many selectors it meets.
	Select []Selector
	// From and To are inclusive; empty is open. They do not apply to undated kinds.
	From, To record.Date
	IDs      []string
	// Since picks what was last changed at or after it; zero picks all.
	Since time.Time
	// AsOf shows the records as they were at that instant; zero: as they are.
	// Instants of commits only grow, so what was there at one that is over does
	// not change, save by erasing a user.
	AsOf time.Time
	// Backward turns the order of days, kinds, metrics and slots around. That of
	// users stays.
	Backward bool
	// Deleted asks for tombstones too.
	Deleted bool
	// After is the Next of an earlier page, or the Place of a record.
	After string
	Limit int // 0: no limit
}

// A Stored is a record and whose it is.
type Stored struct {
	User string
	record.Record
}

// A Place is where a record stands in the order of answers.
type Place struct {
	User   string      `json:"u,omitempty"`
	Day    record.Date `json:"d,omitempty"`
	Kind   record.Kind `json:"k,omitempty"`
	Metric string      `json:"m,omitempty"`
	Slot   string      `json:"s,omitempty"`
}

// Place returns where the record stands, as Query.After takes it: opaque, and
// safe in a URL.
func (r *Stored) Place() string {
	return Place{r.User, r.Day, r.Kind, r.Metric(), r.Slot}.String()
}

func (p Place) String() string {
	doc, err := json.Marshal(p)
	if err != nil { // texts always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

// ParsePlace reads what Place returns; empty is before all.
func ParsePlace(s string) (p Place, err error) {
	if s == "" {
		return p, nil
	}
	doc, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(doc, &p)
	}
	if err != nil {
		return p, fault.New(fault.Invalid, "the page is not one that was given out")
	}
	return p, nil
}

// A Page is part of an answer. Next is empty at the end.
type Page struct {
	Records []Stored
	Next    string
}

// A DayRevision says when anything of a day last changed: Revision is the
// number of the event that announced it, and grows.
type DayRevision struct {
	Day      record.Date
	Revision int64
}

// A RawDocument is a document as it was received.
type RawDocument struct {
	// ID is the SHA-256 of its bytes, in hexadecimal.
	ID       string
	Name     string
	Kind     string // as its reader calls it: "servings"
	Zone     string // the zone it was read in
	AsOf     record.Date
	Received time.Time
	Size     int64
}

// Tally counts what replacing days did to records.
type Tally struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Gone    int `json:"gone"`
	Kept    int `json:"unchanged"`
}

// Plus returns the sum of two tallies.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Added + o.Added, t.Changed + o.Changed, t.Gone + o.Gone, t.Kept + o.Kept}
}

// A Head is which record there is, in which version, and not what it says.
type Head struct {
	ID      string
	Version int
	Updated time.Time
}

// A HeadPage is part of an answer. Next is empty at the end.
type HeadPage struct {
	Heads []Head
	Next  string
}
