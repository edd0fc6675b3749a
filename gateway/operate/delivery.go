package operate

import (
	"context"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// A Delivery is what is shown of one: ids, times and sizes, nothing of its body.
type Delivery struct {
	ID        string `json:"id"`
	Tenant    string `json:"tenant"`
	Endpoint  string `json:"endpoint"`
	User      string `json:"user_id,omitempty"`
	Type      string `json:"type"`
	State     string `json:"state"`
	Attempts  int    `json:"attempts"`
	Class     string `json:"class,omitempty"` // of the last failure
	Next      Time   `json:"next_at"`
	Created   Time   `json:"created"`
	Reference string `json:"reference,omitempty"`
	TraceID   string `json:"trace_id"`
	Size      int    `json:"size"` // bytes
	// Log has the attempts; it is there when one delivery is shown.
	Log []Attempt `json:"log,omitempty"`
}

// An Attempt is what is shown of one.
type Attempt struct {
	N      int    `json:"n"`
	At     Time   `json:"at"`
	Status int    `json:"status"` // 0: no answer
	Millis int64  `json:"took_ms"`
	Class  string `json:"class,omitempty"` // of the failure
}

// A Page is part of a list of deliveries. Next asks for what follows; empty at the end.
type Page struct {
	Deliveries []Delivery `json:"deliveries"`
	Next       string     `json:"next,omitempty"`
	// Kept is all that the tenant has that is held or dead, whatever was asked
	// for; on the first page, where there is any.
	Kept *Kept `json:"kept,omitempty"`
}

// Kept is how much is held or dead, and when the oldest of it is deleted.
type Kept struct {
	Deliveries int   `json:"deliveries"`
	Bytes      int64 `json:"bytes"`
	Expires    Time  `json:"oldest_expires_at"`
}

// A Choice is which deliveries are meant; what is empty does not matter. Since
// and Until are what ParseInstant reads.
type Choice struct {
	ID, Endpoint, User, State, Since, Until string
	// NewID, of a replay, sends copies with new ids.
	NewID bool
}

// times reads Since and Until, and checks the State.
func (c Choice) times(now time.Time) (from, to time.Time, err error) {
	switch c.State {
	case "", store.Waiting, store.Delivered, store.Held, store.Dead:
	default:
		return from, to, fault.BadParam("state", "state: %s, %s, %s or %s", store.Waiting, store.Delivered, store.Held, store.Dead)
	}
	if from, err = ParseInstant("since", c.Since, now); err != nil {
		return from, to, err
	}
	to, err = ParseInstant("until", c.Until, now)
	return from, to, err
}

// List returns the tenant's deliveries, newest first, after the Next of an earlier page.
func List(ctx context.Context, st Store, tenant string, c Choice, now time.Time, after string, limit int) (Page, error) {
	from, to, err := c.times(now)
	if err != nil {
		return Page{}, err
	}
	found, next, err := st.Deliveries(ctx, store.DeliveryQuery{
		Tenant: tenant, ID: c.ID, Endpoint: c.Endpoint, User: c.User, State: c.State, From: from, To: to, After: after, Limit: limit,
	})
	if err != nil {
		return Page{}, err
	}
	p := Page{Deliveries: make([]Delivery, 0, len(found)), Next: next}
	for _, d := range found {
		p.Deliveries = append(p.Deliveries, deliveryOf(d))
	}
	if after != "" {
		return p, nil
	}
	kept, err := st.Kept(ctx, tenant)
	if kept.Deliveries > 0 {
		p.Kept = &Kept{Deliveries: kept.Deliveries, Bytes: kept.Bytes, Expires: Time(kept.Expires())}
	}
	return p, err
}

func deliveryOf(d store.Delivery) Delivery {
	return Delivery{
		ID: d.ID, Tenant: d.Tenant, Endpoint: d.Endpoint, User: d.User, Type: d.Type, State: d.State, Attempts: d.Attempts,
		Class: d.Class, Next: Time(d.NextAt), Created: Time(d.Created), Reference: d.Reference, TraceID: d.TraceID, Size: d.Size,
	}
}

// Show returns one delivery of the tenant with its attempts.
func Show(ctx context.Context, st Store, tenant, id string) (Delivery, error) {
	found, _, err := st.Deliveries(ctx, store.DeliveryQuery{Tenant: tenant, ID: id, Limit: 1})
	if err != nil {
		return Delivery{}, err
	}
	if len(found) == 0 {
		return Delivery{}, fault.New(fault.NotFound, "no such delivery")
	}
	attempts, err := st.Attempts(ctx, tenant, id)
	if err != nil {
		return Delivery{}, err
	}
	d := deliveryOf(found[0])
	for _, a := range attempts {
		d.Log = append(d.Log, Attempt{N: a.N, At: Time(a.At), Status: a.Status, Millis: a.Took.Milliseconds(), Class: a.Class})
	}
	return d, nil
}

// Replay sends the tenant's chosen deliveries again, at once, and returns how
// many those are. A choice of nothing at all is a fault: it is most likely a slip.
func Replay(ctx context.Context, st Store, tenant string, c Choice, now time.Time) (int, error) {
	if c == (Choice{NewID: c.NewID}) {
		return 0, fault.New(fault.Invalid, "say which: a delivery, or an endpoint, a user, a state, since or until")
	}
	from, to, err := c.times(now)
	if err != nil {
		return 0, err
	}
	return st.Replay(ctx, store.ReplayQuery{Tenant: tenant, ID: c.ID, Endpoint: c.Endpoint, User: c.User, State: c.State, From: from, To: to, NewID: c.NewID})
}

// A Key is what is shown of one.
type Key struct {
	ID      string `json:"id"`
	Tenant  string `json:"tenant"`
	DevID   string `json:"dev_id"`
	Prefix  string `json:"prefix,omitempty"`
	Created Time   `json:"created"`
	// Key is there when it is made, and never again.
	Key string `json:"key,omitempty"`
}

// KeyOf shows a key, with what it is if that is not empty.
func KeyOf(k store.Key, key string) Key {
	return Key{ID: k.ID, Tenant: k.Tenant, DevID: k.DevID, Prefix: k.Prefix, Created: Time(k.Created), Key: key}
}

// A Tenant is what is shown of one.
type Tenant struct {
	Tenant string `json:"tenant"`
}
