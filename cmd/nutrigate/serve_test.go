package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/config"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

// The demo's own commands answer, and the gateway stops when it is told to.
func TestServeDemo(t *testing.T) {
	t.Setenv("NUTRIGATE_DATA", filepath.Join(t.TempDir(), "data"))
	t.Setenv("NUTRIGATE_ADDR", "127.0.0.1:0")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	c := root()
	c.SetArgs([]string{"serve", "--demo"})
	c.SetOut(w)
	ended := make(chan error, 1)
	go func() {
		ended <- c.ExecuteContext(ctx)
		_ = w.Close()
	}()
	want := []string{
		`^{"status":"success","users":\[{"user_id"`, `^{"status":"success","type":"nutrition"`,
		`^{"resourceType":"Bundle","type":"collection"`, `^PK`, `^{"resourceType":"Bundle","type":"searchset"`,
	}
	hooks := 0 // as no webhook may go to this computer, only how that is changed is said
	for s := bufio.NewScanner(r); s.Scan(); {
		switch line := s.Text(); {
		case strings.Contains(line, "NUTRIGATE_WEBHOOK_ALLOW=127.0.0.1"):
			hooks++
		case strings.Contains(line, "listen --secret"):
			t.Errorf("it would be refused: %s", line)
		case strings.HasPrefix(line, "  curl -H"):
			if len(want) == 0 {
				t.Fatalf("one more command: %s", line)
			}
			if body := curl(t, line); !regexp.MustCompile(want[0]).MatchString(body) {
				t.Errorf("%s\ngave %.200q, want %s", line, body, want[0])
			}
			want = want[1:]
		case strings.HasPrefix(line, "or open "):
			stop()
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(want) > 0 || hooks != 1 {
		t.Errorf("%d commands are missing; %d times it is said how to receive webhooks", len(want), hooks)
	}
}

func TestIsLoopback(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1": true, "127.8.0.1": true, "::1": true, "0.0.0.0": false, "::": false, "192.168.0.4": false} {
		if got := isLoopback(&net.TCPAddr{IP: net.ParseIP(address), Port: 80}); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// The process prints its address and nothing else, and an interrupt ends it well.
func TestServe(t *testing.T) {
	var errors strings.Builder
	p := exec.CommandContext(t.Context(), "nutrigate", "serve")
	p.Env = append(os.Environ(), "NUTRIGATE_DATA="+t.TempDir(), "NUTRIGATE_ADDR=127.0.0.1:0")
	p.Stderr = &errors
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for s := bufio.NewScanner(out); s.Scan(); lines++ {
		if !strings.HasPrefix(s.Text(), "listening on http://127.0.0.1:") {
			t.Errorf("printed %q", s.Text())
		}
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil || lines != 1 || errors.Len() > 0 {
		t.Errorf("%d lines, %v, %s", lines, err, errors.String())
	}
}

// curl does what a printed command does, and returns the body.
func curl(t *testing.T, command string) string {
	t.Helper()
	quoted := regexp.MustCompile(`'([^']*)'`).FindAllStringSubmatch(command, -1)
	url := quoted[len(quoted)-1][1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range quoted[:len(quoted)-1] {
		name, value, _ := strings.Cut(q[1], ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", command, resp.Status, err)
	}
	return string(body)
}

func TestSeedDemo(t *testing.T) {
	st, err := openStore(t.Context(), config.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	d, err := demonstrate(t.Context(), config.Cronometer{Days: 3}, st)
	if err != nil {
		t.Fatal(err)
	}
	person, err := d.seed(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	day, before := d.sim.Today(), revision(t, st, person)
	t.Run("the whole year was fetched", func(t *testing.T) {
		c, err := d.linker.Show(t.Context(), person.Tenant, person.ID)
		if err != nil || c.Days == nil || c.Days.From != day.AddDays(1-demoDays) || c.Days.Missing != 0 || len(c.Types) != 5 {
			t.Errorf("got %+v, %v", c.Days, err)
		}
	})
	t.Run("the same day again changes nothing", func(t *testing.T) {
		if _, err := d.seed(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		if got := revision(t, st, person); got != before {
			t.Errorf("revision %d, before %d", got, before)
		}
	})
	t.Run("a later day changes only what was not over", func(t *testing.T) {
		d.sim.Advance(48 * time.Hour)
		if _, err := d.seed(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		page, err := st.Records(t.Context(), store.Query{Tenant: demoTenant, User: person.ID, Deleted: true})
		if err != nil {
			t.Fatal(err)
		}
		later := 0
		for _, r := range page.Records {
			if r.Day < day.AddDays(-demoOverlap) && r.Version != 1 {
				t.Errorf("%s of %s has version %d", r.Kind, r.Day, r.Version)
			}
			if r.Day > day {
				later++
			}
		}
		if later == 0 {
			t.Error("nothing is there of the later days")
		}
	})
}

func revision(t *testing.T, st *sqlite.Store, u store.User) int64 {
	t.Helper()
	r, err := st.Revision(t.Context(), u.Tenant, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
