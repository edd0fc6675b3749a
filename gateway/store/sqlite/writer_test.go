package sqlite_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// writes are the ways in which others write while somebody imports.
func writes(st *sqlite.Store, user store.User) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"another import": func(ctx context.Context) error {
			im, err := st.Begin(ctx, "clinic", user.ID)
			if err == nil {
				im.Rollback()
			}
			return err
		},
		"a transaction": func(ctx context.Context) error {
			_, err := st.PutUser(ctx, user)
			return err
		},
		"a statement": func(ctx context.Context) error { return st.PutTenant(ctx, "clinic") },
	}
}

func TestWritingWaitsForAnImport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	_, user := open(t, path)
	impatient, err := sqlite.Open(t.Context(), path, time.Now, sqlite.Patience(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	im, err := impatient.Begin(t.Context(), "clinic", user.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range writes(impatient, user) {
		t.Run(name+" is told that the store is busy", func(t *testing.T) {
			if err := write(t.Context()); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("got %v", err)
			}
		})
		t.Run(name+" ends with its context", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := write(ctx); err == nil {
				t.Error("it was let through")
			}
		})
	}
	im.Rollback()
	im.Rollback() // which does nothing, and lets nobody else through
	for name, write := range writes(impatient, user) {
		t.Run(name+" is let through afterwards", func(t *testing.T) {
			if err := write(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnImportThatEndsInTimeIsWaitedFor(t *testing.T) {
	st, user := open(t, filepath.Join(t.TempDir(), "store.db"))
	for name, end := range map[string]func(store.Import) error{
		"with a commit":   store.Import.Commit,
		"with a rollback": func(im store.Import) error { im.Rollback(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			im, err := st.Begin(t.Context(), "clinic", user.ID)
			if err != nil {
				t.Fatal(err)
			}
			var waiting errgroup.Group
			for _, write := range writes(st, user) {
				waiting.Go(func() error { return write(t.Context()) })
			}
			if err := errors.Join(end(im), waiting.Wait()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("one that cannot begin holds nobody up", func(t *testing.T) {
		if _, err := st.Begin(t.Context(), "clinic", "nobody"); fault.KindOf(err) != fault.NotFound {
			t.Fatalf("got %v", err)
		}
		if err := st.PutTenant(t.Context(), "clinic"); err != nil {
			t.Error(err)
		}
	})
}

func TestALongLogIsCopiedBehindTheImport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	st, user := open(t, path)
	im, err := st.Begin(t.Context(), "clinic", user.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer im.Rollback()
	const long = 20 << 20
	noise := io.LimitReader(rand.NewChaCha8([32]byte{}), long) // which no compression makes short
	if err := im.AddDocument(t.Context(), store.RawDocument{ID: "noise"}, noise); err != nil {
		t.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		t.Fatal(err)
	}
	if docs, err := st.Documents(t.Context(), "clinic", user.ID); err != nil || len(docs) != 1 {
		t.Errorf("got %d documents, %v", len(docs), err)
	}
	for end := time.Now().Add(time.Minute); size(t, path) < long; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was copied into the file")
		}
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestAStoreThatCannotBeReachedIsUnavailable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "here")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "store.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := os.Rename(dir, dir+"-no-more"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Begin(t.Context(), "clinic", "anna") // which opens the file once more
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v", err)
	}
}
