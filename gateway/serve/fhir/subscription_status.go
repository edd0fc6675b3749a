package fhir

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/push"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
)

// subscriptionOperations are $status and $events of the backport
// (http://hl7.org/fhir/uv/subscriptions-backport/operations.html).
func (m *Room) subscriptionOperations() []operation {
	if m.CheckURL == nil {
		return nil
	}
	const definition = "http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-"
	get := func(path, summary string, params []room.Param, handle room.Handler) room.Route {
		return room.Route{Method: http.MethodGet, Path: path, Summary: summary, Params: params, Gives: gives(), Handle: handle}
	}
	return []operation{
		{"status", definition + "status", []string{writable}, func() []room.Route {
			return []room.Route{
				get("/Subscription/$status", "The state of subscriptions", []room.Param{{Name: "id", Summary: "of these alone"}, {Name: "status", Summary: "of those in this state"}}, m.subscriptionStatuses),
				get("/Subscription/{id}/$status", "The state of a subscription", readParams(), m.subscriptionStatus),
			}
		}},
		{"events", definition + "events", []string{writable}, func() []room.Route {
			params := append(readParams(), room.Param{Name: "eventsSinceNumber", Summary: "the first"}, room.Param{Name: "eventsUntilNumber", Summary: "the last"},
				room.Param{Name: "content", Summary: "taken, and without effect: it is as it was sent"})
			return []room.Route{get("/Subscription/{id}/$events", "What a subscription was told of", params, m.subscriptionEvents)}
		}},
	}
}

func mayReadSubscriptions(r *http.Request) error {
	if queries, ok := room.Grant(r.Context()).May(grant.Read, writable); !ok || len(queries) > 0 {
		return fault.New(fault.Forbidden, "the token has no scope that permits to read subscriptions")
	}
	return nil
}

// subscriptionStatus answers with the state of one.
func (m *Room) subscriptionStatus(r *http.Request) (room.Answer, error) {
	if err := mayReadSubscriptions(r); err != nil {
		return room.Answer{}, err
	}
	e, err := m.subscribed(r)
	if err != nil {
		return room.Answer{}, err
	}
	return m.statuses(r, []store.Endpoint{e})
}

// subscriptionStatuses answers with the states of those that are asked for.
func (m *Room) subscriptionStatuses(r *http.Request) (room.Answer, error) {
	if err := mayReadSubscriptions(r); err != nil {
		return room.Answer{}, err
	}
	g, q := room.Grant(r.Context()), r.URL.Query()
	found, err := m.Store.Endpoints(r.Context(), g.Tenant)
	if err != nil {
		return room.Answer{}, err
	}
	found = slices.DeleteFunc(found, func(e store.Endpoint) bool {
		isTheirs := e.Subscription != nil && (g.All || e.Subscription.Client == g.Client)
		return !isTheirs || (len(q["id"]) > 0 && !slices.Contains(q["id"], e.ID)) || !m.inStatus(&e, q)
	})
	return m.statuses(r, found)
}

func (m *Room) inStatus(e *store.Endpoint, q url.Values) bool {
	if len(q["status"]) == 0 {
		return true
	}
	ask, err := push.SubscriptionOf(e)
	if err != nil {
		return false
	}
	status, _ := push.StatusOf(e, ask, m.Now())
	return slices.Contains(q["status"], status)
}

// statuses is a searchset of states, as the guide has it for R4.
func (m *Room) statuses(r *http.Request, of []store.Endpoint) (room.Answer, error) {
	entries := make([]fhir.Entry, 0, len(of))
	for i := range of {
		ask, err := push.SubscriptionOf(&of[i])
		if err != nil {
			return room.Answer{}, err
		}
		s := ask.Status(&of[i], "query-status", m.Now())
		s.Base = m.base(r)
		entries = append(entries, fhir.Entry{FullURL: "urn:uuid:" + s.Identity(), Resource: s.Parameters(), Mode: "match"})
	}
	body := fhir.Bundle("searchset", entries, []fhir.Link{{Relation: "self", URL: room.Base(r, m.BaseURL) + r.URL.RequestURI()}}, len(entries))
	return room.Answer{Page: represent.NewPage(fhir.MediaType, body), MediaType: fhir.MediaType}, nil
}

// eventsAtOnce is how many notifications an answer repeats.
const eventsAtOnce = 100

// subscriptionEvents answers with what a subscription was told of: the events
// that are still kept, as they were told.
func (m *Room) subscriptionEvents(r *http.Request) (room.Answer, error) {
	if err := mayReadSubscriptions(r); err != nil {
		return room.Answer{}, err
	}
	e, err := m.subscribed(r)
	if err != nil {
		return room.Answer{}, err
	}
	ask, err := push.SubscriptionOf(&e)
	if err != nil {
		return room.Answer{}, err
	}
	if err := coversEvents(room.Grant(r.Context()), ask); err != nil {
		return room.Answer{}, err
	}
	from, err := eventNumber(r, "eventsSinceNumber", 1)
	if err != nil {
		return room.Answer{}, err
	}
	to, err := eventNumber(r, "eventsUntilNumber", math.MaxInt64)
	if err != nil {
		return room.Answer{}, err
	}
	told, err := m.Store.Notified(r.Context(), e.Tenant, e.ID, from, to, eventsAtOnce)
	if err != nil {
		return room.Answer{}, err
	}
	status := ask.Status(&e, "query-event", m.Now())
	for i := range told {
		some, err := fhir.ToldIn(told[i].Body, ask.Base)
		if err != nil {
			return room.Answer{}, err
		}
		for _, one := range some {
			if one.Number >= from && one.Number <= to {
				status.Told = append(status.Told, one)
			}
		}
	}
	return room.Answer{Page: represent.NewPage(fhir.MediaType, status.Notification(m.Now())), MediaType: fhir.MediaType}, nil
}

// coversEvents returns an error unless the caller may see as much as the one who
// subscribed: events have resources, and a client may have less with another token.
func coversEvents(now *grant.Grant, ask *push.Subscription) error {
	for _, c := range ask.Criteria {
		if !asMuch(now, &ask.Grant, c.Type) {
			return fault.New(fault.Forbidden, "the token permits less than that with which the subscription was made")
		}
	}
	return nil
}

func eventNumber(r *http.Request, name string, absent int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.BadParam(name, "%s: the number of an event", name)
	}
	return n, nil
}

// topicExtensions say in the CapabilityStatement which topics there are.
func topicExtensions(t *shelf.Type) []topicExtension {
	if t.Name != writable {
		return nil
	}
	var all []topicExtension
	for _, topic := range push.Topics() {
		all = append(all, topicExtension{fhir.SubscriptionsBackport + "capabilitystatement-subscriptiontopic-canonical", topic.URL})
	}
	return all
}

// topicExtension names a topic.
type topicExtension struct {
	URL   string `json:"url"`
	Value string `json:"valueCanonical"`
}
