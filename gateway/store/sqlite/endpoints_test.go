package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// desk is a store with one tenant and a clock.
func desk(t *testing.T, options ...sqlite.Option) (*sqlite.Store, string, *time.Time) {
	t.Helper()
	clock := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(t.Context(), path, func() time.Time { return clock }, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.PutTenant(t.Context(), "clinic"); err != nil {
		t.Fatal(err)
	}
	return s, path, &clock
}

func TestEndpoints(t *testing.T) {
	s, path, clock := desk(t)
	ctx := t.Context()
	made, secret, err := s.PutEndpoint(ctx, store.Endpoint{Tenant: "clinic", URL: "https://example.org/hook", Types: []string{"nutrition"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("one that is made has an id, a secret and defaults", func(t *testing.T) {
		if made.ID == "" || !strings.HasPrefix(secret, "whsec_") || made.State != store.Enabled || made.Timeout != 15*time.Second || len(made.Schedule) != 10 {
			t.Errorf("got %+v", made)
		}
	})
	t.Run("is found as it was made, and by its own tenant alone", func(t *testing.T) {
		got, err := s.Endpoint(ctx, "clinic", made.ID)
		if err != nil || got.URL != made.URL || got.Types[0] != "nutrition" || got.Schedule[1] != 5*time.Second {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := s.Endpoint(ctx, "other", made.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another tenant: got %v", err)
		}
	})
	t.Run("the secret is in no file as text", func(t *testing.T) {
		for _, name := range []string{path, path + "-wal"} {
			if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), strings.TrimPrefix(secret, "whsec_")) {
				t.Errorf("%s holds the secret", filepath.Base(name))
			}
		}
	})
	t.Run("after a rotation both secrets are valid for a time", func(t *testing.T) {
		second, err := s.RotateSecret(ctx, "clinic", made.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		both, err := s.Secrets(ctx, "clinic", made.ID)
		if err != nil || len(both) != 2 || both[0] != second || both[1] != secret {
			t.Errorf("at once: %d secrets, %v", len(both), err)
		}
		*clock = clock.Add(time.Hour)
		if one, err := s.Secrets(ctx, "clinic", made.ID); err != nil || len(one) != 1 || one[0] != second {
			t.Errorf("an hour later: %d secrets, %v", len(one), err)
		}
	})
	t.Run("is gone when deleted", func(t *testing.T) {
		if err := s.DeleteEndpoint(ctx, "clinic", made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RotateSecret(ctx, "clinic", made.ID, 0); fault.KindOf(err) != fault.NotFound {
			t.Errorf("got %v", err)
		}
	})
}

func TestEndpointSettings(t *testing.T) {
	s, _, _ := desk(t)
	for name, tt := range map[string]struct {
		e     store.Endpoint
		param string
	}{
		"no URL":                              {store.Endpoint{}, "url"},
		"a type that there is not":            {store.Endpoint{URL: "https://example.org", Types: []string{"weather"}}, "types"},
		"a payload of neither kind":           {store.Endpoint{URL: "https://example.org", Payload: "some"}, "payload"},
		"a minute to answer":                  {store.Endpoint{URL: "https://example.org", Timeout: time.Minute}, "timeout"},
		"a description without end":           {store.Endpoint{URL: "https://example.org", Description: strings.Repeat("x", 501)}, "description"},
		"a description of two lines":          {store.Endpoint{URL: "https://example.org", Description: "a\nb"}, "description"},
		"a state that there is not":           {store.Endpoint{URL: "https://example.org", State: "tired"}, "state"},
		"a field of the endpoint's own twice": {store.Endpoint{URL: "https://example.org", Headers: map[string]string{"X-A": "1", "x-a": "2"}}, "headers"},
		"a negative wait":                     {store.Endpoint{URL: "https://example.org", Schedule: []time.Duration{-1}}, "schedule"},
	} {
		t.Run(name+" is refused by name", func(t *testing.T) {
			tt.e.Tenant = "clinic"
			_, _, err := s.PutEndpoint(t.Context(), tt.e)
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.param) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAChangeThatSaysNothingOfTheStateLeavesIt(t *testing.T) {
	s, _, _ := desk(t)
	read, _, err := s.PutEndpoint(t.Context(), store.Endpoint{Tenant: "clinic", URL: "https://example.org"})
	if err != nil {
		t.Fatal(err)
	}
	disabled := read
	disabled.State, disabled.Reason = store.Disabled, "the receiver answered 410 Gone"
	if _, _, err := s.PutEndpoint(t.Context(), disabled); err != nil { // meanwhile
		t.Fatal(err)
	}
	read.State, read.Description = "", "new"
	got, _, err := s.PutEndpoint(t.Context(), read)
	if err != nil || got.State != store.Disabled || got.Reason != disabled.Reason || got.Description != "new" {
		t.Errorf("got %+v, %v", got, err)
	}
}
