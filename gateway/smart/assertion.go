package smart

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Algorithms lists what a client may sign with: what SMART wants servers to
// take, and nothing weaker. "none" and shared secrets are not among them.
func Algorithms() []string { return []string{string(jose.RS384), string(jose.ES384)} }

func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS384, jose.ES384}
}

// An Assertion is a client's signed statement of who it is (RFC 7523, as SMART's
// "Client Authentication: Asymmetric" narrows it).
type Assertion struct {
	Client string // who it says it is; nothing is proven until Verify
	token  *jwt.JSONWebToken
	claims jwt.Claims
}

// maxAssertion bounds an assertion: a key of 8192 bits signs with 1.4 kB.
const maxAssertion = 8 << 10

// ParseAssertion reads an assertion. Faults are Unauthorized.
func ParseAssertion(text string) (Assertion, error) {
	if len(text) > maxAssertion {
		return Assertion{}, refused("it is longer than %d bytes", maxAssertion)
	}
	token, err := jwt.ParseSigned(text, algorithms())
	if err != nil {
		return Assertion{}, fault.Wrap(fault.Unauthorized, err, "client_assertion: it must be a JWT signed by RS384 or ES384")
	}
	a := Assertion{token: token}
	if err := token.UnsafeClaimsWithoutVerification(&a.claims); err != nil {
		return Assertion{}, fault.Wrap(fault.Unauthorized, err, "client_assertion: its claims cannot be read")
	}
	if a.claims.Issuer == "" || a.claims.Issuer != a.claims.Subject {
		return Assertion{}, refused("iss and sub must both be the client's id")
	}
	a.Client = a.claims.Issuer
	return a, nil
}

const (
	// maxLife is how long an assertion may be good for (SMART: "no more than five
	// minutes in the future").
	maxLife = 5 * time.Minute
	// fast is how far a client's clock may be ahead of ours.
	fast = 10 * time.Second
	// maxID bounds the id of an assertion.
	maxID = 256
)

// Verify proves that the client made the assertion, for this token endpoint and
// now. It returns the assertion's id, which may be taken once, and its end.
func (a Assertion) Verify(ctx context.Context, keys *Keys, c store.Client, audience string, now time.Time) (id string, expires time.Time, err error) {
	header := a.token.Headers[0]
	if typ, given := header.ExtraHeaders[jose.HeaderType]; given && typ != "JWT" {
		return "", expires, refused("typ must be JWT")
	}
	if url, given := header.ExtraHeaders["jku"]; given && (url != c.JWKSURI || c.JWKSURI == "") {
		return "", expires, refused("jku is not the address of keys with which the client is registered")
	}
	if header.KeyID == "" {
		return "", expires, refused("kid is missing")
	}
	candidates, err := keys.of(ctx, c, header.KeyID, header.Algorithm)
	if err != nil {
		return "", expires, err
	}
	signed := slices.ContainsFunc(candidates, func(k jose.JSONWebKey) bool {
		return a.token.Claims(k.Key, &jwt.Claims{}) == nil
	})
	if !signed {
		return "", expires, refused("no key of the client has this kid and made this signature")
	}
	return a.checked(audience, now)
}

// checked looks at what is signed.
func (a Assertion) checked(audience string, now time.Time) (id string, expires time.Time, err error) {
	c := a.claims
	switch {
	case !c.Audience.Contains(audience):
		return "", expires, refused("aud must be %s", audience)
	case c.Expiry == nil:
		return "", expires, refused("exp is missing")
	case !now.Before(c.Expiry.Time()):
		return "", expires, refused("it has expired")
	case c.Expiry.Time().After(now.Add(maxLife + fast)):
		return "", expires, refused("exp is more than %v ahead", maxLife)
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(fast)):
		return "", expires, refused("nbf is ahead")
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(fast)):
		return "", expires, refused("iat is ahead")
	case c.ID == "" || len(c.ID) > maxID:
		return "", expires, refused("jti must be there, with %d characters at most", maxID)
	}
	return c.ID, c.Expiry.Time(), nil
}

func refused(format string, args ...any) error {
	return fault.New(fault.Unauthorized, "client_assertion: "+format, args...)
}

// usable reports whether a key is one that a client may sign with by the algorithm.
func usable(k jose.JSONWebKey, algorithm string) bool {
	if !k.Valid() || (k.Use != "" && k.Use != "sig") || (k.Algorithm != "" && k.Algorithm != algorithm) {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return algorithm == string(jose.RS384) && key.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return algorithm == string(jose.ES384) && key.Curve == elliptic.P384()
	}
	return false
}

// minRSA is what RFC 7518 section 3.3 asks of RS384.
const minRSA = 2048

var errNoKey = errors.New("it has no public key for RS384 (2048 bits) or ES384 (P-384) with a kid")
