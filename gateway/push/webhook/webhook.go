// Package webhook sends deliveries by HTTP: one request, to an address that the
// guard allows, with limits on all that comes back.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"nutrigate/gateway/push"
)

const (
	maxAnswer  = 16 << 10 // of the body, and of the header fields
	connecting = 5 * time.Second
	perHost    = 64 // connections that are kept: as many as an endpoint may use at once
	total      = 512
)

// A Sender posts deliveries. It is safe for concurrent use.
type Sender struct {
	guard   *Guard
	clients map[string]*http.Client // by scheme: what may be dialled differs
	now     func() time.Time
}

var _ push.Sender = (*Sender)(nil)

// New returns a Sender that calls what the guard allows. It trusts the
// certificates of roots, or those of the system where that is nil.
func New(guard *Guard, roots *x509.CertPool, now func() time.Time) *Sender {
	return &Sender{guard: guard, clients: clientsOf(guard, roots), now: now}
}

// clientsOf returns what calls over each scheme.
func clientsOf(guard *Guard, roots *x509.CertPool) map[string]*http.Client {
	clients := map[string]*http.Client{}
	for _, scheme := range []string{"http", "https"} {
		dialer := &net.Dialer{Timeout: connecting, KeepAlive: 30 * time.Second, Control: guard.control(scheme), Resolver: guard.names}
		clients[scheme] = &http.Client{
			// A redirect is an answer like another: following it would let the
			// receiver choose whom we call.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                  nil, // HTTP_PROXY would make the guard see the proxy's address alone
				DialContext:            dialer.DialContext,
				TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
				TLSHandshakeTimeout:    connecting,
				ForceAttemptHTTP2:      true,
				MaxIdleConns:           total,
				MaxIdleConnsPerHost:    perHost,
				IdleConnTimeout:        90 * time.Second,
				MaxResponseHeaderBytes: maxAnswer,
				DisableCompression:     true, // nothing that comes back is expanded
			},
		}
	}
	return clients
}

// Send sends the body and reads a little of the answer.
func (s *Sender) Send(ctx context.Context, method, address string, header http.Header, body []byte) push.Answer {
	u, err := parse(address)
	if err != nil {
		return push.Answer{Class: push.Refused}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return push.Answer{Class: push.Refused}
	}
	request.Header = header
	answer, err := s.clients[u.Scheme].Do(request)
	if err != nil {
		return push.Answer{Class: classOf(ctx, err)}
	}
	defer answer.Body.Close()
	// What is read to its end leaves the connection for the next request. What
	// goes on for longer, or breaks off, changes nothing: the status has come.
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	return push.Answer{Status: answer.StatusCode, RetryAfter: s.retryAfter(answer.Header.Get("Retry-After"))}
}

// retryAfter reads seconds or a date (RFC 9110 section 10.2.3); what is neither
// says nothing.
func (s *Sender) retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), maxRetryAfter)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(s.now()))
	}
	return 0
}

const maxRetryAfter = 30 * 24 * 60 * 60 // seconds; the schedule's longest step is less

// classOf names what went wrong on the way.
func classOf(ctx context.Context, err error) string {
	var dns *net.DNSError
	var timeout net.Error
	var untrusted *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errRefused):
		return push.Refused
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "timeout"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &untrusted), errors.As(err, &alert), errors.As(err, &record):
		return "tls"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}
