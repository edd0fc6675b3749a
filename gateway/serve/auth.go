package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/kept"
	"nutrigate/gateway/serve/oauth"
	"nutrigate/gateway/serve/room"
)

// An authenticator returns the tenant that a key belongs to; Unauthorized if none.
type authenticator interface {
	Authenticate(ctx context.Context, devID, key string) (tenant string, err error)
}

// keyring remembers for a moment which keys are right, so that a busy client
// does not cost a search in the store with each request. A key that is taken
// back is good for that moment still; a wrong one is never remembered.
type keyring struct {
	store authenticator
	right *kept.Cache[[sha256.Size]byte, string]
}

const (
	remembered = 5 * time.Second
	maxKeys    = 10_000
)

func newKeyring(st authenticator) *keyring {
	return &keyring{st, kept.New(kept.Options[[sha256.Size]byte, string]{Size: maxKeys, Written: remembered})}
}

// authenticate returns the caller's tenant by the two headers that Terra's
// clients send; under /fhir they count as well.
func (k *keyring) authenticate(r *http.Request) (string, error) {
	devID, key := r.Header.Get("dev-id"), r.Header.Get("x-api-key")
	if devID == "" || key == "" {
		return "", fault.New(fault.Unauthorized, "dev-id or x-api-key headers are missing")
	}
	sum := sha256.Sum256([]byte(devID + "\x00" + key)) // no header has a zero byte
	if tenant, ok := k.right.Get(sum); ok {
		return tenant, nil
	}
	tenant, err := k.store.Authenticate(r.Context(), devID, key)
	if err == nil {
		k.right.Set(sum, tenant)
	}
	return tenant, err
}

// known lets a request through to its route if it has the key that the route
// needs; a tenant's comes with what the caller may see. A token counts below
// /fhir alone: its scopes are about FHIR's types.
func (s *server) known(r *http.Request, route room.Route) (*http.Request, error) {
	switch {
	case route.Public:
		return r, nil
	case route.Operator:
		return r, s.operator.check(r)
	}
	if token, ok := bearer(r); ok && ofFHIR(r) {
		g, err := s.tokens.grant(r.Context(), token)
		if g != nil { // also of one that has expired: the audit says whose it was
			r = r.WithContext(room.WithGrant(r.Context(), g))
		}
		if err != nil {
			return r, err
		}
		return r, covers(g, route)
	}
	tenant, err := s.keys.authenticate(r)
	if err != nil {
		return r, err
	}
	return r.WithContext(room.WithGrant(r.Context(), &grant.Grant{Tenant: tenant, Client: r.Header.Get("dev-id"), All: true})), nil
}

// adminBase is the path below which the operator's routes are.
const adminBase = "/admin/api"

// An operatorKey opens the operator's routes.
type operatorKey string

// check compares hashes, which takes the same time wherever the keys differ and
// however long they are.
func (k operatorKey) check(r *http.Request) error {
	given, ok := bearer(r)
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(k))
	if !ok || subtle.ConstantTimeCompare(a[:], b[:]) != 1 || k == "" {
		return fault.New(fault.Unauthorized, "the operator's key is missing or wrong: Authorization: Bearer …")
	}
	return nil
}

// bearer returns the token of a request (RFC 6750 section 2.1), and whether it
// has one.
func bearer(r *http.Request) (string, bool) {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return given, strings.EqualFold(scheme, "Bearer")
}

func ofFHIR(r *http.Request) bool {
	return r.URL.Path == fhirBase || strings.HasPrefix(r.URL.Path, fhirBase+"/")
}

// challenge says how to authenticate (RFC 9110 section 11.6.1), or what is
// wrong with a token (RFC 6750 section 3); nothing for another status.
func challenge(r *http.Request, status int) string {
	_, token := bearer(r)
	switch {
	case status == http.StatusForbidden && token && ofFHIR(r):
		return `Bearer realm="nutrigate", error="insufficient_scope"`
	case status != http.StatusUnauthorized:
		return ""
	case strings.HasPrefix(r.URL.Path, adminBase+"/") || r.URL.Path == "/metrics":
		return `Bearer realm="nutrigate operator"`
	case strings.HasPrefix(r.URL.Path, oauth.Base+"/"):
		return `Basic realm="nutrigate"`
	case token && ofFHIR(r):
		return `Bearer realm="nutrigate", error="invalid_token"`
	case ofFHIR(r):
		return `Bearer realm="nutrigate", ApiKey realm="nutrigate"`
	}
	return `ApiKey realm="nutrigate"`
}
