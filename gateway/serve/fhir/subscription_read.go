package fhir

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/push"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// subscriptionDoc is the part of a Subscription that we act upon
// (http://hl7.org/fhir/R4/subscription.html, and the backport's extensions).
type subscriptionDoc struct {
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	End       time.Time `json:"end"`
	Criteria  string    `json:"criteria"`
	XCriteria extended  `json:"_criteria"`
	Channel   struct {
		extended
		Type     string   `json:"type"`
		Endpoint string   `json:"endpoint"`
		Payload  string   `json:"payload"`
		XPayload extended `json:"_payload"`
		Header   []string `json:"header"`
	} `json:"channel"`
}

type extended struct {
	Extension []struct {
		URL         string `json:"url"`
		Text        string `json:"valueString"`
		Code        string `json:"valueCode"`
		UnsignedInt int    `json:"valueUnsignedInt"`
		PositiveInt int    `json:"valuePositiveInt"`
		Integer     int    `json:"valueInteger"`
	} `json:"extension"`
}

// subscriptionAsk is what the body of a Subscription asks for.
type subscriptionAsk struct {
	ask     push.Subscription
	url     string
	off     bool
	timeout time.Duration
	headers map[string]string
	body    map[string]json.RawMessage
}

// redacted stands where the value of a header field was: they are kept sealed,
// and nobody is shown them (R4, Subscription.channel.header).
const redacted = "[redacted]"

// readSubscription understands a Subscription. id is that of the one that it
// takes the place of; empty: of none.
func readSubscription(body []byte, id string) (*subscriptionAsk, error) {
	var doc subscriptionDoc
	s := &subscriptionAsk{}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the Subscription cannot be read: an end is an instant, such as 2026-12-31T00:00:00Z")
	}
	if err := json.Unmarshal(body, &s.body); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the Subscription cannot be read")
	}
	s.url, s.ask.End, s.off = doc.Channel.Endpoint, doc.End, doc.Status == "off"
	for _, check := range []struct {
		param string
		ok    bool
		says  string
	}{
		{"id", id == "" || doc.ID == id, "the id in the body is another than that in the address"},
		{"status", doc.Status == "requested" || doc.Status == "active" || (id != "" && (s.off || doc.Status == "error")), "requested; of one that is there, off too"},
		{"channel.type", doc.Channel.Type == "rest-hook", "rest-hook is what there is"},
		{"channel.endpoint", s.url != "", "required"},
		{"channel.payload", doc.Channel.Payload == "" || slices.Contains(jsonBodies(), doc.Channel.Payload), "empty, or application/fhir+json"},
	} {
		if !check.ok {
			return nil, fault.BadParam(check.param, "%s: %s", check.param, check.says)
		}
	}
	s.ask.Payload = doc.Channel.Payload
	for _, read := range []func(*subscriptionDoc) error{s.criteria, s.channel, s.header} {
		if err := read(&doc); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// criteria reads a search, or a topic and what narrows it.
func (s *subscriptionAsk) criteria(doc *subscriptionDoc) error {
	if !strings.HasPrefix(doc.Criteria, "http://") && !strings.HasPrefix(doc.Criteria, "https://") {
		c, err := push.ParseCriterion(doc.Criteria)
		s.ask.Criteria = []push.Criterion{c}
		return err
	}
	topic, ok := push.TopicOf(doc.Criteria)
	if !ok {
		var all []string
		for _, t := range push.Topics() {
			all = append(all, t.URL)
		}
		return fault.BadParam("criteria", "criteria: no such topic; there are %s", strings.Join(all, ", "))
	}
	narrowed := topic.Criterion
	for _, x := range doc.XCriteria.Extension {
		if x.URL != fhir.SubscriptionsBackport+"backport-filter-criteria" {
			return fault.BadParam("_criteria", "_criteria: no such extension is understood: %s", x.URL)
		}
		c, err := push.ParseCriterion(x.Text)
		if err != nil {
			return err
		}
		if c.Type != topic.Type {
			return fault.BadParam("_criteria", "_criteria: the topic is about %s", topic.Type)
		}
		narrowed = narrowed.And(c) // R5, Subscription.filterBy: all of them apply
	}
	s.ask.Topic, s.ask.Criteria = topic.URL, []push.Criterion{narrowed}
	return nil
}

// minHeartbeat keeps heartbeats from being most of what is sent.
const minHeartbeat = 10 * time.Second

// channel reads the extensions of the channel, which are about topics.
func (s *subscriptionAsk) channel(doc *subscriptionDoc) error {
	if s.ask.Topic == "" {
		return nil
	}
	s.ask.Content = "empty"
	for _, x := range doc.Channel.XPayload.Extension {
		if x.URL == fhir.SubscriptionsBackport+"backport-payload-content" {
			s.ask.Content = x.Code
		}
	}
	if !slices.Contains([]string{"empty", "id-only", "full-resource"}, s.ask.Content) {
		return fault.BadParam("channel.payload", "channel.payload: the content is empty, id-only or full-resource")
	}
	for _, x := range doc.Channel.Extension {
		n := max(x.UnsignedInt, x.PositiveInt, x.Integer)
		switch x.URL {
		case fhir.SubscriptionsBackport + "backport-heartbeat-period":
			s.ask.Heartbeat = time.Duration(n) * time.Second
			if n != 0 && s.ask.Heartbeat < minHeartbeat {
				return fault.BadParam("channel.extension", "backport-heartbeat-period: 0, or at least %v", minHeartbeat)
			}
		case fhir.SubscriptionsBackport + "backport-timeout":
			s.timeout = time.Duration(n) * time.Second
		case fhir.SubscriptionsBackport + "backport-max-count":
			s.ask.MaxCount = n
		default:
			return fault.BadParam("channel.extension", "channel: no such extension is understood: %s", x.URL)
		}
	}
	return nil
}

// header reads "Name: value", and leaves the values out of what is shown. What
// comes back as it was shown stays as it is.
func (s *subscriptionAsk) header(doc *subscriptionDoc) error {
	s.headers = map[string]string{}
	var shown []string
	kept := 0
	for _, line := range doc.Channel.Header {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return fault.BadParam("channel.header", "channel.header: written Name: value")
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		s.headers[name] = value
		shown = append(shown, name+": "+redacted)
		if value == redacted {
			kept++
		}
	}
	switch {
	case kept > 0 && kept < len(shown):
		return fault.BadParam("channel.header", "channel.header: send the values of all fields, or of none")
	case kept > 0:
		s.headers = nil
	}
	if len(shown) == 0 {
		return nil
	}
	var channel map[string]json.RawMessage
	if err := json.Unmarshal(s.body["channel"], &channel); err != nil {
		return fault.Wrap(fault.Invalid, err, "the channel cannot be read")
	}
	for name, value := range map[string]any{"header": shown} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		channel[name] = text
	}
	text, err := json.Marshal(channel)
	s.body["channel"] = text
	return err
}

// endpoint returns the endpoint with what is asked for. A change begins anew: the
// receiver is greeted once more.
func (s *subscriptionAsk) endpoint(g *grant.Grant, e store.Endpoint) (store.Endpoint, error) {
	if s.headers == nil && len(e.HeaderNames) == 0 {
		return e, fault.BadParam("channel.header", "channel.header: there are no values yet that could stay")
	}
	for _, own := range []string{"resourceType", "id", "meta", "status", "error"} {
		delete(s.body, own)
	}
	resource, err := json.Marshal(s.body)
	if err != nil {
		return e, err
	}
	ask, err := json.Marshal(s.ask)
	if err != nil {
		return e, err
	}
	client := g.Client
	if e.Subscription != nil {
		client = e.Subscription.Client
	}
	e.Tenant, e.URL, e.Format, e.Ordered = g.Tenant, s.url, "fhir", true
	e.Headers, e.Timeout = maps.Clone(s.headers), s.timeout
	e.Subscription = &store.Subscription{Client: client, Resource: resource, Ask: ask}
	e.State, e.Reason = store.Enabled, ""
	if s.off {
		e.State, e.Reason = store.Disabled, store.ByRequest
	}
	return e, nil
}
