package convert

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"nutrigate/mapping"
	"nutrigate/mapping/record"
)

// A Target is a format and the files that its documents go into.
type Target struct {
	format mapping.Format
	// pack opens the files in a folder.
	pack func(dir string, who record.Subject) (packer, error)
	// stream writes the files of a folder as one, for standard output.
	stream func(w io.Writer, dir string) error
}

// A packer puts documents into files.
type packer interface {
	add(d mapping.Document) error
	// close completes the files; issues are for formats that can hold them.
	close(issues []mapping.Count) error
}

// An output is a file being written through a buffer. The first error stays
// and is returned by close.
type output struct {
	f *os.File
	w *bufio.Writer
}

func create(dir, name string) (*output, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &output{f, bufio.NewWriterSize(f, 1<<16)}, nil
}

// write writes the parts; the buffer keeps an error until close.
func (o *output) write(parts ...[]byte) {
	for _, p := range parts {
		_, _ = o.w.Write(p) // kept by the buffer
	}
}

func (o *output) close() error { return errors.Join(o.w.Flush(), o.f.Close()) }

// copyFile writes one file of a folder.
func copyFile(w io.Writer, dir, name string) error {
	f, err := os.Open(filepath.Join(dir, filepath.Base(name)))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
