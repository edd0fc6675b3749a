// Package folder takes in export files that somebody puts into a folder: one
// folder a tenant, and in it one a user. It is for programs that export on a
// schedule of their own, and for disks that are shared.
package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
)

// An Import takes one file in for a user whom the folder names, by id or by
// reference. NotFound says that there is no such user; an error about the file
// itself is Unreadable, Invalid or TooLarge, and any other passes.
type Import func(ctx context.Context, tenant, user, path string) error

// A Watcher looks after the folders below Root. It is not safe for concurrent use.
type Watcher struct {
	Root   string
	Import Import
	Log    *slog.Logger
	seen   map[string]state // files that were there the last time
	absent map[string]bool  // folders of users that there are not, told once
}

// state is what a file looks like from outside.
type state struct {
	size    int64
	changed time.Time
}

// Where files go afterwards, beside where they were.
const (
	done   = "done"
	broken = "broken"
)

// look is how often folders are looked at. A file is taken once it has not
// changed from one time to the next: whoever writes it has written it all.
const look = 10 * time.Second

// Run takes in what comes until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if _, err := w.Step(ctx); err != nil && ctx.Err() == nil {
			w.Log.Error("folder: cannot look for files", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Step takes in the files that have not changed since the last Step, and
// returns how many there were.
func (w *Watcher) Step(ctx context.Context) (taken int, err error) {
	now := map[string]state{}
	files, err := filepath.Glob(filepath.Join(w.Root, "*", "*", "*"))
	if err != nil {
		return 0, fmt.Errorf("folder: %w", err)
	}
	slices.Sort(files)
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || !wanted(path) {
			continue // gone meanwhile, a folder, or nothing of ours
		}
		now[path] = state{info.Size(), info.ModTime()}
		if before, known := w.seen[path]; !known || before != now[path] {
			continue
		}
		if w.take(ctx, path) {
			taken++
			delete(now, path)
		}
		if ctx.Err() != nil {
			break
		}
	}
	w.seen = now
	return taken, nil
}

// wanted leaves out what programs write before they give a file its name.
func wanted(path string) bool {
	name := filepath.Base(path)
	return !strings.HasPrefix(name, ".") && slices.Contains([]string{".csv", ".zip", ".json", ".xml"}, strings.ToLower(filepath.Ext(name)))
}

// take takes one file in and puts it away; false leaves it for another time.
func (w *Watcher) take(ctx context.Context, path string) bool {
	user := filepath.Dir(path)
	err := w.Import(ctx, filepath.Base(filepath.Dir(user)), filepath.Base(user), path)
	switch fault.KindOf(err) {
	case fault.NotFound:
		w.tell(user)
		return false
	case fault.Unreadable, fault.Invalid, fault.TooLarge:
		// The message is for whoever put it there, and names places alone.
		return w.put(path, broken, err.Error())
	}
	if err != nil {
		w.Log.Warn("folder: a file could not be stored, and is tried again", "error", err)
		return false
	}
	return w.put(path, done, "")
}

// tell logs once that nobody has a folder's name.
func (w *Watcher) tell(folder string) {
	if w.absent == nil {
		w.absent = map[string]bool{}
	}
	if !w.absent[folder] {
		w.absent[folder] = true
		w.Log.Warn("folder: there is no user for it", "folder", folder)
	}
}

// put moves a file into a folder beside it, and writes down why. A file of the
// same name that is there keeps its own.
func (w *Watcher) put(path, where, why string) bool {
	folder := filepath.Join(filepath.Dir(path), where)
	err := os.MkdirAll(folder, 0o700)
	to := filepath.Join(folder, filepath.Base(path))
	for n := 1; err == nil; n++ {
		if _, absent := os.Lstat(to); errors.Is(absent, fs.ErrNotExist) {
			err = os.Rename(path, to)
			break
		}
		to = filepath.Join(folder, fmt.Sprintf("%d-%s", n, filepath.Base(path)))
	}
	if err == nil && why != "" {
		err = os.WriteFile(to+".txt", []byte(why+"\n"), 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // which another process put away
		w.Log.Error("folder: a file that was read cannot be put away", "error", err)
		return false
	}
	return true
}
