package operator

import (
	"net/http"
	"strconv"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// choiceParams are those that choose deliveries.
func choiceParams() []room.Param {
	return []room.Param{
		{Name: "endpoint", Summary: "only to this endpoint"},
		{Name: "user_id", Summary: "only of this user"},
		{Name: "state", Summary: "only in this state", Values: []string{store.Waiting, store.Delivered, store.Held, store.Dead}},
		{Name: "since", Example: "2026-01-31", Summary: "made since then: a day, an instant (RFC 3339), or 2h for two hours ago"},
		{Name: "until", Example: "2026-01-31", Summary: "made before then, likewise"},
	}
}

func newIDParam() room.Param {
	return room.Param{Name: "new_id", Summary: "send copies with ids of their own, for a receiver that has to do its work again; false if absent", Values: []string{"true", "false"}}
}

func listParams() []room.Param {
	return []room.Param{
		{Name: "limit", Example: "100", Summary: "how many at most; 100 if absent"},
		{Name: "after", Summary: "the next of the page before"},
	}
}

const maxLimit = 1000

// choice reads choiceParams. What it names has to be there: an endpoint or a
// user of somebody else is not found.
func (m Room) choice(r *http.Request, tenant string) (operate.Choice, error) {
	q := r.URL.Query()
	c := operate.Choice{Endpoint: q.Get("endpoint"), User: q.Get("user_id"), State: q.Get("state"), Since: q.Get("since"), Until: q.Get("until")}
	if c.Endpoint != "" {
		if _, err := m.Store.Endpoint(r.Context(), tenant, c.Endpoint); err != nil {
			return c, err
		}
	}
	if c.User != "" {
		if _, err := m.Store.User(r.Context(), tenant, c.User); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (m Room) listDeliveries(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	choice, err := m.choice(r, tenant)
	if err != nil {
		return room.Answer{}, err
	}
	limit := 0
	if text := r.URL.Query().Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return room.Answer{}, fault.BadParam("limit", "invalid limit: from 1 to %d", maxLimit)
		}
	}
	page, err := operate.List(r.Context(), m.Store, tenant, choice, m.Now(), r.URL.Query().Get("after"), limit)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, page)
}

func (m Room) showDelivery(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	d, err := operate.Show(r.Context(), m.Store, tenant, r.PathValue("id"))
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, d)
}

func (m Room) replayOne(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	return m.replay(r, tenant, operate.Choice{ID: r.PathValue("id")})
}

func (m Room) replayMany(r *http.Request) (room.Answer, error) {
	tenant, err := m.tenant(r)
	if err != nil {
		return room.Answer{}, err
	}
	choice, err := m.choice(r, tenant)
	if err != nil {
		return room.Answer{}, err
	}
	return m.replay(r, tenant, choice)
}

func (m Room) replay(r *http.Request, tenant string, c operate.Choice) (room.Answer, error) {
	switch text := r.URL.Query().Get("new_id"); text {
	case "", "false":
	case "true":
		c.NewID = true
	default:
		return room.Answer{}, fault.BadParam("new_id", "new_id: true or false")
	}
	n, err := operate.Replay(r.Context(), m.Store, tenant, c, m.Now())
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status   string `json:"status"`
		Replayed int    `json:"replayed"`
	}{"success", n})
}
