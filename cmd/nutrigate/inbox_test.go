package main

import (
	"os"
	"path/filepath"
	"testing"

	"nutrigate/gateway/config"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
)

// An export that somebody puts into a user's folder is there, a broken file is
// told of, and both are put away.
func TestInbox(t *testing.T) {
	st, err := openStore(t.Context(), config.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	u, err := userNamed(t.Context(), st, demoTenant, demoPerson, demoZone)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	at := filepath.Join(root, demoTenant, demoPerson)
	if err := demo.Write(at, demo.Options{Seed: 1, Days: 3, End: "2026-03-01"}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "broken.csv"), []byte("Day,Food Name,Amount\n2026-03-01,\"\",\"1 g\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newInbox(root, st)
	for _, want := range []int{0, 7, 0} {
		if got, err := w.Step(t.Context()); err != nil || got != want {
			t.Errorf("took %d, want %d, %v", got, want, err)
		}
	}
	page, err := st.Records(t.Context(), store.Query{Tenant: u.Tenant, User: u.ID})
	if err != nil || len(page.Records) == 0 {
		t.Errorf("%d records, %v", len(page.Records), err)
	}
	log, err := st.Log(t.Context(), u.Tenant, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range log {
		if e.Kind == "connection_error" {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	for _, path := range []string{"done/servings.csv", "broken/broken.csv", "broken/broken.csv.txt"} {
		if _, err := os.Stat(filepath.Join(at, path)); err != nil {
			t.Error(err)
		}
	}
}
