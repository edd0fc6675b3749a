package serve

import (
	"context"
	"crypto/sha256"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/kept"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// A tokenStore finds what a token stands for; NotFound where there is none.
type tokenStore interface {
	Token(ctx context.Context, secret string) (store.Token, store.Authorization, error)
}

// tokens remembers for a moment what tokens stand for, as keyring does keys. One
// that is revoked is good for that moment still; one that expires is not.
type tokens struct {
	store tokenStore
	now   func() time.Time
	right *kept.Cache[[sha256.Size]byte, allowed]
}

type allowed struct {
	grant   *grant.Grant
	expires time.Time
}

func newTokens(st tokenStore, now func() time.Time) *tokens {
	return &tokens{st, now, kept.New(kept.Options[[sha256.Size]byte, allowed]{Size: maxKeys, Written: remembered})}
}

// grant returns what the holder of the access token may see. Whatever else it
// is, the caller learns no more than that it is none; of one that has expired
// the grant says whose it was, and nothing may be seen by it.
func (t *tokens) grant(ctx context.Context, token string) (*grant.Grant, error) {
	sum := sha256.Sum256([]byte(token))
	found, ok := t.right.Get(sum)
	if !ok {
		kind, a, err := t.store.Token(ctx, token)
		switch {
		case fault.KindOf(err) == fault.NotFound, err == nil && kind.Kind != store.AccessToken:
			return nil, errToken
		case err != nil:
			return nil, err
		}
		found = allowed{smart.GrantOf(a), kind.Expires}
		t.right.Set(sum, found)
	}
	if !t.now().Before(found.expires) {
		return &grant.Grant{Tenant: found.grant.Tenant, Client: found.grant.Client}, errToken
	}
	return found.grant, nil
}

var errToken = fault.New(fault.Unauthorized, "the access token is unknown or has expired")
