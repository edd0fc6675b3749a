// Package shelf is where FHIR's resources lie, whatever they are made from:
// records of the store, users, documents that never change.
//
// A type that is served is one row of the table in types.go: its name and its
// shelf. A Shelf reads one resource, lists versions, and scans in an order of its
// own; it narrows a scan by what it can tell without making the resource, and
// says what is left to be asked (Batch.Rest). Everything else (search, reading,
// history, export, the statement of what the server can do) works on this
// interface alone, so that another type needs a row, a shelf if none of those
// here will do, and rows in gateway/search/params.csv.
//
// Whoever reads shelves obeys the caller's grant: Scope makes the conditions of
// it that a Scan takes.
package shelf

import (
	"context"
	"time"

	"nutrigate/gateway/search"
	"nutrigate/mapping"
)

// A Shelf has the resources of one type. An id that the tenant does not have is
// a fault of the kind NotFound.
type Shelf interface {
	// Read returns the newest version; a tombstone has Deleted set.
	Read(ctx context.Context, tenant, id string) (*Resource, error)
	// Versions returns every version that is known, newest first, tombstones
	// included.
	Versions(ctx context.Context, tenant, id string) ([]*Resource, error)
	// Scan returns resources in the order of their places, behind s.After. What it
	// returns may be more than s.Query asks for: Batch.Rest has to be asked too.
	Scan(ctx context.Context, s Scan) (Batch, error)
}

// A Dated shelf can scan by when its resources are true.
type Dated interface {
	// ScanDated is Scan, sorted by the time of the search parameter "date": the
	// day on the person's calendar, and then the moment. Places of one order mean
	// nothing in another.
	ScanDated(ctx context.Context, s Scan, down bool) (Batch, error)
}

// A Scan says which resources to read.
type Scan struct {
	Tenant string
	// Query narrows; nil: everything of the type.
	Query *search.Query
	// Client is the only one whose own resources are read, where a type's belong
	// to clients; empty: all clients'.
	Client string
	// Patients are those whose resources are read; nil: everybody's, and what is
	// nobody's.
	Patients []string
	// Since leaves out what has not changed since then; zero: nothing.
	Since time.Time
	// AsOf shows what there was at that instant; zero: now.
	AsOf time.Time
	// Deleted asks for tombstones too.
	Deleted bool
	// After is a place.
	After string
	Limit int // of what is read at once; 0: no limit
}

// A Batch is part of a scan. Next is where it goes on; empty at the end.
type Batch struct {
	Resources []*Resource
	// Rest is what of the query each resource still has to meet; nil: nothing.
	Rest *search.Query
	Next string
}

// A Resource is one version of a resource. Its content is made when it is asked
// for, so that counting costs nothing.
type Resource struct {
	Type, ID string
	// Patient is whose it is; empty: nobody's.
	Patient string
	// Client is whose it is; empty: no client's.
	Client  string
	Version int
	Updated time.Time
	Deleted bool
	// Zone is the IANA zone in which its days are meant; empty where nobody said.
	Zone string
	make func() (mapping.Document, []mapping.Issue, error)
	// hidden is the content for searches where that has more than goes out.
	hidden func() []byte
	// sketch is the content for searches before anybody wants to have it; nil: as
	// it goes out.
	sketch func() (mapping.Document, error)
	// place is where it stands in the order in which it was scanned; nil: by its id.
	place  func() string
	doc    *mapping.Document
	issues []mapping.Issue
}

// NewResource returns a resource whose content is made by make, at most once.
func NewResource(r Resource, make func() (mapping.Document, []mapping.Issue, error)) *Resource {
	r.make = make
	return &r
}

// Body returns the content as JSON. Callers do not change it.
func (r *Resource) Body() ([]byte, error) {
	if r.doc == nil {
		doc, issues, err := r.make()
		if err != nil {
			return nil, err
		}
		r.doc, r.issues = &doc, issues
	}
	return r.doc.Body, nil
}

// Issues returns what the content could not carry; there are none before Body
// was asked for.
func (r *Resource) Issues() []mapping.Issue { return r.issues }

// Place returns where it stands in the order in which it was scanned, for
// Scan.After.
func (r *Resource) Place() string {
	if r.place == nil {
		return r.ID
	}
	return r.place()
}

// Reference returns Type/id.
func (r *Resource) Reference() string { return r.Type + "/" + r.ID }

// Matches reports whether the resource is what the query asks for; nil asks for
// nothing more.
func (r *Resource) Matches(q *search.Query) (bool, error) {
	if q == nil {
		return true, nil
	}
	s, err := r.Searched()
	if err != nil {
		return false, err
	}
	return q.Matches(s), nil
}

// Searched returns the resource as searches see it.
func (r *Resource) Searched() (*search.Resource, error) {
	s := &search.Resource{Type: r.Type, ID: r.ID, Zone: r.Zone}
	if r.hidden != nil {
		s.Body = r.hidden()
		return s, nil
	}
	if r.doc == nil && r.sketch != nil {
		doc, err := r.sketch()
		s.Body = doc.Body
		return s, err
	}
	var err error
	s.Body, err = r.Body()
	return s, err
}
