package folder_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source/folder"
)

// world is a folder with one user's in it.
type world struct {
	*testing.T
	folder.Watcher
	at    string // the user's folder
	taken []string
	fails error
	log   strings.Builder
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{T: t}
	w.Root = t.TempDir()
	w.at = filepath.Join(w.Root, "clinic", "anna")
	w.Log = slog.New(slog.NewTextHandler(&w.log, nil))
	w.Import = func(_ context.Context, tenant, user, path string) error {
		if user == "nobody" {
			return fault.New(fault.NotFound, "no such user")
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w.taken = append(w.taken, tenant+" "+user+" "+string(text))
		return w.fails
	}
	return w
}

func (w *world) write(name, text string) {
	w.Helper()
	path := filepath.Join(w.at, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) step(want int) {
	w.Helper()
	if got, err := w.Step(w.Context()); err != nil || got != want {
		w.Errorf("took %d files, want %d, %v", got, want, err)
	}
}

func (w *world) is(path string, want bool) {
	w.Helper()
	if _, err := os.Stat(filepath.Join(w.at, path)); (err == nil) != want {
		w.Errorf("%s: %v", path, err)
	}
}

func TestFilesAreTakenOnceTheyAreWhole(t *testing.T) {
	w := start(t)
	w.write("servings.csv", "half")
	w.step(0)
	w.write("servings.csv", "half and half")
	w.step(0)
	w.step(1)
	if len(w.taken) != 1 || w.taken[0] != "clinic anna half and half" {
		t.Errorf("got %q", w.taken)
	}
	w.is("servings.csv", false)
	w.is("done/servings.csv", true)
	w.step(0)
	t.Run("another of the same name takes nothing from the first", func(t *testing.T) {
		w.write("servings.csv", "newer")
		w.step(0)
		w.step(1)
		w.is("done/servings.csv", true)
		w.is("done/1-servings.csv", true)
	})
	t.Run("what is not ours stays", func(t *testing.T) {
		w.write(".servings.csv.part", "x")
		w.write("notes.docx", "x")
		w.step(0)
		w.step(0)
		w.is("notes.docx", true)
	})
}

func TestBrokenFilesAreToldOfOnce(t *testing.T) {
	w := start(t)
	w.fails = fault.New(fault.Unreadable, "servings.csv line 2: the food has no name")
	w.write("servings.csv", "x")
	w.step(0)
	w.step(1)
	w.step(0)
	why, err := os.ReadFile(filepath.Join(w.at, "broken", "servings.csv.txt"))
	if err != nil || !strings.Contains(string(why), "line 2") || len(w.taken) != 1 {
		t.Errorf("got %q, %v, read %d times", why, err, len(w.taken))
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	w := start(t)
	w.fails = fault.New(fault.Unavailable, "the store cannot write now")
	w.write("servings.csv", "x")
	w.step(0)
	w.step(0)
	w.is("servings.csv", true)
	w.fails = nil
	w.step(1)
}

func TestFolderOfNobody(t *testing.T) {
	w := start(t)
	w.at = filepath.Join(w.Root, "clinic", "nobody")
	w.write("servings.csv", "x")
	for range 4 {
		w.step(0)
	}
	if n := strings.Count(w.log.String(), "there is no user"); n != 1 {
		t.Errorf("told %d times", n)
	}
}
