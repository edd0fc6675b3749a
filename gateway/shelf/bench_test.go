package shelf_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/search"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// The promise: 50 Observations by patient, code and date, the newest first, out
// of a million records of one person cost at most 1.5 times as much as out of
// ten thousand. Nothing but representations is kept between searches.
//
//	go test ./gateway/shelf -bench Search -run '^$'

func BenchmarkSearchMillion(b *testing.B) { searchOutOf(b, 1_000_000) }

func BenchmarkSearchTenThousand(b *testing.B) { searchOutOf(b, 10_000) }

func searchOutOf(b *testing.B, records int) {
	st, person := crowded(b, records)
	now := func() time.Time { return time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC) }
	types := shelf.New(shelf.Deps{Store: st, Maker: represent.New(st, 64<<20), Format: fhir.Format{}, Now: now})
	typ, _ := types.Type("Observation")
	query := url.Values{"patient": {person}, "code": {"http://loinc.org|75298-0"}, "date": {"ge1900-01-01"}}
	b.ReportAllocs()
	for b.Loop() {
		s, err := typ.Scope(&grant.Grant{Tenant: "t", All: true}, grant.Search)
		if err != nil {
			b.Fatal(err)
		}
		q, err := search.Parse("Observation", query)
		if err != nil {
			b.Fatal(err)
		}
		if s.AsOf, err = st.Snapshot(b.Context()); err != nil {
			b.Fatal(err)
		}
		found, next, err := typ.Find(b.Context(), s.With(q), shelf.ByDateDown, 50)
		if err != nil || len(found) != 50 || next == "" {
			b.Fatal(len(found), err)
		}
		for _, r := range found {
			if _, err := r.Body(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// crowded is a store, opened anew so that its log is in the file, in which one person has so many totals of nutrients.
func crowded(b *testing.B, records int) (*sqlite.Store, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "store.db")
	id := fill(b, path, records)
	st, err := sqlite.Open(b.Context(), path, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st, id
}

func fill(b *testing.B, path string, records int) (id string) {
	b.Helper()
	st, err := sqlite.Open(b.Context(), path, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	if err := st.PutTenant(b.Context(), "t"); err != nil {
		b.Fatal(err)
	}
	u, err := st.PutUser(b.Context(), store.User{Tenant: "t", Reference: "much", Zone: "Europe/Berlin", Active: true})
	if err != nil {
		b.Fatal(err)
	}
	im, err := st.Begin(b.Context(), "t", u.ID)
	if err != nil {
		b.Fatal(err)
	}
	defer im.Rollback()
	for day := record.Date("2026-01-01"); records > 0; day = day.AddDays(-1) {
		var all []record.Encoded
		for i, n := range vocab.Nutrients() {
			if i == 70 {
				break
			}
			e, err := record.Encode(record.Record{Kind: record.KindTotal, Day: day, Zone: u.Zone, Total: &record.Total{
				Nutrient: n.Key, Quantity: record.Quantity{Value: record.Decimal(fmt.Sprintf("%d.5", records%100)), Unit: n.Unit},
			}})
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, e)
		}
		if _, err := im.Replace(b.Context(), "", "document", []record.Kind{record.KindTotal}, day, all); err != nil {
			b.Fatal(err)
		}
		records -= len(all)
	}
	if err := im.Commit(); err != nil {
		b.Fatal(err)
	}
	return u.ID
}
