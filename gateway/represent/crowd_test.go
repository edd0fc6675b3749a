package represent_test

import (
	"context"
	"sync"
	"testing"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// crowd is a shelf that many read at one time, and a format without a count.
type crowd struct{ *shelf }

func (c crowd) Records(ctx context.Context, q store.Query) (store.Page, error) {
	return (&shelf{records: c.records}).Records(ctx, q)
}

func (crowd) Encode(_ record.Subject, day []record.Record) ([]mapping.Document, []mapping.Issue, error) {
	var docs []mapping.Document
	for _, r := range day {
		docs = append(docs, mapping.Document{Type: "tag", ID: r.ID, Day: r.Day, Body: []byte(r.Note.Text)})
	}
	return docs, nil, nil
}

func (crowd) Check(mapping.Document) error { return nil }

// Two endpoints' lanes and a request may ask for the same days at one moment,
// and find what another of them has made between two looks.
func TestDaysForManyAtOnce(t *testing.T) {
	c := crowd{newShelf(70)}
	m := represent.New(c, 1<<24)
	f := represent.Format{Name: "tags", Format: c}
	for version := range 300 {
		u := store.User{Tenant: "t", ID: "u", Version: version}
		var asking sync.WaitGroup
		for range 4 {
			asking.Go(func() {
				set, err := m.Days(t.Context(), f, u, []record.Kind{record.KindNote}, "2026-01-01", "2026-12-31")
				if err != nil || len(set.Documents) != 70 {
					t.Errorf("%d documents, %v", len(set.Documents), err)
				}
			})
		}
		asking.Wait()
	}
}
