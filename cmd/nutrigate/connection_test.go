package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nutrigate/gateway/config"
	"nutrigate/gateway/link"
	"nutrigate/gateway/store"
)

// What the commands about connections say is what is there.
func TestConnectionsAndSync(t *testing.T) {
	t.Setenv("NUTRIGATE_DATA", filepath.Join(t.TempDir(), "data"))
	st, err := openStore(t.Context(), config.Config{Data: os.Getenv("NUTRIGATE_DATA")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	d, err := demonstrate(t.Context(), config.Cronometer{Days: 3}, st)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NUTRIGATE_CRONOMETER_URL", d.url)
	u, err := userNamed(t.Context(), st, demoTenant, demoPerson, demoZone)
	if err != nil {
		t.Fatal(err)
	}
	secretFile := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		if err := os.WriteFile(secretFile, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := func() []link.Connection {
		t.Helper()
		var all []link.Connection
		text := output(t, "connection", "list", "--json")
		if err := json.Unmarshal([]byte(text), &all); err != nil || strings.Contains(text, d.sim.Account(1).Password) {
			t.Fatal(text, err)
		}
		return all
	}

	t.Run("a wrong password connects nobody", func(t *testing.T) {
		write("guess")
		err := command(t, io.Discard, "connection", "create", "--tenant", demoTenant, "--user", demoPerson, "--route", "web",
			"--username", d.sim.Account(1).Username, "--secret-file", secretFile)
		if err == nil || !strings.Contains(err.Error(), "does not take the name and password") || len(list()) != 0 {
			t.Errorf("got %v", err)
		}
	})
	write(d.sim.Account(1).Password)
	output(t, "connection", "create", "--tenant", demoTenant, "--user", demoPerson, "--route", "web",
		"--username", d.sim.Account(1).Username, "--secret-file", secretFile, "--since", string(d.sim.Today().AddDays(-10)))
	if _, err := d.engine.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("the status tells what came", func(t *testing.T) {
		got := output(t, "sync", "status")
		for _, want := range []string{u.ID, "dailysummary", "servings", "5/10", "12h0m0s"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	})
	t.Run("pausing and resuming", func(t *testing.T) {
		output(t, "sync", "pause", demoPerson)
		if c := list()[0]; c.State != store.Halted || c.NextAt != nil {
			t.Errorf("paused: %+v", c)
		}
		output(t, "sync", "resume", u.ID)
		output(t, "sync", "pause", "--history", demoPerson)
		output(t, "connection", "set", demoPerson, "--every", "30m")
		if c := list()[0]; c.State != store.Live || c.NextAt == nil || !c.Days.Paused || c.Every != "30m0s" {
			t.Errorf("resumed: %+v", c)
		}
		if err := command(t, io.Discard, "connection", "set", demoPerson, "--every", "1s"); err == nil {
			t.Error("every second was taken")
		}
	})
	t.Run("a token of the partner takes the other route", func(t *testing.T) {
		write(d.sim.Grant(1))
		output(t, "connection", "create", "--tenant", demoTenant, "--user", u.ID, "--account", d.sim.Account(1).UserID, "--secret-file", secretFile)
		if c := list()[0]; c.Route != link.Partner || c.Days != nil || c.Exports != nil {
			t.Errorf("got %+v", c)
		}
	})
	output(t, "connection", "delete", demoPerson)
	if got := list(); len(got) != 0 {
		t.Errorf("it is still there: %+v", got)
	}
}
