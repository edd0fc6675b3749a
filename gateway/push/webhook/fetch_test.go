package webhook_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"nutrigate/gateway/push/webhook"
)

func TestFetch(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/keys":
			_, _ = w.Write([]byte("1234567890"))
		case "/long":
			_, _ = w.Write([]byte("12345678901"))
		case "/elsewhere":
			http.Redirect(w, r, "/keys", http.StatusFound)
		default:
			http.Error(w, "a secret page", http.StatusTeapot)
		}
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, tt := range []struct {
		name, url string
		allow     []netip.Prefix
		body, err string
	}{
		{"gets what is there", server.URL + "/keys", here, "1234567890", ""},
		{"refuses what is too long", server.URL + "/long", here, "", "more than 10 bytes"},
		{"follows nobody elsewhere", server.URL + "/elsewhere", here, "", "status 302"},
		{"tells the status alone", server.URL + "/nothing", here, "", "status 418"},
		{"calls no address that is not public", server.URL + "/keys", nil, "", "refused"},
		{"calls no plain http", strings.Replace(server.URL, "https", "http", 1) + "/keys", nil, "", "refused"},
		{"calls nothing else", "file:///etc/passwd", here, "", "https"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := webhook.NewFetcher(webhook.NewGuard(tt.allow), roots, 10).Fetch(t.Context(), tt.url)
			if string(body) != tt.body || (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got %q, %v; want %q", body, err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("it tells of the answer: %v", err)
			}
		})
	}
}
