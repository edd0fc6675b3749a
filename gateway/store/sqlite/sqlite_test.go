package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	contract "nutrigate/conformance/store"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/record"
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

func TestOpen(t *testing.T) {
	t.Run("several at once share one set of migrations", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		var opening errgroup.Group
		for range 8 {
			opening.Go(func() error {
				s, err := sqlite.Open(t.Context(), path, time.Now)
				if err != nil {
					return err
				}
				return s.Close()
			})
		}
		if err := opening.Wait(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a folder that is not there is an error that names the path", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "none", "store.db")
		if _, err := sqlite.Open(t.Context(), path, time.Now); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what is no database is an error", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), path, time.Now); err == nil {
			t.Error("opened")
		}
	})
}

func TestWritersTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	st, user := open(t, path)
	other, err := sqlite.Open(t.Context(), path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var importing errgroup.Group
	for i, s := range []*sqlite.Store{st, other, st, other} {
		day := record.Date("2026-01-05").AddDays(i)
		importing.Go(func() error {
			im, err := s.Begin(t.Context(), "clinic", user.ID)
			if err != nil {
				return err
			}
			defer im.Rollback()
			if _, err := im.Replace(t.Context(), "", "d", []record.Kind{record.KindServing}, day, servings(t, day, 200)); err != nil {
				return err
			}
			return im.Commit()
		})
	}
	if err := importing.Wait(); err != nil {
		t.Fatal(err)
	}
	if days, err := st.Days(t.Context(), "clinic", user.ID, nil, "", ""); err != nil || len(days) != 4 {
		t.Errorf("got %v, %v", days, err)
	}
}

func TestTheKeyItselfIsNowhereInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	st, _ := open(t, path)
	if err := st.AddKey(t.Context(), "clinic", "clinic-app", "a-very-secret-key"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		doc, err := os.ReadFile(name)
		if err != nil || bytes.Contains(doc, []byte("a-very-secret-key")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, path)
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o600) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// BenchmarkRevision is what every request costs before it is answered.
func BenchmarkRevision(b *testing.B) {
	st, user := open(b, filepath.Join(b.TempDir(), "store.db"))
	importServings(b, st, user, "2026-01-05", 10)
	for b.Loop() {
		if r, err := st.Revision(b.Context(), "clinic", user.ID); err != nil || r == 0 {
			b.Fatal(r, err)
		}
	}
}

// BenchmarkSearch reads one page of 50 in a diary of a month and in one of a
// hundred times as much: the second may not take longer.
func BenchmarkSearch(b *testing.B) {
	for name, days := range map[string]int{"one month": 30, "a hundred months": 3000} {
		b.Run(name, func(b *testing.B) {
			st, user := open(b, filepath.Join(b.TempDir(), "store.db"))
			im, err := st.Begin(b.Context(), "clinic", user.ID)
			if err != nil {
				b.Fatal(err)
			}
			defer im.Rollback()
			for i := range days {
				day := record.Date("2018-01-01").AddDays(i)
				if _, err := im.Replace(b.Context(), "", "d", []record.Kind{record.KindServing}, day, servings(b, day, 20)); err != nil {
					b.Fatal(err)
				}
			}
			if err := im.Commit(); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				page, err := st.Records(b.Context(), store.Query{Tenant: "clinic", User: user.ID, Limit: 50, From: "2018-01-20"})
				if err != nil || len(page.Records) != 50 {
					b.Fatal(len(page.Records), err)
				}
			}
		})
	}
}
