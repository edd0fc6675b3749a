package smart

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// clientRSA is the length of the RSA keys that we make for clients, in bits.
const clientRSA = 3072

// NewPair makes a key pair with which a client signs by the algorithm: the
// private key as PEM (PKCS #8), and the set of keys to register.
func NewPair(algorithm string) (private, jwks []byte, err error) {
	var key crypto.Signer
	switch algorithm {
	case string(jose.RS384):
		key, err = rsa.GenerateKey(rand.Reader, clientRSA)
	case string(jose.ES384):
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		return nil, nil, fmt.Errorf("no such algorithm: %q; there are %v", algorithm, Algorithms())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("make a key pair: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key pair: %w", err)
	}
	jwks, err = PublicKeys(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), jwks, err
}

// ReadPrivate reads a private key from PEM.
func ReadPrivate(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the key is no PEM file")
	}
	for _, read := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
	} {
		if key, err := read(block.Bytes); err == nil {
			if signer, ok := key.(crypto.Signer); ok {
				return signer, nil
			}
		}
	}
	return nil, errors.New("the file has no private key that can be used")
}

// PublicKeys returns the set of keys to register for a private key.
func PublicKeys(private crypto.Signer) ([]byte, error) {
	public, _, err := described(private)
	if err != nil {
		return nil, err
	}
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
}

// described returns the public part of a key, with its id and the algorithm
// that it signs by.
func described(private crypto.Signer) (jose.JSONWebKey, jose.SignatureAlgorithm, error) {
	public := jose.JSONWebKey{Key: private.Public(), Use: "sig"}
	for _, algorithm := range algorithms() {
		if usable(public, string(algorithm)) {
			public.Algorithm = string(algorithm)
		}
	}
	if public.Algorithm == "" {
		return public, "", errNoKey
	}
	print, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return public, "", fmt.Errorf("name the key: %w", err)
	}
	public.KeyID = base64.RawURLEncoding.EncodeToString(print)
	return public, jose.SignatureAlgorithm(public.Algorithm), nil
}

// NewAssertion signs a statement that the holder of the key is the client, for
// one token endpoint and some minutes.
func NewAssertion(private crypto.Signer, client, audience string, now time.Time) (string, error) {
	public, algorithm, err := described(private)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: private, KeyID: public.KeyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("use the key: %w", err)
	}
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{audience}, ID: NewSecret(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(4 * time.Minute)),
	}).Serialize()
}
