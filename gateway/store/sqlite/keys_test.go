package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store/sqlite"
)

func TestKeys(t *testing.T) {
	ctx := t.Context()
	st, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "store.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, tenant := range []string{"clinic", "other"} {
		if err := st.PutTenant(ctx, tenant); err != nil {
			t.Fatal(err)
		}
	}
	first, secret, err := st.CreateKey(ctx, "clinic", "app")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a key that is made speaks for its tenant", func(t *testing.T) {
		if tenant, err := st.Authenticate(ctx, "app", secret); err != nil || tenant != "clinic" {
			t.Errorf("%q, %v", tenant, err)
		}
	})
	t.Run("it has 256 bits, and the list shows its beginning only", func(t *testing.T) {
		if len(secret) < 43 || !strings.HasPrefix(secret, first.Prefix) || len(first.Prefix) != 7 {
			t.Errorf("a key of %d characters, which begins with %q", len(secret), first.Prefix)
		}
		_, second, err := st.CreateKey(ctx, "clinic", "app")
		if err != nil || second == secret {
			t.Errorf("the second is the first: %v", err)
		}
		all, err := st.Keys(ctx, "clinic")
		if err != nil || len(all) != 2 || all[0] != first || strings.Contains(secret, all[0].ID) {
			t.Errorf("%v, %v", all, err)
		}
	})
	t.Run("a short key shows nothing", func(t *testing.T) {
		if err := st.AddKey(ctx, "clinic", "app", "short"); err != nil {
			t.Fatal(err)
		}
		all, err := st.Keys(ctx, "clinic")
		if err != nil || len(all) != 3 {
			t.Fatal(all, err)
		}
		for _, k := range all {
			if k.Prefix != "" && !strings.HasPrefix(k.Prefix, "nk_") {
				t.Errorf("shows %q", k.Prefix)
			}
		}
	})
	t.Run("another tenant neither sees nor revokes it", func(t *testing.T) {
		if all, err := st.Keys(ctx, "other"); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
		if err := st.RevokeKey(ctx, "other", first.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("revoked: %v", err)
		}
	})
	t.Run("a revoked key speaks for nobody, the others do", func(t *testing.T) {
		if err := st.RevokeKey(ctx, "clinic", first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Authenticate(ctx, "app", secret); fault.KindOf(err) != fault.Unauthorized {
			t.Errorf("still: %v", err)
		}
		if _, err := st.Authenticate(ctx, "app", "short"); err != nil {
			t.Error(err)
		}
	})
	t.Run("what names no key revokes none", func(t *testing.T) {
		for _, id := range []string{first.ID, "", "0123", strings.Repeat("%", 16)} {
			if err := st.RevokeKey(ctx, "clinic", id); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%q: %v", id, err)
			}
		}
	})
	t.Run("a tenant that is none has no key", func(t *testing.T) {
		if _, _, err := st.CreateKey(ctx, "nobody", "app"); fault.KindOf(err) != fault.NotFound {
			t.Error(err)
		}
		if _, _, err := st.CreateKey(ctx, "clinic", ""); fault.KindOf(err) != fault.Invalid {
			t.Error(err)
		}
	})
}
