package sqlite_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/record"
)

// What a search costs may not grow with what is stored: each part of it walks
// an index in the order of the answer and stops when it has enough.
func TestPlans(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	metric, kind := []store.Selector{{Kind: record.KindTotal, Metric: "energy"}}, []store.Selector{{Kind: record.KindServing}}
	var many []store.Selector
	for i := range 900 {
		many = append(many, store.Selector{Kind: record.KindTotal, Metric: strconv.Itoa(i)})
	}
	place := (&store.Stored{User: "u", Record: record.Record{Kind: record.KindTotal, Day: "2026-01-05", Slot: "energy", Total: &record.Total{Nutrient: "energy"}}}).Place()
	for name, tt := range map[string]struct {
		q     store.Query
		index string
	}{
		"a metric":               {store.Query{Select: metric}, "records_by_metric (tenant=? AND user_id=? AND kind=? AND metric=?"},
		"a metric, from a day":   {store.Query{Select: metric, From: "2026-01-01"}, "records_by_metric (tenant=? AND user_id=? AND kind=? AND metric=? AND day>?"},
		"a metric, backward":     {store.Query{Select: metric, Backward: true}, "records_by_metric (tenant=? AND user_id=? AND kind=? AND metric=?"},
		"the next page":          {store.Query{Select: metric, Backward: true, After: place}, "records_by_metric (tenant=? AND user_id=? AND kind=? AND metric=?"},
		"a kind":                 {store.Query{Select: kind, From: "2026-01-01"}, "sqlite_autoindex_records_1 (tenant=? AND user_id=? AND kind=? AND day>?"},
		"a kind, backward":       {store.Query{Select: kind, To: "2026-01-01", Backward: true}, "sqlite_autoindex_records_1 (tenant=? AND user_id=? AND kind=? AND day<?"},
		"a metric at an instant": {store.Query{Select: metric, From: "2026-01-01", Backward: true, AsOf: time.Now()}, "records_by_metric (tenant=? AND user_id=? AND kind=? AND metric=? AND day>?"},
		"many metrics":           {store.Query{Select: many, From: "2026-01-01", Backward: true}, "sqlite_autoindex_records_1 (tenant=? AND user_id=? AND kind=? AND day>?"},
		"many at an instant":     {store.Query{Select: many, AsOf: time.Now()}, "sqlite_autoindex_records_1 (tenant=? AND user_id=? AND kind=?"},
		"all kinds":              {store.Query{From: "2026-01-01"}, "MERGE (UNION ALL)"},
		"a kind at an instant":   {store.Query{Select: kind, AsOf: time.Now()}, "sqlite_autoindex_records_1 (tenant=? AND user_id=? AND kind=?"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.q.Tenant, tt.q.User, tt.q.Limit = "t", "u", 50
			lines, err := s.Plan(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			plan := strings.Join(lines, "\n")
			if !strings.Contains(plan, tt.index) {
				t.Errorf("the index is not used:\n%s", plan)
			}
			if strings.Contains(plan, "SCAN records") || strings.Contains(plan, "SCAN record_versions") || strings.Contains(plan, "SCAN r\n") {
				t.Errorf("something is read whole:\n%s", plan)
			}
			if tt.q.AsOf.IsZero() && strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("something is sorted:\n%s", plan)
			}
			if !tt.q.AsOf.IsZero() && !strings.Contains(plan, "records_by_updated (tenant=? AND user_id=? AND updated>?)") {
				t.Errorf("what has changed since is not looked up:\n%s", plan)
			}
		})
	}
}
