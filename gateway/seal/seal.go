// Package seal keeps secrets unreadable at rest: AES-256-GCM by Google's Tink,
// with a key in a file of its own. Tink writes the key's id into what it seals,
// so that a file may hold older keys beside the one in use.
package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// A Box seals and opens. It is safe for concurrent use.
type Box struct{ aead tink.AEAD }

// Open returns the box whose keys are in the file, a Tink keyset in JSON. A
// file that is not there is made, with a new key, for its owner alone to read;
// its folder must be there.
func Open(path string) (*Box, error) {
	handle, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		handle, err = create(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return &Box{a}, nil
}

// Seal returns plain so that Open of this box alone can read it, with the same place.
// The place says what is sealed, so that nobody can put it elsewhere.
func (b *Box) Seal(plain []byte, place string) ([]byte, error) {
	return b.aead.Encrypt(plain, []byte(place))
}

// Open returns what was sealed for the place. An error tells nothing of it.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	plain, err := b.aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return nil, errors.New("open what is sealed: not with this key, or not for this place")
	}
	return plain, nil
}

func read(path string) (*keyset.Handle, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil { // whose text may quote the file
		return nil, errors.New("not a Tink keyset in JSON")
	}
	return handle, nil
}

// create makes the file under a lock, since several processes may start at
// once; the one that comes later reads what is there.
func create(path string) (*keyset.Handle, error) {
	unlock, err := lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if handle, err := read(path); !errors.Is(err, fs.ErrNotExist) {
		return handle, err
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, err
	}
	return handle, writeWhole(path, text.Bytes())
}

// writeWhole lets the file appear with all of its text, on the disk.
func writeWhole(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // with the mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // which is gone where all went well
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
