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
// needs; a tenant's comes with the tenant.
func (s *server) known(r *http.Request, route room.Route) (*http.Request, error) {
	switch {
	case route.Public:
		return r, nil
	case route.Operator:
		return r, s.operator.check(r)
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
// however long they are (RFC 6750 has the header).
func (k operatorKey) check(r *http.Request) error {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(k))
	if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(a[:], b[:]) != 1 || k == "" {
		return fault.New(fault.Unauthorized, "the operator's key is missing or wrong: Authorization: Bearer …")
	}
	return nil
}

// challenge says how to authenticate (RFC 9110 section 11.6.1).
func challenge(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, adminBase+"/") || r.URL.Path == "/metrics" {
		return `Bearer realm="nutrigate operator"`
	}
	return `ApiKey realm="nutrigate"`
}
