// Package file is the source of the files that a person exported and has, and
// of ZIP archives of them.
package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
)

// Limits say what an archive may hold, and guard against those that are made to
// fill the disk.
type Limits struct {
	// Bytes is the most that an archive may hold, uncompressed.
	Bytes int64
	// Entries is the most that an archive may list, of whatever sort.
	Entries int
	// Find finds the documents of sources whose archives hold more than CSV files.
	Find []Finder
}

// Unpacked begins the names of folders with what was unpacked.
const Unpacked = "nutrigate-zip-"

// Uploaded are the limits for what comes over the network. Ten years of an
// export of Cronometer take some 60 MiB; each workout of an export of the Health
// app can have a file of its own.
func Uploaded(find ...Finder) Limits { return Limits{Bytes: 256 << 20, Entries: 10_000, Find: find} }

// OnDisk are the limits for what somebody has who runs a command: the bound
// is there for archives that are made to fill the disk, and an export of the
// Health app can have gigabytes.
func OnDisk(find ...Finder) Limits { return Limits{Bytes: 32 << 30, Entries: 100_000, Find: find} }

// Documents returns the documents in files, in the order of the paths. A ZIP
// reads like the files in it. Documents are open to reading until the returned
// function is called, which removes what was unpacked; it is never nil.
//
// An error is a fault of kind Invalid where there is no such file, Unreadable
// where an archive cannot be read, and TooLarge where it exceeds the limits.
func (l Limits) Documents(paths []string) ([]source.Document, func() error, error) {
	if len(paths) == 0 {
		return nil, nothing, fault.New(fault.Invalid, "no files given")
	}
	var all []source.Document
	var closers []func() error
	closeAll := func() error {
		var errs []error
		for _, c := range closers {
			errs = append(errs, c())
		}
		return errors.Join(errs...)
	}
	for _, path := range paths {
		docs, closeOne, err := l.Expand(filepath.Base(path), path, "")
		if err != nil {
			return nil, nothing, errors.Join(err, closeAll())
		}
		all, closers = append(all, docs...), append(closers, closeOne)
	}
	return all, closeAll, nil
}

// Expand returns the documents in one file, which the person knows by name and
// which lies at path. It is Documents for an upload. Archives are unpacked into
// a folder of their own in dir, called Unpacked and something; an empty dir is
// the system's folder for temporary files.
func (l Limits) Expand(name, path, dir string) ([]source.Document, func() error, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nothing, fault.New(fault.Invalid, "%s: no such file", name)
	case err != nil:
		return nil, nothing, fmt.Errorf("look at %s: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, nothing, fault.New(fault.Invalid, "%s: not a file; give the files of an export or a ZIP of them", name)
	}
	archive, err := isZIP(path)
	if err != nil {
		return nil, nothing, fmt.Errorf("open %s: %w", name, err)
	}
	if archive || strings.EqualFold(filepath.Ext(name), ".zip") {
		return l.unpack(name, path, dir)
	}
	return []source.Document{document(name, path, info.Size())}, nothing, nil
}

// Expand is that of the limits for uploads, for archives of CSV files.
func Expand(name, path, dir string) ([]source.Document, func() error, error) {
	return Uploaded().Expand(name, path, dir)
}

// Documents is that of the limits for a command, for archives of CSV files.
func Documents(paths []string) ([]source.Document, func() error, error) {
	return OnDisk().Documents(paths)
}

func document(name, path string, size int64) source.Document {
	return source.Document{
		Name: name, Size: size,
		Open: func() (io.ReadSeekCloser, error) { return os.Open(path) },
	}
}

func nothing() error { return nil }

// isZIP reports whether the file begins as a ZIP archive does, also an empty
// one (PKWARE APPNOTE 4.3.7 and 4.3.16), whatever its name.
func isZIP(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(f, magic); err != nil {
		return false, nil //nolint:nilerr // shorter than any archive
	}
	return bytes.Equal(magic, []byte("PK\x03\x04")) || bytes.Equal(magic, []byte("PK\x05\x06")), nil
}
