package serve

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/maypok86/otter/v2"

	"nutrigate/gateway/fault"
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
	right *otter.Cache[[sha256.Size]byte, string]
}

const (
	remembered = 5 * time.Second
	maxKeys    = 10_000
)

func newKeyring(st authenticator) *keyring {
	return &keyring{st, otter.Must(&otter.Options[[sha256.Size]byte, string]{
		MaximumSize:      maxKeys,
		ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, string](remembered),
	})}
}

// authenticate returns the caller's tenant by the two headers that Terra's
// clients send; under /fhir they count as well.
func (k *keyring) authenticate(r *http.Request) (string, error) {
	devID, key := r.Header.Get("dev-id"), r.Header.Get("x-api-key")
	if devID == "" || key == "" {
		return "", fault.New(fault.Unauthorized, "dev-id or x-api-key headers are missing")
	}
	sum := sha256.Sum256([]byte(devID + "\x00" + key)) // no header has a zero byte
	if tenant, ok := k.right.GetIfPresent(sum); ok {
		return tenant, nil
	}
	tenant, err := k.store.Authenticate(r.Context(), devID, key)
	if err == nil {
		k.right.Set(sum, tenant)
	}
	return tenant, err
}
