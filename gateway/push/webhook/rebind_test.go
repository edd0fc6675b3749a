package webhook_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/push"
	"nutrigate/gateway/push/webhook"
)

// nameServer answers questions for IPv4 addresses (RFC 1035) with one after the
// other of its addresses, and the last for ever; it has no others.
type nameServer struct {
	conn  net.PacketConn
	mu    sync.Mutex
	addrs []netip.Addr
	asked int
}

func newNameServer(t *testing.T, addrs ...string) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s := &nameServer{conn: conn}
	for _, a := range addrs {
		s.addrs = append(s.addrs, netip.MustParseAddr(a))
	}
	go s.serve()
	return s
}

// resolver asks the server and nobody else.
func (s *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", s.conn.LocalAddr().String())
	}}
}

func (s *nameServer) serve() {
	b := make([]byte, 512)
	for {
		n, from, err := s.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if answer := s.answer(b[:n]); answer != nil {
			_, _ = s.conn.WriteTo(answer, from)
		}
	}
}

const (
	dnsHeader = 12
	typeA     = 1
)

// answer repeats the question and, if it is for an IPv4 address, has one after it.
func (s *nameServer) answer(query []byte) []byte {
	end := dnsHeader
	for end < len(query) && query[end] != 0 { // labels, each with its length before it
		end += int(query[end]) + 1
	}
	end += 5 // the empty label, type and class
	if end > len(query) {
		return nil
	}
	a := append([]byte{}, query[:end]...)
	copy(a[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}) // an answer without error, one question, nothing else
	if binary.BigEndian.Uint16(query[end-4:]) != typeA {
		return a
	}
	s.mu.Lock()
	addr := s.addrs[min(s.asked, len(s.addrs)-1)].As4()
	s.asked++
	s.mu.Unlock()
	a[7] = 1                                                         // one answer
	a = append(a, 0xc0, dnsHeader, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4) // the name of the question, IPv4, Internet, not to be kept, 4 bytes
	return append(a, addr[:]...)
}

// A name that is public when the endpoint is made, and this machine when it is called.
func TestRebinding(t *testing.T) {
	var reached atomic.Bool
	inner := receiver(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(inner.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	names := newNameServer(t, "1.1.1.1", "127.0.0.1")
	url := "https://rebind.example:" + port + "/"
	t.Run("it is refused when it is dialled, although it was public when it was checked", func(t *testing.T) {
		guard := webhook.NewGuard(nil, webhook.Resolver(names.resolver()))
		if err := guard.Check(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			a := send(t, webhook.New(guard, nil, time.Now), url, 5*time.Second)
			if a.Class != push.Refused || reached.Load() {
				t.Errorf("got %+v, reached %v", a, reached.Load())
			}
		}
		if err := guard.Check(t.Context(), url); fault.KindOf(err) != fault.Invalid {
			t.Errorf("checked again: %v", err)
		}
	})
	t.Run("and called where that is allowed, so that it was the guard who refused", func(t *testing.T) {
		guard := webhook.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, webhook.Resolver(names.resolver()))
		a := send(t, webhook.New(guard, nil, time.Now), "http://rebind.example:"+port+"/", 5*time.Second)
		if a.Status != http.StatusOK || !reached.Load() {
			t.Errorf("got %+v, reached %v", a, reached.Load())
		}
	})
	names.mu.Lock()
	defer names.mu.Unlock()
	if names.asked < 4 {
		t.Errorf("the name server was asked %d times", names.asked)
	}
}
