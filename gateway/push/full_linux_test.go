package push_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// fill writes until the disk has no room left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	much := make([]byte, 1<<20)
	for size := len(much); size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(much[:size])
		}
	}
}

func TestFillTheDiskDeliveriesResumeWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	// Larger than a store's log grows until it is copied into the file (4 MiB): on a
	// disk with less room the store would fill it by itself.
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a disk that can be filled needs the right to mount one: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	w := newWorldIn(t, dir)
	to := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: to.URL})
	slow := newReceiver(t, nil)
	w.endpoint(store.Endpoint{URL: slow.URL, Ordered: true})
	w.run(w.Store)
	w.announce(5)
	eventually(t, "all is delivered at first", func() bool { return w.states()[store.Delivered] == 10 })
	fill(t, filepath.Join(dir, "filler"))
	said, refused := 5, error(nil)
	for range 5000 { // what the log of the store has room for goes in
		e := store.Event{Tenant: "clinic", User: w.user.ID, Type: "processing", Detail: []byte(`{"message":"later"}`)}
		if refused = w.AppendEvent(t.Context(), e); refused != nil {
			break
		}
		said++
	}
	if fault.KindOf(refused) != fault.Unavailable {
		t.Fatalf("after %d events on a full disk: %v", said, refused)
	}
	quiet()
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		t.Fatal(err)
	}
	w.announce(5)
	said += 5
	eventually(t, "all is delivered", func() bool { return w.states()[store.Delivered] == 2*said })
	ids := map[string]bool{}
	for _, r := range append(to.all(), slow.all()...) {
		ids[r.header.Get("Webhook-Id")] = true
	}
	if len(ids) != 2*said {
		t.Errorf("%d ids for %d deliveries", len(ids), 2*said)
	}
}
