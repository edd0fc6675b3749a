package fhir

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Profiles of the guide that brings R5's subscriptions to R4
// (http://hl7.org/fhir/uv/subscriptions-backport/, 1.1.0).
const (
	SubscriptionsBackport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
	notificationProfile   = SubscriptionsBackport + "backport-subscription-notification-r4"
	statusProfile         = SubscriptionsBackport + "backport-subscription-status-r4"
)

// A SubscriptionStatus is what a subscriber is told of its subscription.
type SubscriptionStatus struct {
	// Base is the address of the API; empty: references are relative.
	Base string
	// ID is the subscription's, Topic the canonical address of what it is to.
	ID, Topic string
	Status    string // requested, active, error or off
	// Type says why: handshake, heartbeat, event-notification, query-status or query-event.
	Type string
	// Events is how many there were since the subscription began.
	Events int64
	Error  string
	// Told are the events that come with it.
	Told []Told
}

// A Told is one event of a notification.
type Told struct {
	Number int64
	At     time.Time
	// Focus is the address of the resource, such as Observation/1; empty where
	// the subscriber wants none.
	Focus string
	// Resource is its content; empty where the subscriber wants none, or where it
	// was deleted.
	Resource []byte
	Deleted  bool
	Created  bool
}

// Parameters returns the status as R4 has it.
func (s *SubscriptionStatus) Parameters() []byte {
	return s.parameters(s.id())
}

// id is made of what the status says, so that the same one has the same.
func (s *SubscriptionStatus) id() string {
	name := fmt.Appendf(nil, "%s|%s|%s|%d", s.ID, s.Type, s.Status, s.Events)
	for i := range s.Told {
		name = fmt.Appendf(name, "|%d", s.Told[i].Number)
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, name).String()
}

func (s *SubscriptionStatus) parameters(id string) []byte {
	p := params{b: appendJSON([]byte(`{"resourceType":"Parameters","id":`), id)}
	p.b = append(appendJSON(append(p.b, `,"meta":{"profile":[`...), statusProfile), `]},"parameter":[`...)
	p.add("subscription", "valueReference", "")
	p.b = append(appendJSON(append(p.b, `{"reference":`...), s.address("Subscription/"+s.ID)), `}}`...)
	if s.Topic != "" {
		p.add("topic", "valueCanonical", s.Topic)
	}
	p.add("status", "valueCode", s.Status)
	p.add("type", "valueCode", s.Type)
	p.add("events-since-subscription-start", "valueString", strconv.FormatInt(s.Events, 10))
	for i := range s.Told {
		s.event(&p, &s.Told[i])
	}
	if s.Error != "" {
		p.add("error", "valueCodeableConcept", "")
		p.b = append(appendJSON(append(p.b, `{"text":`...), s.Error), `}}`...)
	}
	return append(p.b, `]}`...)
}

func (s *SubscriptionStatus) event(p *params, t *Told) {
	p.add("notification-event", "part", "")
	parts := params{b: append(p.b, '[')}
	parts.add("event-number", "valueString", strconv.FormatInt(t.Number, 10))
	parts.add("timestamp", "valueInstant", instant(t.At))
	if t.Focus != "" {
		parts.add("focus", "valueReference", "")
		parts.b = append(appendJSON(append(parts.b, `{"reference":`...), s.address(t.Focus)), `}}`...)
	}
	p.b = append(parts.b, `]}`...)
}

func (s *SubscriptionStatus) address(reference string) string {
	if s.Base == "" {
		return reference
	}
	return s.Base + "/" + reference
}

// params writes a list of parameters.
type params struct {
	b []byte
	n int
}

// add begins a parameter up to its value, which is written too if it is not empty.
func (p *params) add(name, kind, value string) {
	if p.n > 0 {
		p.b = append(p.b, ',')
	}
	p.n++
	p.b = appendJSON(append(p.b, `{"name":`...), name)
	p.b = append(append(append(p.b, `,"`...), kind...), `":`...)
	if value != "" {
		p.b = append(appendJSON(p.b, value), '}')
	}
}

// Notification returns the Bundle that tells of the status: a history, as the
// guide has it, whose first entry is the status, and then the resources that
// the events are about, each with what was done to it.
func (s *SubscriptionStatus) Notification(at time.Time) []byte {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(s.id()+instant(at))).String()
	b := append(appendJSON([]byte(`{"resourceType":"Bundle","id":`), id), `,"meta":{"profile":[`...)
	b = append(appendJSON(b, notificationProfile), `]},"type":"history","timestamp":`...)
	b = append(appendJSON(b, instant(at)), `,"entry":[{"fullUrl":`...)
	b = append(appendJSON(b, "urn:uuid:"+id), `,"resource":`...)
	b = append(append(b, s.parameters(id)...), `,"request":{"method":"GET","url":`...)
	b = append(appendJSON(b, s.address("Subscription/"+s.ID+"/$status")), `},"response":{"status":"200"}}`...)
	for i := range s.Told {
		if t := &s.Told[i]; t.Focus != "" {
			b = s.entry(b, t)
		}
	}
	return append(b, `]}`...)
}

func (s *SubscriptionStatus) entry(b []byte, t *Told) []byte {
	b = appendJSON(append(b, `,{"fullUrl":`...), s.address(t.Focus))
	method, status := "PUT", "200"
	switch {
	case t.Deleted:
		method, status = "DELETE", "204"
	case t.Created:
		status = "201"
	}
	if len(t.Resource) > 0 && !t.Deleted {
		b = append(append(b, `,"resource":`...), t.Resource...)
	}
	b = appendJSON(append(b, `,"request":{"method":`...), method)
	b = appendJSON(append(b, `,"url":`...), t.Focus)
	return append(appendJSON(append(b, `},"response":{"status":`...), status), `}}`...)
}

// Identity is the id of the status as a resource.
func (s *SubscriptionStatus) Identity() string { return s.id() }

// ToldIn returns the events that a Notification tells of. base is that of its
// references.
func ToldIn(notification []byte, base string) ([]Told, error) {
	var bundle struct {
		Entry []struct {
			FullURL  string          `json:"fullUrl"`
			Resource json.RawMessage `json:"resource"`
			Request  struct {
				Method string `json:"method"`
				URL    string `json:"url"`
			} `json:"request"`
			Response struct {
				Status string `json:"status"`
			} `json:"response"`
		} `json:"entry"`
	}
	var status struct {
		Parameter []struct {
			Name string `json:"name"`
			Part []struct {
				Name      string    `json:"name"`
				Number    string    `json:"valueString"`
				At        time.Time `json:"valueInstant"`
				Reference struct {
					Reference string `json:"reference"`
				} `json:"valueReference"`
			} `json:"part"`
		} `json:"parameter"`
	}
	if err := json.Unmarshal(notification, &bundle); err != nil || len(bundle.Entry) == 0 {
		return nil, nil // R4's own form tells of one resource, and of no number
	}
	if err := json.Unmarshal(bundle.Entry[0].Resource, &status); err != nil {
		return nil, fmt.Errorf("read a notification: %w", err)
	}
	var all []Told
	for _, p := range status.Parameter {
		if p.Name != "notification-event" {
			continue
		}
		var t Told
		for _, part := range p.Part {
			switch part.Name {
			case "event-number":
				n, err := strconv.ParseInt(part.Number, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("read a notification: %w", err)
				}
				t.Number = n
			case "timestamp":
				t.At = part.At
			case "focus":
				t.Focus = strings.TrimPrefix(strings.TrimPrefix(part.Reference.Reference, base), "/")
			}
		}
		for _, e := range bundle.Entry[1:] {
			if e.Request.URL == t.Focus {
				t.Resource, t.Deleted, t.Created = e.Resource, e.Request.Method == "DELETE", e.Response.Status == "201"
			}
		}
		all = append(all, t)
	}
	return all, nil
}
