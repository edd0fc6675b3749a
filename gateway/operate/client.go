package operate

import (
	"context"
	"encoding/json"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// A ClientStore keeps the clients of SMART on FHIR; see package store for the contract.
type ClientStore interface {
	CreateClient(ctx context.Context, c store.Client) (made store.Client, secret string, err error)
	Clients(ctx context.Context, tenant string) ([]store.Client, error)
	DeleteClient(ctx context.Context, tenant, id string) error
}

// A Client is what is shown of a client of SMART on FHIR, and, without what only
// the gateway says, what one is made from.
type Client struct {
	ID        string          `json:"client_id"`
	Tenant    string          `json:"tenant"`
	Name      string          `json:"name"`
	Kind      string          `json:"kind"`
	Redirects []string        `json:"redirect_uris"`
	Launch    string          `json:"launch_url,omitempty"`
	JWKS      json.RawMessage `json:"jwks,omitempty"`
	JWKSURI   string          `json:"jwks_uri,omitempty"`
	Scopes    string          `json:"scopes"`
	Created   Time            `json:"created"`
	// Secret is there when it is made, and never again.
	Secret string `json:"client_secret,omitempty"`
}

// ClientOf shows a client, with the secret if it is not empty.
func ClientOf(c store.Client, secret string) Client {
	return Client{
		ID: c.ID, Tenant: c.Tenant, Name: c.Name, Kind: c.Kind, Redirects: append([]string{}, c.Redirects...), Launch: c.Launch,
		JWKS: c.JWKS, JWKSURI: c.JWKSURI, Scopes: c.Scopes, Created: Time(c.Created), Secret: secret,
	}
}

// A NewClient is what a caller says of a client that is to be made.
type NewClient struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind"`
	Redirects []string        `json:"redirect_uris"`
	Launch    string          `json:"launch_url"`
	JWKS      json.RawMessage `json:"jwks"`
	JWKSURI   string          `json:"jwks_uri"`
	Scopes    string          `json:"scopes"` // empty: those of its kind
}

// CreateClient makes a client of the tenant. Its secret, if it has one, is in
// the answer.
func CreateClient(ctx context.Context, st ClientStore, check URLCheck, tenant string, n NewClient) (Client, error) {
	if string(n.JWKS) == "null" {
		n.JWKS = nil
	}
	c, err := smart.Registered(store.Client{
		Tenant: tenant, Name: n.Name, Kind: n.Kind, Redirects: n.Redirects, Launch: n.Launch, JWKS: n.JWKS, JWKSURI: n.JWKSURI, Scopes: n.Scopes,
	})
	if err != nil {
		return Client{}, err
	}
	if c.JWKSURI != "" {
		if err := check(ctx, c.JWKSURI); err != nil {
			return Client{}, &fault.Error{Kind: fault.Invalid, Param: "jwks_uri", Message: "jwks_uri: it must be an https address that is public", Cause: err}
		}
	}
	c, secret, err := st.CreateClient(ctx, c)
	if err != nil {
		return Client{}, err
	}
	return ClientOf(c, secret), nil
}
