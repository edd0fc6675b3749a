package push

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/terra"
	"nutrigate/schemas"
)

// operation makes the delivery of an event about the gateway's own work, where
// the endpoint is to be told. Its body has the members of Standard Webhooks
// 1.0.0, since Terra has no such events.
func (b *batch) operation(e *store.Logged) error {
	var o store.Operation
	if err := json.Unmarshal(e.Detail, &o); err != nil {
		return fmt.Errorf("event %s: read its detail: %w", e.Kind, err)
	}
	if !b.concerns(e.Kind, o) {
		return nil
	}
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp string          `json:"timestamp"`
		Data      store.Operation `json:"data"`
	}{e.Kind, o.At.UTC().Format(time.RFC3339), o})
	if err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	if err := schemas.Check("event/"+strings.ReplaceAll(e.Kind, ".", "_"), body); err != nil {
		return fmt.Errorf("event %s: %w", e.Kind, err)
	}
	b.add(store.Parcel{
		Delivery:  store.Delivery{Type: e.Kind, Reference: e.Reference},
		MediaType: terra.MediaType, Body: body,
	})
	return nil
}

// concerns reports whether the endpoint is told of the operation.
func (b *batch) concerns(kind string, o store.Operation) bool {
	mine := o.Endpoint == b.endpoint.ID
	if kind == store.EndpointTest {
		return mine
	}
	return !mine && slices.Contains(b.endpoint.Types, kind)
}
