package file

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
)

// encrypted is the bit of a ZIP entry's flags that says so (PKWARE APPNOTE 4.4.4).
const encrypted = 1

// unpack spools the CSV files of an archive to a folder of their own in dir, since
// readers seek. Their names lose their folders: nothing of an archive ever
// names a place on our disk.
func (l Limits) unpack(name, archive, dir string) (docs []source.Document, done func() error, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, nothing, fault.Wrap(fault.Unreadable, err, "%s: not a ZIP archive that can be read", name)
	}
	defer z.Close()
	entries, err := l.pick(name, z.File)
	if err != nil {
		return nil, nothing, err
	}
	dir, err = os.MkdirTemp(dir, Unpacked)
	if err != nil {
		return nil, nothing, fmt.Errorf("unpack %s: %w", name, err)
	}
	done = func() error { return os.RemoveAll(dir) }
	for i, e := range entries {
		spool := filepath.Join(dir, strconv.Itoa(i)+".csv")
		shown := name + "/" + path.Base(e.Name)
		n, err := extract(e, spool)
		if err != nil {
			return nil, nothing, errors.Join(explain(name, shown, err), done())
		}
		docs = append(docs, document(shown, spool, n))
	}
	return docs, done, nil
}

// pick returns the CSV files of an archive, or an error that says why it is
// refused before anything is unpacked.
func (l Limits) pick(name string, entries []*zip.File) ([]*zip.File, error) {
	if len(entries) > l.Entries {
		return nil, fault.New(fault.TooLarge, "%s: holds more than %d files", name, l.Entries)
	}
	var picked []*zip.File
	var total uint64
	for _, e := range entries {
		base := path.Base(e.Name)
		if !strings.EqualFold(path.Ext(base), ".csv") || strings.HasPrefix(base, ".") || strings.HasSuffix(e.Name, "/") {
			continue // a folder, another sort of file, or what macOS adds (._servings.csv)
		}
		if e.Flags&encrypted != 0 {
			return nil, fault.New(fault.Unreadable, "%s/%s: is encrypted; unpack the archive and give its files", name, base)
		}
		total += e.UncompressedSize64
		if e.UncompressedSize64 > uint64(l.Bytes) || total > uint64(l.Bytes) {
			return nil, l.tooLarge(name)
		}
		picked = append(picked, e)
	}
	if len(picked) == 0 {
		return nil, fault.New(fault.Unreadable, "%s: holds no CSV file", name)
	}
	return picked, nil
}

// extract writes an entry to a file and returns its size. An entry that holds
// more than the size that pick has seen is an error of archive/zip.
func extract(e *zip.File, to string) (int64, error) {
	in, err := e.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in) //nolint:gosec // no more comes out than pick has allowed
	return n, errors.Join(err, out.Close())
}

// explain turns an error of extract into one for the person.
func explain(name, shown string, err error) error {
	if disk := (*os.PathError)(nil); errors.As(err, &disk) {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	return fault.Wrap(fault.Unreadable, err, "%s: is damaged in the archive", shown)
}

func (l Limits) tooLarge(name string) error {
	return fault.New(fault.TooLarge, "%s: holds more than %d MiB", name, l.Bytes>>20)
}
