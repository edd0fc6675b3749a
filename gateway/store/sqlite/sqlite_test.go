package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	contract "nutrigate/conformance/store"
	"nutrigate/gateway/store/sqlite"
)

func TestContract(t *testing.T) {
	contract.Run(t, func(t *testing.T, now func() time.Time) func() contract.Store {
		path := filepath.Join(t.TempDir(), "a store? 100%.db")
		return func() contract.Store {
			s, err := sqlite.Open(t.Context(), path, now)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}
