package fhir

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/push"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/shelf"
	"nutrigate/gateway/store"
	"nutrigate/mapping"
	"nutrigate/mapping/fhir"
)

// A SubscriptionStore keeps subscriptions, which are endpoints; see package
// store for the contract.
type SubscriptionStore interface {
	PutEndpoint(ctx context.Context, e store.Endpoint) (put store.Endpoint, secret string, err error)
	DeleteEndpoint(ctx context.Context, tenant, id string) error
	// Notified returns notifications that tell of events from one number to another.
	Notified(ctx context.Context, tenant, endpoint string, from, to int64, limit int) ([]store.Parcel, error)
}

// writable is the one type that clients write.
const writable = "Subscription"

// everyInteraction is the table with what can be done with Subscriptions alone.
func (m *Room) everyInteraction() []interaction {
	return append(m.interactions(), m.writeInteractions()...)
}

// writeInteractions are those of the type that clients write.
func (m *Room) writeInteractions() []interaction {
	write := func(method, path, summary string, takes []string, handle room.Handler) func(*shelf.Type) []room.Route {
		return func(t *shelf.Type) []room.Route {
			if t.Name != writable || m.CheckURL == nil {
				return nil
			}
			route := room.Route{Method: method, Path: path, Summary: summary, Takes: takes, Gives: gives(), Handle: handle}
			if strings.Contains(path, "{id}") {
				route.Params = readParams()
			}
			return []room.Route{route}
		}
	}
	return []interaction{
		{"create", write(http.MethodPost, "/"+writable, "Subscribe to changes", gives(), m.createSubscription)},
		{"update", write(http.MethodPut, "/"+writable+"/{id}", "Change a subscription", gives(), m.updateSubscription)},
		{"delete", write(http.MethodDelete, "/"+writable+"/{id}", "End a subscription", nil, m.deleteSubscription)},
	}
}

func (m *Room) createSubscription(r *http.Request) (room.Answer, error) {
	if err := mayWrite(r, grant.Create); err != nil {
		return room.Answer{}, err
	}
	e, err := m.subscription(r, store.Endpoint{})
	if err != nil {
		return room.Answer{}, err
	}
	e, _, err = m.Store.PutEndpoint(r.Context(), e)
	if err != nil {
		return room.Answer{}, err
	}
	a, err := m.written(&e)
	a.Result = room.Created
	// R4, http.html#create: with the version.
	a.Fields = [][2]string{{"Location", m.base(r) + "/Subscription/" + e.ID + "/_history/" + strconv.Itoa(versionOf(&e))}}
	return a, err
}

func (m *Room) updateSubscription(r *http.Request) (room.Answer, error) {
	if err := mayWrite(r, grant.Update); err != nil {
		return room.Answer{}, err
	}
	old, err := m.subscribed(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := isMeant(r, &old); err != nil {
		return room.Answer{}, err
	}
	e, err := m.subscription(r, old)
	if err != nil {
		return room.Answer{}, err
	}
	if e, _, err = m.Store.PutEndpoint(r.Context(), e); err != nil {
		return room.Answer{}, err
	}
	return m.written(&e)
}

func (m *Room) deleteSubscription(r *http.Request) (room.Answer, error) {
	if err := mayWrite(r, grant.Delete); err != nil {
		return room.Answer{}, err
	}
	e, err := m.subscribed(r)
	if err != nil {
		return room.Answer{}, err
	}
	if err := isMeant(r, &e); err != nil {
		return room.Answer{}, err
	}
	return room.Answer{Result: room.NoContent}, m.Store.DeleteEndpoint(r.Context(), e.Tenant, e.ID)
}

// versionOf is the version of a subscription: each change has its own instant.
func versionOf(e *store.Endpoint) int { return int(e.Updated.UnixMilli()) }

// isMeant returns an error where the caller means another version than there is,
// so that nobody undoes what they did not see (R4, http.html#concurrency).
func isMeant(r *http.Request, e *store.Endpoint) error {
	meant := r.Header.Get("If-Match")
	if meant == "" || meant == "*" || strings.Trim(strings.TrimPrefix(meant, "W/"), `"`) == strconv.Itoa(versionOf(e)) {
		return nil
	}
	return fault.New(fault.Outdated, "If-Match: the Subscription has another version by now")
}

// written is the answer with a subscription as it is now.
func (m *Room) written(e *store.Endpoint) (room.Answer, error) {
	doc, err := push.Resource(e, m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	return room.Answer{
		Page: represent.NewVersion(fhir.MediaType, doc.Body, versionOf(e), e.Updated), MediaType: fhir.MediaType,
	}, nil
}

func mayWrite(r *http.Request, a grant.Action) error {
	if queries, ok := room.Grant(r.Context()).May(a, writable); !ok || len(queries) > 0 {
		return fault.New(fault.Forbidden, "the token has no scope that permits to write subscriptions (system/Subscription.cruds)")
	}
	return nil
}

// subscribed returns the subscription that is named, if it is the caller's.
func (m *Room) subscribed(r *http.Request) (store.Endpoint, error) {
	g := room.Grant(r.Context())
	e, err := m.Store.Endpoint(r.Context(), g.Tenant, r.PathValue("id"))
	isTheirs := e.Subscription != nil && (g.All || e.Subscription.Client == g.Client)
	if fault.KindOf(err) == fault.NotFound || (err == nil && !isTheirs) {
		err = fault.New(fault.NotFound, "there is no Subscription with this id")
	}
	return e, err
}

const maxSubscription = 64 << 10

// subscription reads the body: what is asked for, in place of what was.
func (m *Room) subscription(r *http.Request, e store.Endpoint) (store.Endpoint, error) {
	body, err := subscriptionBody(r)
	if err != nil {
		return e, err
	}
	if err := (fhir.Format{}).Check(mapping.Document{Type: writable, Body: body}); err != nil {
		return e, fault.Wrap(fault.Invalid, err, "the Subscription is not what R4 allows: %s", err)
	}
	g := room.Grant(r.Context())
	s, err := readSubscription(body, e.ID)
	if err != nil {
		return e, err
	}
	s.ask.Grant, s.ask.Base = *g, m.base(r)
	for _, c := range s.ask.Criteria {
		if _, may := g.May(grant.Search, c.Type); !may {
			return e, fault.New(fault.Forbidden, "the token has no scope that permits to search %s", c.Type)
		}
	}
	if !s.ask.End.IsZero() && !s.ask.End.After(m.Now()) {
		return e, fault.BadParam("end", "end: it is over already")
	}
	if err := m.CheckURL(r.Context(), s.url); err != nil {
		return e, err
	}
	return s.endpoint(g, e)
}

// subscriptionBody returns the body, which is JSON.
func subscriptionBody(r *http.Request) ([]byte, error) {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !slices.Contains(jsonBodies(), strings.ToLower(strings.TrimSpace(t))) {
		return nil, fault.New(fault.Unsupported, "a Subscription is sent as %s", fhir.MediaType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxSubscription))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, fault.New(fault.TooLarge, "a Subscription has %d KiB at most", maxSubscription>>10)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body broke off")
	}
	return bytes.TrimSpace(body), nil
}

func jsonBodies() []string { return []string{fhir.MediaType, "application/json"} }
