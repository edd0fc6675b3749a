package webhook_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/push/webhook"
)

// development lets a test call a receiver on this machine.
func development() *webhook.Guard {
	return webhook.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")})
}

func receiver(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

const (
	plenty = time.Minute // for an answer that comes, however busy the machine is
	little = 50 * time.Millisecond
)

func send(t *testing.T, s *webhook.Sender, url string, limit time.Duration) push.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return s.Send(ctx, http.MethodPost, url, http.Header{"X-A": {"b"}}, []byte("body"))
}

func TestSend(t *testing.T) {
	s := webhook.New(development(), nil, time.Now)
	t.Run("posts the bytes and the headers as they are", func(t *testing.T) {
		var got []byte
		var header http.Header
		to := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			header = r.Header
		})
		if a := send(t, s, to.URL, plenty); a.Status != 200 || string(got) != "body" || header.Get("X-A") != "b" {
			t.Errorf("got %+v, %q, %v", a, got, header)
		}
	})
	t.Run("a receiver that hangs costs the time limit", func(t *testing.T) {
		over := make(chan struct{})
		to := receiver(t, func(http.ResponseWriter, *http.Request) { <-over })
		t.Cleanup(func() { close(over) })
		if a := send(t, s, to.URL, little); a.Class != "timeout" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("an answer after the time limit is none", func(t *testing.T) {
		over := make(chan struct{})
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			<-over
			w.WriteHeader(http.StatusOK)
		})
		a := send(t, s, to.URL, little)
		close(over)
		if a.Status != 0 || a.Class != "timeout" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("a connection that closes early is no answer", func(t *testing.T) {
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		})
		if a := send(t, s, to.URL, plenty); a.Class != "connection" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("an endless answer costs 16 KiB", func(t *testing.T) {
		var sent atomic.Int64
		ended := make(chan struct{})
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			defer close(ended)
			block := bytes.Repeat([]byte("x"), 1<<16)
			for sent.Load() < 100<<20 {
				n, err := w.Write(block)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		a := send(t, s, to.URL, plenty)
		<-ended
		if a.Status != 200 || sent.Load() > 32<<20 { // what the kernel's buffers took
			t.Errorf("got %+v after %d bytes", a, sent.Load())
		}
	})
	t.Run("header fields without end are no answer", func(t *testing.T) {
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			for i := range 100 {
				w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 1000))
			}
		})
		if a := send(t, s, to.URL, plenty); a.Status != 0 || a.Class != "connection" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("a compressed answer is not expanded", func(t *testing.T) {
		var bomb bytes.Buffer
		z := gzip.NewWriter(&bomb)
		_, _ = z.Write(make([]byte, 50<<20))
		_ = z.Close()
		asked := "none"
		to := receiver(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Header.Get("Accept-Encoding")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		})
		if a := send(t, s, to.URL, plenty); a.Status != 200 || asked != "" {
			t.Errorf("got %+v, asked for %q", a, asked)
		}
	})
	t.Run("a name that does not resolve is of a class of its own", func(t *testing.T) {
		if a := send(t, s, "https://receiver.invalid/", plenty); a.Class != "dns" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("a certificate that nobody trusts is no answer", func(t *testing.T) {
		to := httptest.NewTLSServer(http.NotFoundHandler())
		defer to.Close()
		to.Config.ErrorLog = nil
		if a := send(t, s, to.URL, plenty); a.Class != "tls" {
			t.Errorf("got %+v", a)
		}
		roots := x509.NewCertPool()
		roots.AddCert(to.Certificate())
		if a := send(t, webhook.New(development(), roots, time.Now), to.URL, plenty); a.Status != http.StatusNotFound {
			t.Errorf("trusted: got %+v", a)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	s := webhook.New(development(), nil, func() time.Time { return now })
	for text, want := range map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		"-5":                            0,
		"99999999999":                   30 * 24 * time.Hour,
		"Sun, 01 Mar 2026 08:10:00 GMT": 10 * time.Minute,
		"Sun, 01 Mar 2026 07:10:00 GMT": 0,
		"soon":                          0,
	} {
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", text)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		if a := send(t, s, to.URL, plenty); a.RetryAfter != want {
			t.Errorf("%q: got %v, want %v", text, a.RetryAfter, want)
		}
	}
}

// What gets round guards elsewhere: each is refused, or reaches nobody.
func TestTheGuardIsNotGotRound(t *testing.T) {
	reached := atomic.Bool{}
	inner := receiver(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inner.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	strict := webhook.New(webhook.NewGuard(nil), nil, time.Now)
	for name, url := range map[string]string{
		"a private address":      "https://127.0.0.1:" + port,
		"plain http":             "http://127.0.0.1:" + port,
		"an IPv4-mapped address": "https://[::ffff:127.0.0.1]:" + port,
		"a name that means this machine when dialled": "https://localhost:" + port,
		"an odd spelling":         "https://127.1:" + port,
		"a number":                "https://2130706433:" + port,
		"a URL of another scheme": "gopher://127.0.0.1:" + port,
	} {
		t.Run(name, func(t *testing.T) {
			a := send(t, strict, url, plenty)
			if reached.Load() || (a.Class != push.Refused && a.Class != "dns") {
				t.Errorf("got %+v, reached %v", a, reached.Load())
			}
		})
	}
	t.Run("a redirect is not followed", func(t *testing.T) {
		outer := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, http.StatusFound) })
		a := send(t, webhook.New(development(), nil, time.Now), outer.URL, plenty)
		if reached.Load() || a.Status != http.StatusFound {
			t.Errorf("got %+v, reached %v", a, reached.Load())
		}
	})
	t.Run("a proxy in the environment is not asked", func(t *testing.T) {
		for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
			t.Setenv(name, inner.URL)
		}
		a := send(t, webhook.New(webhook.NewGuard(nil), nil, time.Now), "https://receiver.invalid/", plenty)
		if reached.Load() || a.Class != "dns" {
			t.Errorf("got %+v, reached %v", a, reached.Load())
		}
	})
}
