package terra

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
	"nutrigate/mapping/terra"
)

// wantsWebhook reports whether data goes to the tenant's endpoints and not into
// the answer. As at Terra that is the default, but only once there is an
// endpoint, unless the tenant has turned it off, and for Terra's own format:
// who asks for FHIR or FIT by Accept wants an answer in it.
func (m *Room) wantsWebhook(ctx context.Context, q url.Values, mediaType string) (bool, error) {
	wanted, err := boolean(q, "to_webhook")
	if err != nil || (q.Has("to_webhook") && !wanted) {
		return false, err
	}
	if !q.Has("to_webhook") && mediaType != terra.MediaType {
		return false, nil
	}
	w, err := m.Store.Webhooks(ctx, room.Tenant(ctx))
	switch {
	case err != nil:
		return false, err
	case wanted && !w.Endpoint:
		return false, fault.BadParam("to_webhook", "no endpoint is configured; ask with to_webhook=false")
	case wanted && mediaType != terra.MediaType:
		return false, notAccepted([]string{terra.MediaType})
	}
	return wanted || (w.Endpoint && !w.Direct), nil
}

// A request is data to be sent to the tenant's endpoints.
type request struct {
	Type string      `json:"type"`
	From record.Date `json:"from,omitempty"`
	To   record.Date `json:"to,omitempty"`
}

// days is what the request costs (limits.go): the distance of its ends, and at least one.
func (q request) days() int {
	from, err := time.Parse(time.DateOnly, string(q.From))
	to, err2 := time.Parse(time.DateOnly, string(q.To))
	if err != nil || err2 != nil {
		return 1 // an athlete has no days
	}
	return max(1, int(to.Sub(from)/(24*time.Hour)))
}

// large reports whether the range is longer than a calendar month: Terra sends
// such a request in chunks, and says so.
func (q request) large() bool {
	from, err := time.Parse(time.DateOnly, string(q.From))
	return err == nil && string(q.To) >= from.AddDate(0, 1, 0).Format(time.DateOnly)
}

// acknowledgement is Terra's DataSentToWebhook.
type acknowledgement struct {
	Status    string           `json:"status"`
	Type      string           `json:"type"`
	Reference string           `json:"reference"`
	TraceID   string           `json:"trace_id"`
	Message   string           `json:"message,omitempty"`
	User      acknowledgedUser `json:"user"`
}

// acknowledgedUser is the user as Terra has it there: without scopes, which may
// not be null in an acknowledgement.
type acknowledgedUser struct {
	ID          string  `json:"user_id"`
	Provider    string  `json:"provider"`
	Reference   *string `json:"reference_id"`
	Created     string  `json:"created_at"`
	Active      bool    `json:"active"`
	LastWebhook *string `json:"last_webhook_update"`
}

const largeMessage = "Large request submitted. The data is being processed and will be sent to your destination in chunks"

// deliver puts a request on the log, for the endpoints, and acknowledges it.
func (m *Room) deliver(ctx context.Context, u store.User, q request) (room.Answer, error) {
	fields, err := m.limits.take(u.Tenant, u.ID, q.days())
	if err != nil {
		return room.Answer{Fields: fields}, err
	}
	reference, err := uuid.NewRandom()
	if err != nil {
		return room.Answer{}, fmt.Errorf("make a reference: %w", err)
	}
	detail, err := room.Marshal(q)
	if err != nil {
		return room.Answer{}, err
	}
	e := store.Event{Tenant: u.Tenant, User: u.ID, Type: "request", Detail: detail, Reference: reference.String()}
	coming, err := m.coming(ctx, u, q)
	if err != nil {
		return room.Answer{}, err
	}
	if err := m.Store.AppendEvent(ctx, e); err != nil {
		return room.Answer{}, err
	}
	a := acknowledgement{Status: "success", Type: q.Type, Reference: e.Reference, TraceID: e.Reference, User: acknowledged(u)}
	switch {
	case q.large():
		a.Message = largeMessage
	case coming:
		a.Message = comingMessage
	}
	page, err := room.JSON(terra.MediaType, a)
	return room.Answer{Page: page, Fields: fields}, err
}

const (
	comingMessage = "Some of these days have not been fetched yet. What is here is sent now, and the others as they arrive"
	// soonest is the least after which it is worth while to ask again.
	soonest = 30 * time.Second
)

// coming tells the endpoints that days which are asked for are still on their
// way, and reports whether they are. Nobody has to ask again: days are sent as
// they arrive.
func (m *Room) coming(ctx context.Context, u store.User, q request) (bool, error) {
	c, err := m.Store.Connection(ctx, u.Tenant, u.ID)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return false, nil
	case err != nil:
		return false, err
	case q.From == "" || !u.Active || !c.Coming(q.From, q.To):
		return false, nil
	}
	detail, err := room.Marshal(struct {
		Message    string `json:"message"`
		RetryAfter int    `json:"retry_after_seconds"`
	}{comingMessage, int(max(c.NextAt.Sub(m.Now()), soonest).Seconds())})
	if err != nil {
		return false, err
	}
	return true, m.Store.AppendEvent(ctx, store.Event{Tenant: u.Tenant, User: u.ID, Type: "processing", Detail: detail})
}

func acknowledged(u store.User) acknowledgedUser {
	a := acknowledgedUser{ID: u.ID, Provider: terra.Provider, Active: u.Active, Created: u.Created.UTC().Format("2006-01-02T15:04:05.000000Z")}
	if u.Reference != "" {
		a.Reference = &u.Reference
	}
	return a
}
