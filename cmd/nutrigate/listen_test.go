package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The process prints what comes, and an interrupt ends it well.
func TestListen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	p := exec.CommandContext(t.Context(), "nutrigate", "listen", "--addr", "127.0.0.1:0", "--secret-file", file)
	p.Stderr = &stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for s := bufio.NewScanner(out); s.Scan(); {
		said.WriteString(s.Text() + "\n")
		url, begins := strings.CutPrefix(s.Text(), "listening on ")
		if !begins {
			continue
		}
		answer, err := http.Post(url, "application/json", strings.NewReader(`{"type":"auth","user":{"user_id":"u-1"}}`))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("a delivery without a signature: %s", answer.Status)
		}
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v, %s", err, stderr.String())
	}
	for _, want := range []string{"auth, user u-1", "answered 401", "terra-signature FAILED", "1 received, 0 verified, 0 again\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("does not say %q:\n%s", want, said.String())
		}
	}
}
