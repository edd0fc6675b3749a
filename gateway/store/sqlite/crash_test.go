package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/record"
)

// crashPath names the store to the child process of TestKilledImport.
const crashPath = "NUTRIGATE_TEST_CRASH_PATH"

// A process that is killed in the middle of an import leaves nothing of it,
// and what was committed before.
func TestKilledImport(t *testing.T) {
	if path := os.Getenv(crashPath); path != "" {
		importUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "store.db")
	st, user := open(t, path)
	importServings(t, st, user, "2026-01-05", 3)
	before, err := st.Revision(t.Context(), "clinic", "")
	if err != nil {
		t.Fatal(err)
	}

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilledImport$")
	child.Env = append(os.Environ(), crashPath+"="+path)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "halfway\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // says that it was killed

	after, err := st.Revision(t.Context(), "clinic", "")
	if err != nil || after != before {
		t.Errorf("revision %d, was %d, %v", after, before, err)
	}
	page, err := st.Records(t.Context(), store.Query{Tenant: "clinic"})
	if err != nil || len(page.Records) != 3 {
		t.Errorf("%d records, %v", len(page.Records), err)
	}
	importServings(t, st, user, "2026-01-06", 2) // the lock died with its holder
	sound(t, path)
}

// importUntilKilled writes far more than any cache holds, and never commits.
func importUntilKilled(t *testing.T, path string) {
	st, err := sqlite.Open(t.Context(), path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	user, err := st.UserByReference(t.Context(), "clinic", "anna")
	if err != nil {
		t.Fatal(err)
	}
	im, err := st.Begin(t.Context(), "clinic", user.ID)
	if err != nil {
		t.Fatal(err)
	}
	for day := record.Date("2026-02-01"); day < "2026-04-01"; day = day.AddDays(1) {
		if _, err := im.Replace(t.Context(), "", "d", []record.Kind{record.KindServing}, day, servings(t, day, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintln(os.Stdout, "halfway")
	time.Sleep(time.Minute)
}

func sound(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %q, %v", verdict, err)
	}
}

func open(tb testing.TB, path string) (*sqlite.Store, store.User) {
	tb.Helper()
	st, err := sqlite.Open(context.Background(), path, time.Now) // it outlives tb.Context
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	if err := st.PutTenant(tb.Context(), "clinic"); err != nil {
		tb.Fatal(err)
	}
	user, err := st.PutUser(tb.Context(), store.User{Tenant: "clinic", Reference: "anna", Active: true})
	if err != nil {
		tb.Fatal(err)
	}
	return st, user
}

func servings(tb testing.TB, day record.Date, n int) []record.Encoded {
	tb.Helper()
	var all []record.Encoded
	for i := range n {
		r, err := record.Encode(record.Record{Kind: record.KindServing, Day: day, Serving: &record.Serving{
			Food: fmt.Sprint("Food ", i), Nutrients: record.Nutrients{
				{Key: "energy", Quantity: record.Quantity{Value: record.Decimal(fmt.Sprint(i, ".00")), Unit: "kcal"}},
			},
		}})
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func importServings(tb testing.TB, st *sqlite.Store, user store.User, day record.Date, n int) {
	tb.Helper()
	im, err := st.Begin(tb.Context(), user.Tenant, user.ID)
	if err != nil {
		tb.Fatal(err)
	}
	defer im.Rollback()
	if _, err := im.Replace(tb.Context(), "", "d", []record.Kind{record.KindServing}, day, servings(tb, day, n)); err != nil {
		tb.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		tb.Fatal(err)
	}
}
