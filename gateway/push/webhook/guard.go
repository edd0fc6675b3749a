package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"nutrigate/gateway/fault"
)

// A Guard says which addresses may be called: over https every public one and
// what the operator allows, over plain http only the latter. A tenant's words
// never change it.
type Guard struct {
	allowed []netip.Prefix
	public  *ssrf.Guardian // and what is allowed
	names   *net.Resolver
}

// An Option is a setting of NewGuard.
type Option func(*Guard)

// Resolver resolves names in place of the system's resolver.
func Resolver(r *net.Resolver) Option { return func(g *Guard) { g.names = r } }

// NewGuard returns a Guard that allows some subnets beside the public addresses.
func NewGuard(allow []netip.Prefix, options ...Option) *Guard {
	g := &Guard{names: net.DefaultResolver}
	for _, o := range options {
		o(g)
	}
	var v4, v6 []netip.Prefix
	for _, p := range allow {
		g.allowed = append(g.allowed, p.Masked())
		if p.Addr().Is4() {
			v4 = append(v4, p.Masked())
		} else {
			v6 = append(v6, p.Masked())
		}
	}
	g.public = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	return g
}

// errRefused is all that is told of a refusal, whatever the address: a guard
// that says more can be used to look around behind it.
var errRefused = errors.New("the address may not be called")

// allows returns errRefused if the address may not be called over the scheme.
func (g *Guard) allows(scheme string, addr netip.Addr) error {
	addr = addr.Unmap()
	if scheme == "http" {
		for _, p := range g.allowed {
			if p.Contains(addr) {
				return nil
			}
		}
		return errRefused
	}
	if g.public.SafeAddr(addr) != nil {
		return errRefused
	}
	return nil
}

// control is for net.Dialer: it sees the address that is about to be dialled,
// after every resolution of names.
func (g *Guard) control(scheme string) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return errRefused
		}
		return g.allows(scheme, at.Addr())
	}
}

// resolving is how long the name of an endpoint may take to resolve when it is made.
const resolving = 3 * time.Second

// Check returns an Invalid fault if an endpoint may not have the URL: it is no
// https address (or http, to a subnet that the operator allows), it has user
// info, or what it names now may not be called. A name that does not resolve
// passes: each request is checked again.
func (g *Guard) Check(ctx context.Context, address string) error {
	u, err := parse(address)
	if err != nil {
		return fault.BadParam("url", "url: %s", err)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		return g.checked(u.Scheme, []netip.Addr{addr})
	}
	ctx, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	found, err := g.names.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		found = nil
	}
	return g.checked(u.Scheme, found)
}

func (g *Guard) checked(scheme string, addrs []netip.Addr) error {
	for _, addr := range addrs {
		if err := g.allows(scheme, addr); err != nil {
			return fault.Wrap(fault.Invalid, err, "url: it must be an https address that is public")
		}
	}
	return nil
}

// parse reads an endpoint's URL.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil: // whose text may hold a password
		return nil, errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it must be an https address")
	case u.Hostname() == "":
		return nil, errors.New("it names no host")
	case !callable(u.Port()):
		return nil, errors.New("it has no port that can be called")
	case u.User != nil:
		return nil, errors.New("it must not hold a user or a password")
	case len(address) > maxURL:
		return nil, fmt.Errorf("it is longer than %d bytes", maxURL)
	}
	return u, nil
}

// callable reports whether there is such a port; without one it is the scheme's.
func callable(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || (err == nil && n > 0)
}

const maxURL = 2048
