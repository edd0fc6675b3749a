package export

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

const (
	// maxFile is how long a file becomes before the next begins, at the next
	// person: files can be fetched beside one another, and again if one breaks off.
	maxFile = 128 << 20
	buffer  = 256 << 10
)

// A writer appends lines to the files of an export.
type writer struct {
	dir     string
	suffix  string // of the names of this process's files: no other writes into them
	place   *place
	before  []File           // as the store knows them
	open    map[string]*file // by list and type
	written int64            // bytes, by this writer
	lines   int64
	failed  error // of a file: nothing more can be written
}

type file struct {
	f     *os.File
	buf   *bufio.Writer
	index int // in the place's files
}

// openWriter goes on where the place says. What lies behind that in a file was
// written by a slice that came to nothing, and is cut off.
func openWriter(dir, holder string, p *place) (*writer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w := &writer{dir: dir, suffix: "." + holder[:8] + ".ndjson", place: p, before: append([]File(nil), p.Files...), open: map[string]*file{}}
	return w, w.restore()
}

// restore leaves of the files what the store knows of.
func (w *writer) restore() error {
	known := map[string]int64{}
	for _, f := range w.before {
		known[f.Name] = f.Bytes
	}
	there, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, entry := range there {
		path := filepath.Join(w.dir, entry.Name())
		length, ok := known[entry.Name()]
		if !ok {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Size() < length {
			return &fs.PathError{Op: "restore", Path: entry.Name(), Err: errors.New("the file is shorter than it was")}
		}
		if info.Size() > length {
			if err := os.Truncate(path, length); err != nil {
				return err
			}
		}
	}
	return nil
}

// line appends a line.
func (w *writer) line(list, typ string, text []byte) error {
	if w.failed != nil {
		return w.failed
	}
	if bytes.IndexByte(text, '\n') >= 0 {
		var one bytes.Buffer
		if err := json.Compact(&one, text); err != nil {
			return fmt.Errorf("write a line: %w", err)
		}
		text = one.Bytes()
	}
	f, err := w.file(list, typ)
	if err == nil {
		_, err = f.buf.Write(text)
	}
	if err == nil {
		err = f.buf.WriteByte('\n')
	}
	if err != nil {
		w.failed = err
		return err
	}
	n := int64(len(text)) + 1
	w.place.Files[f.index].Bytes += n
	w.place.Files[f.index].Count++
	w.written += n
	w.lines++
	return nil
}

// file returns the file for a list and type: the last one, unless it is full or
// another process wrote it.
func (w *writer) file(list, typ string) (*file, error) {
	key := list + " " + typ
	if f := w.open[key]; f != nil {
		return f, nil
	}
	index := -1
	for i, f := range w.place.Files {
		if f.List == list && f.Type == typ {
			index = i
		}
	}
	if index < 0 || w.place.Files[index].Bytes >= maxFile || !strings.HasSuffix(w.place.Files[index].Name, w.suffix) {
		index = len(w.place.Files)
		name := typ + "." + strconv.Itoa(index+1) + w.suffix
		w.place.Files = append(w.place.Files, File{Name: name, List: list, Type: typ})
	}
	f, err := os.OpenFile(filepath.Join(w.dir, w.place.Files[index].Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	w.open[key] = &file{f, bufio.NewWriterSize(f, buffer), index}
	return w.open[key], nil
}

// mark is what the files hold now; rollback leaves that alone.
func (w *writer) mark() []File { return append([]File(nil), w.place.Files...) }

func (w *writer) rollback(mark []File) error {
	for key, f := range w.open {
		if err := f.buf.Flush(); err != nil {
			return err
		}
		length := int64(0)
		if f.index < len(mark) {
			length = mark[f.index].Bytes
		}
		if err := f.f.Truncate(length); err != nil {
			return err
		}
		if f.index >= len(mark) {
			delete(w.open, key)
			if err := errors.Join(f.f.Close(), os.Remove(f.f.Name())); err != nil {
				return err
			}
		}
	}
	w.place.Files = mark
	return nil
}

// sync returns once everything is on the disk, the folder's entries too.
func (w *writer) sync() error {
	if w.failed != nil {
		return w.failed
	}
	for _, f := range w.open {
		if err := errors.Join(f.buf.Flush(), f.f.Sync()); err != nil {
			return err
		}
	}
	dir, err := os.Open(w.dir)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// close ends the writer. Unless the slice is stored, the files are as they were.
func (w *writer) close(stored bool) error {
	var errs []error
	for _, f := range w.open {
		errs = append(errs, f.f.Close())
	}
	if !stored {
		errs = append(errs, w.restore())
	}
	return errors.Join(errs...)
}

func (e *Engine) folder(id string) string { return filepath.Join(e.Dir, id) }

// sweep deletes the files of exports that are no more, or that failed.
func (e *Engine) sweep(ctx context.Context) error {
	there, err := os.ReadDir(e.Dir)
	if err != nil || len(there) == 0 {
		return err
	}
	jobs, err := e.Store.Exports(ctx)
	if err != nil {
		return err
	}
	living := map[string]bool{}
	for i := range jobs {
		living[jobs[i].ID] = jobs[i].State != store.ExportFailed
	}
	for _, entry := range there {
		if !living[entry.Name()] {
			if err := os.RemoveAll(e.folder(entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Open opens a file of an export that is done, as long as it is. The caller
// closes it.
func (e *Engine) Open(job *store.Export, name string) (*os.File, File, error) {
	none := fault.New(fault.NotFound, "the export has no such file")
	if job.State != store.ExportDone {
		return nil, File{}, none
	}
	p, err := placeOf(job)
	if err != nil {
		return nil, File{}, err
	}
	for _, f := range p.Files {
		if f.Name != name {
			continue
		}
		opened, err := os.Open(filepath.Join(e.folder(job.ID), f.Name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, f, none
		}
		return opened, f, err
	}
	return nil, File{}, none
}
