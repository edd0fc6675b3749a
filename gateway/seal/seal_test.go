package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"nutrigate/gateway/seal"
)

func TestBox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	box, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("a secret"), "here")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("what is sealed shows nothing", func(t *testing.T) {
		if bytes.Contains(sealed, []byte("secret")) {
			t.Error("it shows the secret")
		}
	})
	t.Run("opens with the same key file", func(t *testing.T) {
		again, err := seal.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := again.Open(sealed, "here"); err != nil || string(plain) != "a secret" {
			t.Errorf("got %q, %v", plain, err)
		}
	})
	t.Run("does not open for another place, nor with another key", func(t *testing.T) {
		if _, err := box.Open(sealed, "there"); err == nil {
			t.Error("opened for another place")
		}
		other, err := seal.Open(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Open(sealed, "here"); err == nil {
			t.Error("opened with another key")
		}
	})
	t.Run("the file is its owner's alone", func(t *testing.T) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info.Mode(), err)
		}
	})
	t.Run("a file that is no key is an error that does not show it", func(t *testing.T) {
		bad := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(bad, []byte("hunter2"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(bad); err == nil || bytes.Contains([]byte(err.Error()), []byte("hunter2")) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSeveralAtOnceShareOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	boxes := make([]*seal.Box, 8)
	var opening errgroup.Group
	for i := range boxes {
		opening.Go(func() (err error) {
			boxes[i], err = seal.Open(path)
			return err
		})
	}
	if err := opening.Wait(); err != nil {
		t.Fatal(err)
	}
	sealed, err := boxes[0].Seal([]byte("a"), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range boxes {
		if _, err := b.Open(sealed, ""); err != nil {
			t.Errorf("box %d has another key", i)
		}
	}
}
