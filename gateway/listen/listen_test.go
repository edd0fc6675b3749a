package listen_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/listen"
)

const (
	key    = "0123456789abcdef0123456789abcdef"
	weight = `{"type":"body","version":"2022-03-16","user":{"user_id":"u-1","provider":"CRONOMETER","reference_id":"ann"},` +
		`"data":[{"metadata":{"start_time":"2026-01-05T00:00:00.000000+01:00"},"measurements_data":{"measurements":[{"weight_kg":71.5}]}}]}`
)

var (
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte(key))
	now    = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)
)

// signed is a delivery as a sender makes it.
func signed(t *testing.T, id, body string, at time.Time) *http.Request {
	t.Helper()
	sum := func(key, text string) []byte {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	terra := "t=" + stamp + ",v1=" + hex.EncodeToString(sum(secret, stamp+"."+body))
	for name, value := range map[string]string{
		"webhook-id": id, "webhook-timestamp": stamp, "terra-reference": "ref-1",
		"webhook-signature": "v1," + base64.StdEncoding.EncodeToString(sum(key, id+"."+stamp+"."+body)),
		"terra-signature":   terra, "X-Terra-Signature": terra,
	} {
		r.Header.Set(name, value)
	}
	return r
}

// take gives one delivery to a new receiver.
func take(t *testing.T, o listen.Options, r *http.Request) (status int, said string) {
	t.Helper()
	var out bytes.Buffer
	o.Out, o.Now = &out, func() time.Time { return now }
	w := httptest.NewRecorder()
	listen.New(o).ServeHTTP(w, r)
	return w.Code, out.String()
}

func TestListener(t *testing.T) {
	of := func(body string, change ...string) *http.Request {
		r := signed(t, "m-1", body, now)
		for i := 0; i < len(change); i += 2 {
			r.Header.Set(change[i], change[i+1])
		}
		return r
	}
	forged := []string{"terra-signature", "t=1,v1=00", "webhook-signature", "v1,AAAA", "X-Terra-Signature", ""}
	for _, c := range []struct {
		name    string
		options listen.Options
		request *http.Request
		status  int
		says    []string
		not     []string
	}{
		{
			"verifies and says what it is",
			listen.Options{Secret: secret},
			of(weight), 200,
			[]string{
				"12:00:00 body, user u-1, 1 in it, " + strconv.Itoa(len(weight)) + " bytes, answered 200\n", "reference_id: ann", "of: 2026-01-05\n",
				"webhook-id: m-1", "terra-reference: ref-1", "terra-signature verified", "X-Terra-Signature verified", "webhook-signature verified",
			},
			[]string{"71.5", "weight", "FAILED"},
		},
		{
			"refuses a forged one and says what is wrong",
			listen.Options{Secret: secret},
			of(weight, forged...), 401,
			[]string{"answered 401", "terra-signature FAILED: the secret does not", "webhook-signature FAILED: the secret does not", "X-Terra-Signature FAILED: there is no such"},
			[]string{"verified"},
		},
		{
			"one right signature is enough",
			listen.Options{Secret: secret},
			of(weight, "webhook-signature", ""), 200,
			[]string{"terra-signature verified", "webhook-signature FAILED: there is no such"},
			nil,
		},
		{
			"refuses one of 301 seconds ago",
			listen.Options{Secret: secret},
			signed(t, "m-1", weight, now.Add(-301*time.Second)), 401,
			[]string{"signed 301 s ago, 300 s are allowed"},
			[]string{"verified"},
		},
		{"takes all without a secret, and says so", listen.Options{}, of(weight, forged...), 200, []string{"not verified: no --secret"}, []string{"signature verified", "71.5"}},
		{"shows bodies when told to", listen.Options{Bodies: true}, of(weight), 200, []string{weight + "\n"}, nil},
		{"answers as it is told", listen.Options{Secret: secret, Status: 503}, of(weight), 503, []string{"answered 503", "terra-signature verified"}, nil},
		{"leaves the terminal alone", listen.Options{Bodies: true}, of("\x1b[2Jno JSON"), 200, []string{"not JSON", "?[2Jno JSON"}, []string{"\x1b"}},
		{
			"a Bundle",
			listen.Options{},
			of(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation","id":"o1"}}]}`), 200,
			[]string{"Bundle collection, 1 in it", "of: Observation/o1"},
			nil,
		},
		{"an event", listen.Options{}, of(`{"type":"user_reauth","old_user":{"user_id":"a"},"new_user":{"user_id":"b"}}`), 200, []string{"user_reauth, user b"}, nil},
		{"many ids are cut", listen.Options{}, of(`{"type":"x","data":[{"id":"a"}` + strings.Repeat(`,{}`, 20) + `]}`), 200, []string{"21 in it", "of: a, unnamed", "and 9 more"}, nil},
		{"what a sender makes long is cut", listen.Options{}, of(`{"type":"` + strings.Repeat("x", 5000) + `"}`), 200, []string{"x…, "}, []string{strings.Repeat("x", 500)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, said := take(t, c.options, c.request)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("does not say %q:\n%s", want, said)
				}
			}
			for _, bad := range c.not {
				if strings.Contains(said, bad) {
					t.Errorf("says %q:\n%s", bad, said)
				}
			}
		})
	}
}

func TestListenerCounts(t *testing.T) {
	var out bytes.Buffer
	l := listen.New(listen.Options{Out: &out, Secret: secret, Now: func() time.Time { return now }})
	for _, id := range []string{"m-1", "m-2", "m-1"} {
		l.ServeHTTP(httptest.NewRecorder(), signed(t, id, weight, now))
	}
	l.ServeHTTP(httptest.NewRecorder(), signed(t, "m-3", weight, now.Add(time.Hour)))
	if got, want := l.Summary(), "4 received, 3 verified, 1 again"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if n := strings.Count(out.String(), ", again"); n != 1 {
		t.Errorf("%d are called again:\n%s", n, out.String())
	}
}

func TestListenerForgetsTheOldest(t *testing.T) {
	var out bytes.Buffer
	l := listen.New(listen.Options{Out: &out, Now: func() time.Time { return now }})
	for i := range 10_001 {
		l.ServeHTTP(httptest.NewRecorder(), signed(t, fmt.Sprint(i), "{}", now))
	}
	out.Reset()
	l.ServeHTTP(httptest.NewRecorder(), signed(t, "10000", "{}", now))
	l.ServeHTTP(httptest.NewRecorder(), signed(t, "0", "{}", now))
	if n := strings.Count(out.String(), ", again"); n != 1 {
		t.Errorf("%d are called again, want the last only:\n%s", n, out.String())
	}
}

func TestListenerDelays(t *testing.T) {
	l := listen.New(listen.Options{Out: &bytes.Buffer{}, Now: time.Now, Delay: 30 * time.Millisecond})
	t.Run("before it answers", func(t *testing.T) {
		start := time.Now()
		l.ServeHTTP(httptest.NewRecorder(), signed(t, "m", "{}", now))
		if took := time.Since(start); took < 30*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
	})
	t.Run("no longer than the sender waits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		slow := listen.New(listen.Options{Out: &bytes.Buffer{}, Now: time.Now, Delay: time.Hour})
		slow.ServeHTTP(httptest.NewRecorder(), signed(t, "m", "{}", now).WithContext(ctx))
	})
}

func TestListenerRefusesWhatIsTooLarge(t *testing.T) {
	status, said := take(t, listen.Options{}, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(make([]byte, 33<<20))))
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(said, "larger than 32 MiB") {
		t.Errorf("%d %s", status, said)
	}
}
