package shelf

import (
	"context"
	"slices"
	"time"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

// A Store is what shelves read; see package store for the contract.
type Store interface {
	endpoints
	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
	Record(ctx context.Context, tenant, id string) (store.Stored, error)
	Records(ctx context.Context, q store.Query) (store.Page, error)
	// CountRecords is how many Records would find without a limit.
	CountRecords(ctx context.Context, q store.Query) (int, error)
	Versions(ctx context.Context, tenant, id string) ([]store.Stored, error)
	Days(ctx context.Context, tenant, user string, kinds []record.Kind, from, to record.Date) ([]store.DayRevision, error)
	Revision(ctx context.Context, tenant, user string) (int64, error)
	History(ctx context.Context, q store.HistoryQuery) (store.Page, error)
	UserVersions(ctx context.Context, tenant, id string) ([]store.User, error)
	Audit
	UserHistory(ctx context.Context, q store.HistoryQuery) (store.UserPage, error)
}

// Deps is what shelves are made from; all of it is required.
type Deps struct {
	Store  Store
	Maker  *represent.Maker
	Format mapping.Format
	Now    func() time.Time
	// Version is the program's.
	Version string
}

// A Type is one row of the table of what is served.
type Type struct {
	Name  string
	Shelf Shelf
	// Patient is the parameter that says whose a resource is; empty for types
	// that are nobody's.
	Patient string
	// Live says that resources come and go without an event of the store, so that
	// no answer about them can be kept.
	Live bool
}

// Types is the table.
type Types []Type

// New returns the table: each type that is served, and where its resources lie.
func New(d Deps) Types {
	types := Types{
		{Name: "Patient", Shelf: &users{d}, Patient: "_id"},
		{Name: "AuditEvent", Shelf: &accesses{d.Store}, Patient: "patient", Live: true},
		{Name: "Observation", Shelf: &records{d, "Observation"}, Patient: "patient"},
		{Name: "Subscription", Shelf: &subscriptions{d}, Live: true},
		{Name: "NutritionOrder", Shelf: &records{d, "NutritionOrder"}, Patient: "patient"},
		{Name: "Goal", Shelf: &records{d, "Goal"}, Patient: "patient"},
		{Name: "DiagnosticReport", Shelf: reports(d), Patient: "patient"},
		{Name: "Composition", Shelf: compositions(d), Patient: "patient"},
		{Name: "Device", Shelf: devices(d), Patient: "patient"},
		{Name: "Provenance", Shelf: &provenances{d}, Patient: "patient"},
		{Name: "Group", Shelf: Fixed("Group", fhir.Groups())},
		{Name: "CodeSystem", Shelf: codeSystems()},
		{Name: "ValueSet", Shelf: Fixed("ValueSet", fhir.ValueSets())},
		{Name: "OperationDefinition", Shelf: Fixed("OperationDefinition", fhir.OperationDefinitions())},
	}
	if configured(d.Format).Intake {
		types = append(types, Type{Name: intakes, Shelf: &records{d, intakes}, Patient: "patient"})
	}
	return append(types, searchParameters(types))
}

// Type returns a row by its name.
func (t Types) Type(name string) (Type, bool) {
	i := slices.IndexFunc(t, func(one Type) bool { return one.Name == name })
	if i < 0 {
		return Type{}, false
	}
	return t[i], true
}
