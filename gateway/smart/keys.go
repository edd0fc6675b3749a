package smart

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/kept"
	"nutrigate/gateway/store"
)

// A Fetch gets what is at an address, if that may be called, and no more than
// MaxKeys bytes of it.
type Fetch func(ctx context.Context, url string) ([]byte, error)

const (
	// MaxKeys is how long a set of keys may be, in bytes.
	MaxKeys = 64 << 10
	// maxKeys is how many keys are looked at.
	maxKeys = 50
	// keysKept is how long fetched keys are used before they are fetched again;
	// one that is taken back is good for as long.
	keysKept = 5 * time.Minute
	// fetchWait is how long an address is left alone after it was asked, also
	// where a key is not there that a client names: nobody can have us ask another's
	// server at will.
	fetchWait  = 15 * time.Second
	maxSources = 1000
)

// Keys finds the public keys of clients. Those at an address are fetched and
// kept for a while. It is safe for concurrent use.
type Keys struct {
	fetch Fetch
	now   func() time.Time
	kept  *kept.Cache[string, fetched]
}

type fetched struct {
	keys []jose.JSONWebKey
	err  error
	at   time.Time
}

// NewKeys returns a Keys that fetches with fetch.
func NewKeys(fetch Fetch, now func() time.Time) *Keys {
	return &Keys{fetch, now, kept.New(kept.Options[string, fetched]{Size: maxSources, Written: keysKept})}
}

// of returns the client's keys with the id for the algorithm.
func (k *Keys) of(ctx context.Context, c store.Client, id, algorithm string) ([]jose.JSONWebKey, error) {
	all, err := k.all(ctx, c, id)
	if err != nil {
		return nil, fault.Wrap(fault.Unauthorized, err, "client_assertion: the client's keys cannot be had")
	}
	return slices.DeleteFunc(slices.Clone(all), func(key jose.JSONWebKey) bool {
		return key.KeyID != id || !usable(key, algorithm)
	}), nil
}

func (k *Keys) all(ctx context.Context, c store.Client, id string) ([]jose.JSONWebKey, error) {
	if c.JWKSURI == "" {
		return parseKeys(c.JWKS)
	}
	had, there := k.kept.Get(c.JWKSURI)
	has := slices.ContainsFunc(had.keys, func(key jose.JSONWebKey) bool { return key.KeyID == id })
	age := k.now().Sub(had.at)
	if there && ((has && age < keysKept) || age < fetchWait) {
		return had.keys, had.err
	}
	got := fetched{at: k.now()}
	body, err := k.fetch(ctx, c.JWKSURI)
	if err == nil {
		got.keys, err = parseKeys(body)
	}
	got.err = err
	k.kept.Set(c.JWKSURI, got)
	return got.keys, got.err
}

// parseKeys reads a set of keys (RFC 7517 section 5). Keys of a kind that is
// not known are passed over, as that section wants.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	if len(set.Keys) > maxKeys || len(text) > MaxKeys {
		return nil, fmt.Errorf("more than %d keys or %d bytes", maxKeys, MaxKeys)
	}
	var all []jose.JSONWebKey
	for _, one := range set.Keys {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(one); err == nil {
			all = append(all, key)
		}
	}
	return all, nil
}

// CheckKeys returns an Invalid fault where a client cannot be registered with
// the set of keys: there is no key in it that we would take, or one that nobody
// but the client may have.
func CheckKeys(text []byte) error {
	all, err := parseKeys(text)
	if err != nil {
		return fault.BadParam("jwks", "jwks: %s", err)
	}
	good := false
	for _, key := range all {
		if !key.IsPublic() {
			return fault.BadParam("jwks", "jwks: it has a private or shared key; send the public key alone, and make a new one")
		}
		good = good || (key.KeyID != "" && (usable(key, string(jose.RS384)) || usable(key, string(jose.ES384))))
	}
	if !good {
		return fault.BadParam("jwks", "jwks: %s", errNoKey)
	}
	return nil
}
