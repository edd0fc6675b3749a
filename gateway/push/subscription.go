package push

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/search"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// A Subscription is what a subscription of FHIR's asks for, understood. It is
// kept with the endpoint, together with what its maker may see.
type Subscription struct {
	Grant grant.Grant `json:"grant"`
	// Base is the address of the API as the subscriber knows it.
	Base string `json:"base"`
	// Topic is the canonical address of what it is to; empty: R4's own form, by
	// a search alone.
	Topic string `json:"topic,omitempty"`
	// Criteria are searches of which a resource has to meet one.
	Criteria []Criterion `json:"criteria"`
	// Content is empty, id-only or full-resource, where there is a topic.
	Content string `json:"content,omitempty"`
	// Payload is the media type of what is sent; empty: nothing is but the fact.
	Payload string `json:"payload,omitempty"`
	// MaxCount is how many events a notification may tell of; 0: as we like.
	MaxCount int `json:"max_count,omitempty"`
	// Heartbeat is after how long without a word there is one; 0: never.
	Heartbeat time.Duration `json:"heartbeat,omitempty"`
	// End is when it is over; zero: when it is deleted.
	End time.Time `json:"end,omitzero"`
}

// A Criterion is a search.
type Criterion struct {
	Type  string     `json:"type"`
	Query url.Values `json:"query,omitempty"`
}

// A Topic is what can be subscribed to: changes of one type of resource that
// meet a search.
type Topic struct {
	URL, Title string
	Criterion
}

// topicBase is that of our topics' canonical addresses.
const topicBase = "https://nutrigate.dev/fhir/SubscriptionTopic/"

// Topics lists those that are published.
func Topics() []Topic {
	return []Topic{
		{topicBase + "observation-changed", "An Observation was made, changed or deleted", Criterion{Type: "Observation"}},
		{topicBase + "day-changed", "The Observation that sums a day up was made, changed or deleted", Criterion{"Observation", url.Values{"code": {fhir.SystemRecord + "|day"}}}},
		{topicBase + "goal-changed", "A Goal was made, changed or deleted", Criterion{Type: "Goal"}},
		{topicBase + "nutritionorder-changed", "A NutritionOrder was made, changed or deleted", Criterion{Type: "NutritionOrder"}},
		{topicBase + "patient-changed", "A Patient was made or changed", Criterion{Type: "Patient"}},
	}
}

// TopicOf returns the topic with the canonical address.
func TopicOf(canonical string) (Topic, bool) {
	i := slices.IndexFunc(Topics(), func(t Topic) bool { return t.URL == canonical })
	if i < 0 {
		return Topic{}, false
	}
	return Topics()[i], true
}

// ParseCriterion reads "Observation?code=…". Types whose resources are made
// from others change without an event, so that nobody can be told of them.
func ParseCriterion(text string) (Criterion, error) {
	name, query, _ := strings.Cut(text, "?")
	c := Criterion{Type: name}
	if name != "Patient" && len(fhir.KindsOf(name)) == 0 {
		return c, fault.BadParam("criteria", "criteria: a search of Observation, Goal, NutritionOrder or Patient, such as Observation?code=http://loinc.org|75298-0")
	}
	var err error
	if c.Query, err = url.ParseQuery(query); err != nil {
		return c, fault.BadParam("criteria", "criteria: the search cannot be read")
	}
	_, err = c.parsed()
	return c, err
}

// parsed is the search, which follows no references.
func (c *Criterion) parsed() (*search.Query, error) {
	q, err := search.Parse(c.Type, c.Query)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(q.Conditions, func(c search.Condition) bool { return c.Chain != nil || c.Has != nil }) {
		return nil, fault.BadParam("criteria", "criteria: the search of a subscription follows no references")
	}
	return q, nil
}

// And returns a search that asks for what both ask for.
func (c Criterion) And(o Criterion) Criterion {
	both := Criterion{c.Type, url.Values{}}
	for _, q := range []url.Values{c.Query, o.Query} {
		for name, values := range q {
			both.Query[name] = append(both.Query[name], values...)
		}
	}
	return both
}

// SubscriptionOf reads what is kept with the endpoint of a subscription.
func SubscriptionOf(e *store.Endpoint) (*Subscription, error) {
	s := &Subscription{}
	if err := json.Unmarshal(e.Subscription.Ask, s); err != nil {
		return nil, fmt.Errorf("read what subscription %s asks for: %w", e.ID, err)
	}
	return s, nil
}

// StatusOf is the endpoint's state in FHIR's words (R4,
// valueset-subscription-status.html), and what is wrong, if anything is.
func StatusOf(e *store.Endpoint, s *Subscription, now time.Time) (status, wrong string) {
	switch {
	case s.over(now):
		return "off", ""
	case e.State != store.Enabled && e.Reason != "" && e.Reason != store.ByRequest:
		return "error", e.Reason
	case e.State != store.Enabled:
		return "off", ""
	case e.Reason != "":
		return "error", e.Reason
	case !e.FailingSince.IsZero():
		return "error", "deliveries fail"
	case e.Subscription.Stage != store.Active:
		return "requested", ""
	}
	return "active", ""
}

func (s *Subscription) over(now time.Time) bool { return !s.End.IsZero() && !now.Before(s.End) }

// Status is what a subscriber is told of the subscription as a whole.
func (s *Subscription) Status(e *store.Endpoint, why string, now time.Time) fhir.SubscriptionStatus {
	status, wrong := StatusOf(e, s, now)
	return fhir.SubscriptionStatus{
		Base: s.Base, ID: e.ID, Topic: s.Topic, Status: status, Type: why, Events: e.Subscription.Told, Error: wrong,
	}
}

// subscribed turns a stretch of the log into what a subscription is sent.
type subscribed struct {
	*batch
	ask     *Subscription
	queries []*search.Query
}

// emitSubscription does for a subscription what emitSome does for a webhook. It
// is greeted first, and told of nothing before it has answered: its place in the
// log stands still until then.
func (l *lane) emitSubscription(ctx, work context.Context, info store.Lane) (more bool, err error) {
	s := subscribed{batch: &batch{p: l.p, ctx: ctx, endpoint: info.Endpoint}}
	if s.ask, err = SubscriptionOf(&info.Endpoint); err != nil {
		return false, err
	}
	em := store.Emission{Tenant: info.Tenant, Endpoint: info.ID, Holder: l.p.holder, From: info.Seq, To: info.Seq}
	if info.State != store.Enabled {
		return false, nil // it begins where it is once it is asked for again
	}
	switch info.Subscription.Stage {
	case store.Requested:
		em.Stage = store.Active
		if s.ask.Topic != "" {
			em.Stage = store.Greeted
			s.tell(store.Handshake, "", s.ask.Status(&info.Endpoint, store.Handshake, l.p.Now()))
		}
		em.Checked, em.Parcels = l.p.Now(), s.made
		return true, l.store(work, em)
	case store.Greeted:
		return false, nil
	}
	if info.Last <= info.Seq {
		return false, nil
	}
	events, err := l.p.Store.Log(ctx, info.Tenant, info.Seq, emitBatch)
	if err != nil || len(events) == 0 {
		return false, err
	}
	em.To = events[len(events)-1].Seq
	if !s.ask.over(l.p.Now()) {
		if err := s.notify(events); err != nil {
			return false, err
		}
	}
	if em.Parcels = s.made; len(s.made) > 0 {
		em.Checked = l.p.Now()
	}
	return true, l.store(work, em)
}

// tell adds a delivery of a status.
func (s *subscribed) tell(typ, user string, status fhir.SubscriptionStatus) {
	s.add(store.Parcel{
		Delivery: store.Delivery{User: user, Type: typ}, MediaType: fhir.MediaType, Body: status.Notification(s.p.Now()),
	})
}

// heartbeat tells an active subscriber that there is nothing to tell, if that has
// been so for as long as it wants to know; not while one waits.
func (l *lane) heartbeat(ctx, work context.Context, info store.Lane) error {
	ask, err := SubscriptionOf(&info.Endpoint)
	now := l.p.Now()
	if err != nil || ask.Heartbeat <= 0 || info.State != store.Enabled || info.Subscription.Stage != store.Active ||
		ask.over(now) || now.Before(info.Checked.Add(ask.Heartbeat)) {
		return err
	}
	s := subscribed{batch: &batch{p: l.p, ctx: ctx, endpoint: info.Endpoint}, ask: ask}
	traffic, err := l.p.Store.Traffic(ctx, info.Tenant, info.ID)
	if err != nil {
		return err
	}
	if !traffic.Checking {
		s.tell(store.Heartbeat, "", ask.Status(&info.Endpoint, store.Heartbeat, now))
	}
	return l.store(work, store.Emission{
		Tenant: info.Tenant, Endpoint: info.ID, Holder: l.p.holder, From: info.Seq, To: info.Seq, Checked: now, Parcels: s.made,
	})
}
