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

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
)

// encrypted is the bit of a ZIP entry's flags that says so (PKWARE APPNOTE 4.4.4).
const encrypted = 1

// unpack spools the documents of an archive to a folder of their own in dir,
// since readers seek. Their names lose their folders: nothing of an archive ever
// names a place on our disk.
func (l Limits) unpack(name, archive, dir string) (docs []source.Document, done func() error, err error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil, nothing, fault.Wrap(fault.Unreadable, err, "%s: not a ZIP archive that can be read", name)
	}
	defer z.Close()
	parts, err := l.pick(name, z.File)
	if err != nil {
		return nil, nothing, err
	}
	dir, err = os.MkdirTemp(dir, Unpacked)
	if err != nil {
		return nil, nothing, fmt.Errorf("unpack %s: %w", name, err)
	}
	done = func() error { return os.RemoveAll(dir) }
	for i, p := range parts {
		spool := filepath.Join(dir, strconv.Itoa(i)+path.Ext(p.Name))
		n, err := p.extract(name, spool)
		if err != nil {
			return nil, nothing, errors.Join(err, done())
		}
		docs = append(docs, document(name+"/"+p.Name, spool, n))
	}
	return docs, done, nil
}

// pick returns the documents of an archive, or an error that says why it is
// refused before anything is unpacked.
func (l Limits) pick(name string, entries []*zip.File) ([]Part, error) {
	if len(entries) > l.Entries {
		return nil, fault.New(fault.TooLarge, "%s: holds more than %d files", name, l.Entries)
	}
	parts := l.find(entries)
	var total uint64
	for _, p := range parts {
		for _, piece := range p.Pieces {
			e := piece.Entry
			if e == nil {
				continue
			}
			if e.Flags&encrypted != 0 {
				return nil, fault.New(fault.Unreadable, "%s/%s: is encrypted; unpack the archive and give its files", name, path.Base(e.Name))
			}
			total += e.UncompressedSize64
			if e.UncompressedSize64 > uint64(l.Bytes) || total > uint64(l.Bytes) {
				return nil, l.tooLarge(name)
			}
		}
	}
	if len(parts) == 0 {
		return nil, fault.New(fault.Unreadable, "%s: holds no CSV file, nor another file of an export", name)
	}
	return parts, nil
}

// extract writes a document to a file and returns its size.
func (p Part) extract(archive, to string) (size int64, err error) {
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, explain(archive, "", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for _, piece := range p.Pieces {
		n, err := io.WriteString(out, piece.Text)
		size += int64(n)
		if err != nil {
			return size, explain(archive, "", err)
		}
		if piece.Entry == nil {
			continue
		}
		written, err := inflate(out, piece.Entry)
		size += written
		if err != nil {
			return size, explain(archive, archive+"/"+path.Base(piece.Entry.Name), err)
		}
	}
	return size, nil
}

// inflate writes an entry. One that holds more than the size that pick has seen
// is an error of archive/zip.
func inflate(out io.Writer, e *zip.File) (int64, error) {
	in, err := e.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	return io.Copy(out, in) //nolint:gosec // no more comes out than pick has allowed
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
