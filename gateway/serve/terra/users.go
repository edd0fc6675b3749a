package terra

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/terra"
)

// athlete answers with the person, as Terra's Athlete or as a Bundle with the Patient.
func (m *Room) athlete(r *http.Request) (room.Answer, error) {
	mediaType, err := accepts(r, terra.MediaType, fhir.MediaType)
	if err != nil {
		return room.Answer{}, err
	}
	u, _, err := m.user(r.Context(), r.URL.Query())
	if err != nil {
		return room.Answer{}, err
	}
	webhook, err := m.wantsWebhook(r.Context(), r.URL.Query(), mediaType)
	if err != nil {
		return room.Answer{}, err
	}
	if webhook {
		return m.deliver(r.Context(), u, request{Type: "athlete"})
	}
	if mediaType == terra.MediaType {
		t := terraUser(u)
		body := terra.Envelope("athlete", terra.EncodeUser(t), [][]byte{terra.EncodeAthlete(t)})
		return room.Answer{Page: represent.NewPage(terra.MediaType, body)}, nil
	}
	patient, err := patientEntry(u, m.fhirBase(r))
	if err != nil {
		return room.Answer{}, err
	}
	bundle := fhir.Bundle("collection", []fhir.Entry{patient}, nil, -1)
	return room.Answer{Page: represent.NewPage(fhir.MediaType, bundle)}, nil
}

func eitherParams() []room.Param {
	return []room.Param{
		{Name: "user_id", Summary: "the user's id"},
		{Name: "reference_id", Summary: "your own name for the user, if user_id is absent"},
	}
}

// userInfo answers with one user, by id or by the tenant's own name. The two
// shapes are Terra's.
func (m *Room) userInfo(r *http.Request) (room.Answer, error) {
	q := r.URL.Query()
	u, err := m.named(r.Context(), q)
	if err != nil {
		return room.Answer{}, err
	}
	if q.Get("user_id") == "" {
		return respond(r, struct {
			Status string            `json:"status"`
			Users  []json.RawMessage `json:"users"`
		}{"success", []json.RawMessage{terra.EncodeUser(terraUser(u))}})
	}
	encoded, err := m.details(r.Context(), u)
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status        string          `json:"status"`
		Authenticated bool            `json:"is_authenticated"`
		User          json.RawMessage `json:"user"`
	}{"success", u.Active, encoded})
}

// details encodes a user with what happened last.
func (m *Room) details(ctx context.Context, u store.User) (json.RawMessage, error) {
	latest, err := m.Store.Latest(ctx, u.Tenant, u.ID)
	if err != nil {
		return nil, err
	}
	t := terraUser(u)
	t.Webhook, t.Polled = latest.Sent, latest.Polled
	return terra.EncodeUserInfo(t, latest.Day, u.Zone)
}

// named returns the user that user_id or reference_id names.
func (m *Room) named(ctx context.Context, q url.Values) (store.User, error) {
	if id := q.Get("user_id"); id != "" {
		return m.Store.User(ctx, room.Tenant(ctx), id)
	}
	if reference := q.Get("reference_id"); reference != "" {
		return m.Store.UserByReference(ctx, room.Tenant(ctx), reference)
	}
	return store.User{}, fault.BadParam("user_id", "user_id or reference_id is required")
}

// defaultPerPage is Terra's own.
const (
	defaultPerPage = 500
	maxPerPage     = 1000
)

func pageParams() []room.Param {
	return []room.Param{
		{Name: "page", Summary: "number of the page, from 0; absent gives every user at once"},
		{Name: "per_page", Summary: "users on a page; 500 if absent"},
	}
}

// subscriptions lists the tenant's users: all at once, or a page of them.
func (m *Room) subscriptions(r *http.Request) (room.Answer, error) {
	q := r.URL.Query()
	users, err := m.users(r.Context())
	if err != nil {
		return room.Answer{}, err
	}
	if !q.Has("page") {
		return respond(r, struct {
			Status string            `json:"status"`
			Users  []json.RawMessage `json:"users"`
		}{"success", users})
	}
	page, err := number(q, "page", 0, 1<<31)
	if err != nil {
		return room.Answer{}, err
	}
	per, err := number(q, "per_page", defaultPerPage, maxPerPage)
	if err != nil {
		return room.Answer{}, err
	}
	if per == 0 {
		return room.Answer{}, fault.BadParam("per_page", "invalid per_page: at least 1")
	}
	return respond(r, onePage(users, page, per))
}

// userPage is a page as Terra has it.
type userPage struct {
	Data struct {
		Next    *int              `json:"next"`
		MaxPage int               `json:"max_page"`
		Results []json.RawMessage `json:"results"`
	} `json:"data"`
}

func onePage(users []json.RawMessage, page, per int) userPage {
	var p userPage
	p.Data.MaxPage = max(0, (len(users)-1)/per)
	start := min(page*per, len(users))
	p.Data.Results = users[start:min(start+per, len(users))]
	if next := page + 1; next <= p.Data.MaxPage {
		p.Data.Next = &next
	}
	return p
}

// users encodes every user of the tenant.
func (m *Room) users(ctx context.Context) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for after := ""; ; {
		some, next, err := m.Store.Users(ctx, room.Tenant(ctx), after, maxPerPage)
		if err != nil {
			return nil, err
		}
		for _, u := range some {
			all = append(all, terra.EncodeUser(terraUser(u)))
		}
		if next == "" {
			return all, nil
		}
		after = next
	}
}

func number(q url.Values, name string, absent, most int) (int, error) {
	if !q.Has(name) {
		return absent, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 || n > most {
		return 0, fault.BadParam(name, "invalid %s: a whole number up to %d", name, most)
	}
	return n, nil
}

func respond(r *http.Request, v any) (room.Answer, error) {
	mediaType, err := accepts(r, terra.MediaType)
	if err != nil {
		return room.Answer{}, err
	}
	page, err := room.JSON(mediaType, v)
	return room.Answer{Page: page}, err
}
