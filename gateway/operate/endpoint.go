// Package operate is how tenants and operators see and set what is delivered:
// the JSON of the API and of the commands, which is the same.
package operate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// A Store keeps endpoints and deliveries; see package store for the contract.
type Store interface {
	PutEndpoint(ctx context.Context, e store.Endpoint) (put store.Endpoint, secret string, err error)
	AppendEvent(ctx context.Context, e store.Event) error
	Endpoint(ctx context.Context, tenant, id string) (store.Endpoint, error)
	Endpoints(ctx context.Context, tenant string) ([]store.Endpoint, error)
	DeleteEndpoint(ctx context.Context, tenant, id string) error
	Supersede(ctx context.Context, tenant, endpoint string) (int, error)
	RotateSecret(ctx context.Context, tenant, id string, keepOld time.Duration) (secret string, err error)
	Deliveries(ctx context.Context, q store.DeliveryQuery) (found []store.Delivery, next string, err error)
	Attempts(ctx context.Context, tenant, delivery string) ([]store.Attempt, error)
	Replay(ctx context.Context, q store.ReplayQuery) (int, error)
	Kept(ctx context.Context, tenant string) (store.Kept, error)
}

// A URLCheck returns a fault for an address that may not be called.
type URLCheck func(ctx context.Context, url string) error

// An Endpoint is what is shown of one.
type Endpoint struct {
	ID          string   `json:"id"`
	Tenant      string   `json:"tenant"`
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Types       []string `json:"types"` // empty: all
	Payload     string   `json:"payload"`
	Format      string   `json:"format"`
	Ordered     bool     `json:"ordered"`
	Rate        float64  `json:"rate"` // requests a second; 0: no limit
	Concurrency int      `json:"concurrency"`
	Timeout     string   `json:"timeout"`
	Schedule    Schedule `json:"schedule"`
	PublicKey   string   `json:"public_key,omitempty"` // verifies v1a signatures; there where it has a key pair
	Headers     []string `json:"header_names"`         // of the fields sent with each delivery
	// Subscription says that it is one of FHIR's, which is changed there.
	Subscription bool `json:"subscription,omitempty"`

	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
	// Failing is since when nothing has been delivered; five days after that it is disabled.
	Failing Time `json:"failing_since"`
	Created Time `json:"created"`
	Updated Time `json:"updated"`
	// Replayed is how many were sent again that were held; there where that was asked for.
	Replayed *int `json:"replayed,omitempty"`
	// Secret is there when it is made or rotated, and never again.
	Secret string `json:"secret,omitempty"`
}

// EndpointOf shows an endpoint, with the secret if it is not empty.
func EndpointOf(e store.Endpoint, secret string) Endpoint {
	if e.Types == nil {
		e.Types = []string{}
	}
	return Endpoint{
		ID: e.ID, Tenant: e.Tenant, URL: e.URL, Description: e.Description, Types: e.Types, Payload: e.Payload, Format: e.Format,
		Ordered: e.Ordered, Rate: e.Rate, Concurrency: e.Concurrency, Timeout: short(e.Timeout), Schedule: e.Schedule,
		Subscription: e.Subscription != nil,
		PublicKey:    e.PublicKey, Headers: append([]string{}, e.HeaderNames...),
		State: e.State, Reason: e.Reason, Failing: Time(e.FailingSince), Created: Time(e.Created), Updated: Time(e.Updated), Secret: secret,
	}
}

// A Change is what a caller sets of an endpoint; what is nil stays as it is.
type Change struct {
	URL         *string   `json:"url"`
	Description *string   `json:"description"`
	Types       *[]string `json:"types"`
	Payload     *string   `json:"payload"`
	Format      *string   `json:"format"`
	Ordered     *bool     `json:"ordered"`
	Rate        *float64  `json:"rate"`
	Concurrency *int      `json:"concurrency"`
	Timeout     *string   `json:"timeout"` // such as "15s"
	Schedule    *Schedule `json:"schedule"`
	// Ed25519 signs with a key pair too.
	Ed25519 *bool `json:"ed25519"`
	// Headers are sent with each delivery, in place of those that were.
	Headers *map[string]string `json:"headers"`
	State   *string            `json:"state"`
	// Held says what becomes of what was held while the endpoint was disabled: it
	// is sent (HeldAll), or only the newest of each user, type and day is
	// (HeldNewest), or it stays held (HeldNone, as without it).
	Held *string `json:"held"`
}

// What becomes of what is held.
const (
	HeldAll    = "all"
	HeldNewest = "newest"
	HeldNone   = "none"
)

// apply returns the endpoint with the change.
func (c Change) apply(e store.Endpoint) (store.Endpoint, error) {
	set(&e.URL, c.URL)
	set(&e.Description, c.Description)
	set(&e.Types, c.Types)
	set(&e.Payload, c.Payload)
	set(&e.Format, c.Format)
	set(&e.Ordered, c.Ordered)
	set(&e.Rate, c.Rate)
	set(&e.Concurrency, c.Concurrency)
	set(&e.Ed25519, c.Ed25519)
	set(&e.Headers, c.Headers)
	if c.Timeout != nil {
		timeout, err := time.ParseDuration(*c.Timeout)
		if err != nil {
			return e, fault.BadParam("timeout", `timeout: a time such as "15s"`)
		}
		e.Timeout = timeout
	}
	if c.Schedule != nil {
		e.Schedule = *c.Schedule
	}
	switch {
	case c.State == nil && e.ID != "":
		e.State, e.Reason = "", "" // it stays as it is when the change is stored
	case c.State != nil && *c.State != e.State:
		e.State, e.Reason = *c.State, store.ByRequest
	}
	return e, nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Create makes an endpoint of the tenant. Its secret is in the answer.
func Create(ctx context.Context, st Store, check URLCheck, tenant string, c Change) (Endpoint, error) {
	if c.Held != nil {
		return Endpoint{}, fault.BadParam("held", "held: nothing is held for an endpoint that is new")
	}
	return put(ctx, st, check, store.Endpoint{Tenant: tenant}, c)
}

// Update changes the tenant's endpoint with the id.
func Update(ctx context.Context, st Store, check URLCheck, tenant, id string, c Change) (Endpoint, error) {
	e, err := st.Endpoint(ctx, tenant, id)
	if err != nil {
		return Endpoint{}, err
	}
	if err := c.resumable(e); err != nil {
		return Endpoint{}, err
	}
	shown, err := put(ctx, st, check, e, c)
	if err != nil || c.Held == nil {
		return shown, err
	}
	n, err := resume(ctx, st, tenant, id, *c.Held)
	shown.Replayed = &n
	return shown, err
}

// resumable returns a fault where what is held cannot be treated as the change says.
func (c Change) resumable(e store.Endpoint) error {
	if c.Held == nil {
		return nil
	}
	if !slices.Contains([]string{HeldAll, HeldNewest, HeldNone}, *c.Held) {
		return fault.BadParam("held", "held: %s, %s or %s", HeldAll, HeldNewest, HeldNone)
	}
	set(&e.State, c.State)
	if e.State != store.Enabled {
		return fault.BadParam("held", "held: the endpoint is not enabled, nor does this enable it")
	}
	return nil
}

// resume sends what is held, as far as is wanted, and returns how many those are.
// If it fails it can be asked for again.
func resume(ctx context.Context, st Store, tenant, id, held string) (int, error) {
	switch held {
	case HeldNone:
		return 0, nil
	case HeldNewest:
		if _, err := st.Supersede(ctx, tenant, id); err != nil {
			return 0, err
		}
	}
	return st.Replay(ctx, store.ReplayQuery{Tenant: tenant, Endpoint: id, State: store.Held})
}

func put(ctx context.Context, st Store, check URLCheck, e store.Endpoint, c Change) (Endpoint, error) {
	e, err := c.apply(e)
	if err != nil {
		return Endpoint{}, err
	}
	if e.ID == "" && e.URL == "" {
		return Endpoint{}, fault.BadParam("url", "url: required")
	}
	if c.URL != nil {
		if err := check(ctx, e.URL); err != nil {
			return Endpoint{}, err
		}
	}
	e, secret, err := st.PutEndpoint(ctx, e)
	if err != nil {
		return Endpoint{}, err
	}
	return EndpointOf(e, secret), nil
}

// KeepOld is how long a secret goes on signing beside the one that took its place.
const KeepOld = 24 * time.Hour

// Rotate gives the tenant's endpoint a new secret, which is in the answer, and a
// new key pair where it has one; those before sign beside them for the time keep, a Go duration ("24h" if empty).
func Rotate(ctx context.Context, st Store, tenant, id, keep string) (Endpoint, error) {
	wait := KeepOld
	if keep != "" {
		var err error
		if wait, err = time.ParseDuration(keep); err != nil || wait < 0 || wait > maxKeep {
			return Endpoint{}, fault.BadParam("keep", `keep: a time such as "24h", %v at most`, maxKeep)
		}
	}
	secret, err := st.RotateSecret(ctx, tenant, id, wait)
	if err != nil {
		return Endpoint{}, fmt.Errorf("rotate: %w", err)
	}
	e, err := st.Endpoint(ctx, tenant, id)
	if err != nil {
		return Endpoint{}, err
	}
	return EndpointOf(e, secret), nil
}

const maxKeep = 31 * 24 * time.Hour
