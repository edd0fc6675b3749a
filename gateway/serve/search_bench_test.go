package serve_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
	"nutrigate/mapping/vocab"
)

// perDay is how many records each day of a filled store has.
const perDay = 100

// BenchmarkFHIRSearch searches for 50 Observations by patient, code and date in a
// store with a hundred times as many records: ten times as many people, each with
// ten times as many days. Each search has another _lastUpdated, so that none is
// answered from what an earlier one found.
func BenchmarkFHIRSearch(b *testing.B) {
	for _, size := range []struct {
		name         string
		people, days int
	}{{"of-10000", 1, 100}, {"of-1000000", 10, 1000}} {
		w := newWorld(b)
		user := w.filled(b, size.people, size.days)
		server := httptest.NewServer(w.handler)
		defer server.Close()
		asked := 0
		b.Run(size.name, func(b *testing.B) {
			for range b.N {
				asked++
				query := url.Values{
					"patient": {user}, "code": {"http://loinc.org|75298-0"}, "_count": {"50"},
					"date":         {"ge2020-02-01", "lt2020-03-22"},
					"_lastUpdated": {"ge" + time.Unix(int64(asked), 0).UTC().Format(time.RFC3339)},
				}
				if n := entries(b, server.URL+"/fhir/Observation?"+query.Encode()); n != 50 {
					b.Fatalf("%d Observations are found, want 50", n)
				}
			}
		})
	}
}

// entries asks as the demo's tenant and returns how many entries the answer has.
func entries(b *testing.B, address string) int {
	b.Helper()
	body := fetched(b, address)
	var page struct{ Entry []json.RawMessage }
	if err := json.Unmarshal(body, &page); err != nil {
		b.Fatal(err)
	}
	return len(page.Entry)
}

func fetched(b *testing.B, address string) []byte {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("dev-id", "demo")
	r.Header.Set("x-api-key", "demo-key")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("status %d, %v: %.300s", response.StatusCode, err, body)
	}
	return body
}

// filled makes people with days of records each, the first of January 2020 the
// first, and returns one of them.
func (w *world) filled(b *testing.B, people, days int) (user string) {
	b.Helper()
	for i := range people {
		u, err := w.store.PutUser(b.Context(), store.User{Tenant: "demo", Reference: "filled-" + strconv.Itoa(i), Zone: "Europe/Berlin", Active: true})
		if err != nil {
			b.Fatal(err)
		}
		user = u.ID
		if err := w.fillOne(b.Context(), u.ID, days); err != nil {
			b.Fatal(err)
		}
	}
	return user
}

func (w *world) fillOne(ctx context.Context, user string, days int) error {
	im, err := w.store.Begin(ctx, "demo", user)
	if err != nil {
		return err
	}
	defer im.Rollback()
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := range days {
		day := record.Date(first.AddDate(0, 0, n).Format(time.DateOnly))
		for kind, records := range filledDay(day) {
			var encoded []record.Encoded
			for _, r := range records {
				e, err := record.Encode(r)
				if err != nil {
					return err
				}
				encoded = append(encoded, e)
			}
			if _, err := im.Replace(ctx, "", "", []record.Kind{kind}, day, encoded); err != nil {
				return err
			}
		}
	}
	return im.Commit()
}

// filledDay is a total of each of sixty nutrients, and forty servings.
func filledDay(day record.Date) map[record.Kind][]record.Record {
	all := map[record.Kind][]record.Record{}
	for _, n := range vocab.Nutrients()[:60] {
		all[record.KindTotal] = append(all[record.KindTotal], record.Record{
			Kind: record.KindTotal, Day: day, Total: &record.Total{Nutrient: n.Key, Quantity: record.Quantity{Value: "12.50", Unit: n.Unit}},
		})
	}
	for i := range perDay - 60 {
		all[record.KindServing] = append(all[record.KindServing], record.Record{
			Kind: record.KindServing, Day: day, Origin: record.Origin{Line: i + 1},
			Serving: &record.Serving{Food: "Food " + strconv.Itoa(i), Nutrients: record.Nutrients{{Key: "energy", Quantity: record.Quantity{Value: "100.00", Unit: "kcal"}}}},
		})
	}
	return all
}
