package file_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/file"
)

// entry is a file of an archive.
type entry struct{ name, body string }

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read returns "name: body" of each document, reading each twice.
func read(t *testing.T, docs []source.Document) []string {
	t.Helper()
	var all []string
	for _, d := range docs {
		var body []byte
		for range 2 {
			r, err := d.Open()
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if int64(len(body)) != d.Size {
			t.Errorf("%s: size %d, want %d", d.Name, d.Size, len(body))
		}
		all = append(all, d.Name+": "+string(body))
	}
	return all
}

func TestDocuments(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	plain := put(t, "servings.csv", []byte("Day\n"))
	zipped := put(t, "mine.zip", archive(t,
		entry{"export/", ""},
		entry{"export/notes.csv", "Day,Note\n"},
		entry{"export/readme.txt", "not this"},
		entry{"__MACOSX/export/._notes.csv", "nor this"},
		entry{"../../../etc/FASTS.CSV", "Name\n"},
	))
	docs, done, err := file.Documents([]string{plain, zipped})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a ZIP reads like its CSV files, without their folders", func(t *testing.T) {
		got := read(t, docs)
		want := []string{"servings.csv: Day\n", "mine.zip/notes.csv: Day,Note\n", "mine.zip/FASTS.CSV: Name\n"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("nothing unpacked is left after closing, and closing twice is harmless", func(t *testing.T) {
		for range 2 {
			if err := done(); err != nil {
				t.Fatal(err)
			}
		}
		if left := spooled(t); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		if _, err := os.Stat(plain); err != nil {
			t.Errorf("the person's own file is gone: %v", err)
		}
	})
}

func spooled(t *testing.T) []os.DirEntry {
	t.Helper()
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestExpand(t *testing.T) {
	path := put(t, "upload-0001", archive(t, entry{"notes.csv", "Day,Note\n"}))
	docs, done, err := file.Expand("my export.zip", path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := done(); err != nil {
			t.Error(err)
		}
	}()
	if got := read(t, docs); len(got) != 1 || got[0] != "my export.zip/notes.csv: Day,Note\n" {
		t.Errorf("got %q", got)
	}
}

func TestRefused(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	small := file.Limits{Bytes: 1 << 20, Entries: 3}
	zeros := strings.Repeat("\x00", 3<<19)
	csv := func(n int) (all []entry) {
		for i := range n {
			all = append(all, entry{fmt.Sprint(i, ".csv"), "Day\n"})
		}
		return all
	}
	good := archive(t, entry{"a.csv", strings.Repeat("some text ", 50)})
	for _, c := range []struct {
		name    string
		body    []byte
		kind    fault.Kind
		message string
	}{
		{"one file that is too large", archive(t, entry{"a.csv", zeros}), fault.TooLarge, "x.zip: holds more than 1 MiB"},
		{"files that are too large together", archive(t, entry{"a.csv", zeros[:1<<19]}, entry{"b.csv", zeros[:1<<19+1]}), fault.TooLarge, "x.zip: holds more than 1 MiB"},
		{"a bomb that lies about its size", lie(archive(t, entry{"a.csv", zeros})), fault.Unreadable, "x.zip/a.csv: is damaged in the archive"},
		{"too many files", archive(t, csv(4)...), fault.TooLarge, "x.zip: holds more than 3 files"},
		{"an encrypted file", encrypt(archive(t, csv(1)...)), fault.Unreadable, "x.zip/0.csv: is encrypted; unpack the archive and give its files"},
		{"an archive without CSV files", archive(t, entry{"a.txt", "a"}), fault.Unreadable, "x.zip: holds no CSV file"},
		{"an empty archive", archive(t), fault.Unreadable, "x.zip: holds no CSV file"},
		{"an archive cut short", good[:len(good)-30], fault.Unreadable, "x.zip: not a ZIP archive that can be read"},
		{"a file that only has the name", []byte("Day,Note\n"), fault.Unreadable, "x.zip: not a ZIP archive that can be read"},
		{"a damaged file", damage(good), fault.Unreadable, "x.zip/a.csv: is damaged in the archive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, done, err := small.Expand("x.zip", put(t, "x.zip", c.body), "")
			if fault.KindOf(err) != c.kind || !strings.HasPrefix(err.Error(), c.message) {
				t.Errorf("got %v (%s), want %s", err, fault.KindOf(err), c.message)
			}
			if err := done(); err != nil {
				t.Error(err)
			}
			for _, e := range spooled(t) {
				if strings.HasPrefix(e.Name(), "nutrigate-") {
					t.Errorf("%s is left", e.Name())
				}
			}
		})
	}
	for name, paths := range map[string][]string{
		"no such file": {put(t, "a.csv", nil), filepath.Join(t.TempDir(), "b.csv")},
		"not a file":   {t.TempDir()},
		"no files":     {},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := file.Documents(paths)
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// central is how an entry of a ZIP's directory begins (PKWARE APPNOTE 4.3.12).
const central = "PK\x01\x02"

// lie sets the uncompressed size in the directory to 10 bytes.
func lie(z []byte) []byte {
	at := bytes.Index(z, []byte(central))
	binary.LittleEndian.PutUint32(z[at+24:], 10)
	return z
}

func encrypt(z []byte) []byte {
	z[bytes.Index(z, []byte(central))+8] |= 1
	return z
}

// damage changes the checksum in the directory.
func damage(z []byte) []byte {
	z = bytes.Clone(z)
	z[bytes.Index(z, []byte(central))+16] ^= 0xFF
	return z
}

func FuzzExpand(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.Create("a.csv"); err == nil {
		fmt.Fprint(w, "Day,Note\n")
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, body []byte) {
		t.Setenv("TMPDIR", t.TempDir())
		_, done, err := file.Limits{Bytes: 1 << 16, Entries: 4}.Expand("x.zip", put(t, "x.zip", body), "")
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Errorf("an archive is the caller's fault, not ours: %v", err)
		}
		if err := done(); err != nil {
			t.Error(err)
		}
	})
}
