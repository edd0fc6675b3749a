package webhook

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// A Fetcher gets what is at an address that the guard allows. It is safe for
// concurrent use.
type Fetcher struct {
	clients map[string]*http.Client
	most    int64
}

// NewFetcher returns a Fetcher of answers with so many bytes at most. It trusts
// the certificates of roots, or those of the system where that is nil.
func NewFetcher(guard *Guard, roots *x509.CertPool, most int64) *Fetcher {
	return &Fetcher{clientsOf(guard, roots), most}
}

// fetching is how long it may take to get a whole answer.
const fetching = 5 * time.Second

// Fetch returns the body of the answer if its status is 200. Errors tell what
// kind of thing went wrong, and nothing of the answer.
func (f *Fetcher) Fetch(ctx context.Context, address string) ([]byte, error) {
	u, err := parse(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetching)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	request.Header.Set("Accept", "application/json")
	answer, err := f.clients[u.Scheme].Do(request)
	if err != nil {
		return nil, errors.New(classOf(ctx, err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, f.most+1))
	switch {
	case err != nil:
		return nil, errors.New(classOf(ctx, err))
	case int64(len(body)) > f.most:
		return nil, fmt.Errorf("more than %d bytes", f.most)
	}
	return body, nil
}
