package push

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
	"nutrigate/schemas"
)

// event makes the deliveries of an event that is not about records.
func (b *batch) event(e *store.Logged) error {
	if e.Kind == "request" {
		return b.orGiveUp(e.User, e.Kind, e.Reference, b.request(e))
	}
	if store.Operational(e.Kind) {
		return b.orGiveUp(e.User, e.Kind, e.Reference, b.operation(e))
	}
	what, ok := notices[e.Kind]
	if !ok || !b.wants(e.Kind) {
		return nil
	}
	return b.orGiveUp(e.User, e.Kind, e.Reference, b.notice(e, what))
}

func (b *batch) notice(e *store.Logged, what said) error {
	var n notice
	if len(e.Detail) > 0 {
		if err := json.Unmarshal(e.Detail, &n); err != nil {
			return fmt.Errorf("event %s: read its detail: %w", e.Kind, err)
		}
	}
	n.Type, n.Version = e.Kind, version
	n.Status, n.Message = cmp.Or(n.Status, what.status), cmp.Or(n.Message, what.message)
	if err := b.people(e, &n); err != nil {
		return err
	}
	switch e.Kind {
	case "permission_change":
		none := ""
		n.ScopesAdded, n.ScopesRemoved = cmp.Or(n.ScopesAdded, &none), cmp.Or(n.ScopesRemoved, &none)
	case "large_request_processing", "large_request_sending":
		n.Reference = e.Reference
	case "healthcheck":
		n.CreationTimestamp = cmp.Or(n.CreationTimestamp, b.p.Now().UTC().Format(time.RFC3339))
	}
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	if err := schemas.Check("event/"+e.Kind, body); err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	b.add(store.Parcel{
		Delivery:  store.Delivery{User: e.User, Type: e.Kind, Reference: e.Reference},
		MediaType: terra.MediaType, Body: body,
	})
	return nil
}

// people puts the user into the notice.
func (b *batch) people(e *store.Logged, n *notice) error {
	user, err := b.person(e.User)
	if err != nil {
		return err
	}
	if e.Kind != "user_reauth" {
		n.User = user
		return nil
	}
	n.NewUser = user
	return nil
}

// person is a user of the tenant as Terra names one; nothing for nobody.
func (b *batch) person(id string) (json.RawMessage, error) {
	if id == "" {
		return nil, nil
	}
	u, _, err := b.p.maker.User(b.ctx, b.endpoint.Tenant, id)
	if fault.KindOf(err) == fault.NotFound {
		u, err = store.User{ID: id}, nil
	}
	return person(u), err
}
