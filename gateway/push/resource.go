package push

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// Resource is the endpoint of a subscription as FHIR has it: what the client
// sent, and what the gateway says of it. Its version is the moment of the last
// change.
func Resource(e *store.Endpoint, now time.Time) (mapping.Document, error) {
	ask, err := SubscriptionOf(e)
	if err != nil {
		return mapping.Document{}, err
	}
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(e.Subscription.Resource, &sent); err != nil {
		return mapping.Document{}, fmt.Errorf("read subscription %s: %w", e.ID, err)
	}
	status, wrong := StatusOf(e, ask, now)
	meta := map[string]any{"versionId": strconv.FormatInt(e.Updated.UnixMilli(), 10), "lastUpdated": e.Updated.UTC().Format("2006-01-02T15:04:05.000Z07:00")}
	if ask.Topic != "" {
		meta["profile"] = []string{fhir.SubscriptionsBackport + "backport-subscription"}
	}
	own := []struct {
		name  string
		value any
	}{{"resourceType", "Subscription"}, {"id", e.ID}, {"meta", meta}, {"status", status}, {"error", wrong}}
	var b bytes.Buffer
	for i, o := range own {
		delete(sent, o.name)
		if o.value == "" {
			continue
		}
		text, err := json.Marshal(o.value)
		if err != nil {
			return mapping.Document{}, fmt.Errorf("write subscription %s: %w", e.ID, err)
		}
		open := `,`
		if i == 0 {
			open = `{`
		}
		fmt.Fprintf(&b, `%s%q:%s`, open, o.name, text)
	}
	rest, err := json.Marshal(sent)
	if err != nil {
		return mapping.Document{}, fmt.Errorf("write subscription %s: %w", e.ID, err)
	}
	b.WriteByte(',')
	b.Write(rest[1:]) // a subscription has criteria, so that it is not empty
	return mapping.Document{Type: "Subscription", ID: e.ID, MediaType: fhir.MediaType, Body: b.Bytes()}, nil
}
