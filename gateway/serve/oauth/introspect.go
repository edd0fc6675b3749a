package oauth

import (
	"net/http"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// introspected tells of a token (RFC 7662 section 2.2, with SMART's fields).
type introspected struct {
	Active   bool   `json:"active"`
	Scope    string `json:"scope,omitempty"`
	Client   string `json:"client_id,omitempty"`
	Type     string `json:"token_type,omitempty"`
	Expires  int64  `json:"exp,omitempty"`
	Issuer   string `json:"iss,omitempty"`
	Subject  string `json:"sub,omitempty"`
	Patient  string `json:"patient,omitempty"`
	FHIRUser string `json:"fhirUser,omitempty"`
}

// introspect tells a client that can prove who it is about the tokens of its
// tenant. Of every other token it learns no more than that it is not active.
func (m *Room) introspect(r *http.Request) (room.Answer, error) {
	form, err := formOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	c, err := m.client(r, form)
	if err != nil {
		return room.Answer{}, err
	}
	if c.Kind == store.PublicApp {
		return room.Answer{}, unknown("a public app cannot ask about tokens")
	}
	t, a, err := m.Store.Token(r.Context(), form.Get("token"))
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil, a.Tenant != c.Tenant, t.Kind == store.CodeToken, t.Used, !m.Now().Before(t.Expires):
		return respond(introspected{})
	case err != nil:
		return room.Answer{}, err
	}
	found := introspected{
		Active: true, Scope: a.Scopes, Client: a.Client, Expires: t.Expires.Unix(), Issuer: m.fhirURL(r), Subject: smart.SubjectOf(a), Patient: a.Patient,
	}
	if t.Kind == store.AccessToken {
		found.Type = "Bearer"
	}
	if a.Practitioner == "" && a.Patient != "" {
		found.FHIRUser = m.fhirURL(r) + "/Patient/" + a.Patient
	}
	return respond(found)
}

// revoke ends a token of the client's: an access token alone, a refresh token
// with all that came of the same consent. A token that is none is revoked
// already (RFC 7009 section 2.2).
func (m *Room) revoke(r *http.Request) (room.Answer, error) {
	form, err := formOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	c, err := m.client(r, form)
	if err != nil {
		return room.Answer{}, err
	}
	t, a, err := m.Store.Token(r.Context(), form.Get("token"))
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil, err == nil && a.Client != c.ID:
		err = nil
	case err != nil:
	case t.Kind == store.AccessToken:
		err = m.Store.EndToken(r.Context(), a.Tenant, t.Secret)
	default:
		if err = m.Store.EndAuthorization(r.Context(), a.Tenant, a.ID); fault.KindOf(err) == fault.NotFound {
			err = nil
		}
	}
	if err != nil {
		return room.Answer{}, err
	}
	return respond(struct{}{})
}

// seconds is a time as tokens have it.
func seconds(d time.Duration) int { return int(d / time.Second) }
