package oauth

import (
	"context"
	"net/http"
	"sync"

	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
)

// A Signer signs with the gateway's key, which is read, or made, when it is
// first needed.
type Signer struct {
	store  signingStore
	mu     sync.Mutex
	signer *smart.Signer
}

type signingStore interface {
	// SigningKey returns the gateway's key, which make makes where there is none yet.
	SigningKey(ctx context.Context, make func() ([]byte, error)) ([]byte, error)
}

// NewSigner returns a Signer with the store's key.
func NewSigner(st signingStore) *Signer { return &Signer{store: st} }

func (s *Signer) get(ctx context.Context) (*smart.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.signer != nil {
		return s.signer, nil
	}
	key, err := s.store.SigningKey(ctx, smart.NewKey)
	if err != nil {
		return nil, err
	}
	s.signer, err = smart.NewSigner(key)
	return s.signer, err
}

// jwks answers with the key by which an id_token is verified.
func (m *Room) jwks(r *http.Request) (room.Answer, error) {
	signer, err := m.Signer.get(r.Context())
	if err != nil {
		return room.Answer{}, err
	}
	body, err := signer.JWKS()
	return room.Answer{Page: represent.NewPage(jsonType, body)}, err
}
