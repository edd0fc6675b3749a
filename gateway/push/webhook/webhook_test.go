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

func send(t *testing.T, s *webhook.Sender, url string, limit time.Duration) (push.Answer, time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	return s.Send(ctx, url, http.Header{"X-A": {"b"}}, []byte("body")), time.Since(began)
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
		if a, _ := send(t, s, to.URL, time.Second); a.Status != 200 || string(got) != "body" || header.Get("X-A") != "b" {
			t.Errorf("got %+v, %q, %v", a, got, header)
		}
	})
	t.Run("a receiver that hangs costs the time limit", func(t *testing.T) {
		over := make(chan struct{})
		to := receiver(t, func(http.ResponseWriter, *http.Request) { <-over })
		t.Cleanup(func() { close(over) })
		if a, took := send(t, s, to.URL, 50*time.Millisecond); a.Class != "timeout" || took > time.Second {
			t.Errorf("got %+v after %v", a, took)
		}
	})
	t.Run("an answer after the time limit is none", func(t *testing.T) {
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(150 * time.Millisecond)
			w.WriteHeader(http.StatusOK)
		})
		if a, _ := send(t, s, to.URL, 50*time.Millisecond); a.Status != 0 || a.Class != "timeout" {
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
		if a, _ := send(t, s, to.URL, time.Second); a.Class != "connection" {
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
		a, took := send(t, s, to.URL, 5*time.Second)
		<-ended
		if a.Status != 200 || took > 2*time.Second || sent.Load() > 32<<20 { // what the kernel's buffers took
			t.Errorf("got %+v after %v and %d bytes", a, took, sent.Load())
		}
	})
	t.Run("header fields without end are no answer", func(t *testing.T) {
		to := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
			for i := range 100 {
				w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 1000))
			}
		})
		if a, _ := send(t, s, to.URL, time.Second); a.Status != 0 || a.Class != "connection" {
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
		if a, took := send(t, s, to.URL, time.Second); a.Status != 200 || asked != "" || took > 500*time.Millisecond {
			t.Errorf("got %+v after %v, asked for %q", a, took, asked)
		}
	})
	t.Run("a name that does not resolve is of a class of its own", func(t *testing.T) {
		if a, _ := send(t, s, "https://receiver.invalid/", 5*time.Second); a.Class != "dns" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("a certificate that nobody trusts is no answer", func(t *testing.T) {
		to := httptest.NewTLSServer(http.NotFoundHandler())
		defer to.Close()
		to.Config.ErrorLog = nil
		if a, _ := send(t, s, to.URL, time.Second); a.Class != "tls" {
			t.Errorf("got %+v", a)
		}
		roots := x509.NewCertPool()
		roots.AddCert(to.Certificate())
		if a, _ := send(t, webhook.New(development(), roots, time.Now), to.URL, time.Second); a.Status != http.StatusNotFound {
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
		if a, _ := send(t, s, to.URL, time.Second); a.RetryAfter != want {
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
			a, _ := send(t, strict, url, 5*time.Second)
			if reached.Load() || (a.Class != push.Refused && a.Class != "dns") {
				t.Errorf("got %+v, reached %v", a, reached.Load())
			}
		})
	}
	t.Run("a redirect is not followed", func(t *testing.T) {
		outer := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, http.StatusFound) })
		a, _ := send(t, webhook.New(development(), nil, time.Now), outer.URL, time.Second)
		if reached.Load() || a.Status != http.StatusFound {
			t.Errorf("got %+v, reached %v", a, reached.Load())
		}
	})
	t.Run("a proxy in the environment is not asked", func(t *testing.T) {
		for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
			t.Setenv(name, inner.URL)
		}
		a, _ := send(t, webhook.New(webhook.NewGuard(nil), nil, time.Now), "https://receiver.invalid/", 5*time.Second)
		if reached.Load() || a.Class != "dns" {
			t.Errorf("got %+v, reached %v", a, reached.Load())
		}
	})
}
