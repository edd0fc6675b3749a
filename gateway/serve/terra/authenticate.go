package terra

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/store"
)

// How long a person has to connect, in seconds: Terra's own figures.
const (
	sessionSeconds = 900
	tokenSeconds   = 180
)

// invitation is what the body says when somebody is to connect. The language is
// taken, and the page is English.
type invitation struct {
	Resource  string `json:"resource"`  // authenticateUser, as version 1 of the SDK sends it
	Providers string `json:"providers"` // of a widget session
	Language  string `json:"language"`
	Reference string `json:"reference_id"`
	Success   string `json:"auth_success_redirect_url"`
	Failure   string `json:"auth_failure_redirect_url"`
}

func decodeInvitation(r *http.Request) (invitation, error) {
	var i invitation
	if err := decode(r, &i); err != nil {
		return i, err
	}
	for param, address := range map[string]string{"auth_success_redirect_url": i.Success, "auth_failure_redirect_url": i.Failure} {
		if err := redirect(param, address); err != nil {
			return i, err
		}
	}
	return i, reference(i.Reference)
}

// maxAddress is how long an address may be: what every browser takes.
const maxAddress = 2000

// redirect checks an address to which a person is led.
func redirect(param, address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || (address != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil)) {
		return fault.BadParam(param, "invalid %s: an http or https address", param)
	}
	return nil
}

// authenticateUser makes the address at which one user connects. The user is
// there from now on, and inactive until the person has connected.
func (m *Room) authenticateUser(r *http.Request) (room.Answer, error) {
	i, err := decodeInvitation(r)
	if err != nil {
		return room.Answer{}, err
	}
	resource := cmp.Or(r.URL.Query().Get("resource"), i.Resource)
	if resource == "" {
		return room.Answer{}, fault.BadParam("resource", "resource is required")
	}
	if err := enabled("resource", resource); err != nil {
		return room.Answer{}, err
	}
	u, err := m.invited(r.Context(), i.Reference)
	if err != nil {
		return room.Answer{}, err
	}
	id, err := m.session(r.Context(), store.Session{User: u.ID, Reference: u.Reference, Success: i.Success, Failure: i.Failure})
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status string `json:"status"`
		User   string `json:"user_id"`
		URL    string `json:"auth_url"`
	}{"success", u.ID, m.connectURL(r, id)})
}

// invited returns the user with the reference, or a new one who is not active yet.
func (m *Room) invited(ctx context.Context, reference string) (store.User, error) {
	u := store.User{Tenant: room.Tenant(ctx), Reference: reference}
	if reference == "" {
		return m.Store.PutUser(ctx, u)
	}
	found, err := m.Store.UserByReference(ctx, u.Tenant, reference)
	if fault.KindOf(err) != fault.NotFound {
		return found, err
	}
	made, err := m.Store.PutUser(ctx, u)
	if fault.KindOf(err) == fault.Conflict { // somebody took the reference meanwhile: it is that user
		return m.Store.UserByReference(ctx, u.Tenant, reference)
	}
	return made, err
}

// widgetSession makes the address of a page on which somebody connects.
func (m *Room) widgetSession(r *http.Request) (room.Answer, error) {
	i, err := decodeInvitation(r)
	if err == nil {
		err = enabled("providers", i.Providers)
	}
	if err != nil {
		return room.Answer{}, err
	}
	id, err := m.session(r.Context(), store.Session{Reference: i.Reference, Success: i.Success, Failure: i.Failure})
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, opened{"success", id, m.connectURL(r, id), sessionSeconds})
}

// opened is a session that was made.
type opened struct {
	Status  string `json:"status"`
	Session string `json:"session_id"`
	URL     string `json:"url"`
	Expires int    `json:"expires_in"`
}

// session keeps a new session of the tenant and returns its id.
func (m *Room) session(ctx context.Context, s store.Session) (string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", fmt.Errorf("make a session: %w", err)
	}
	s.Tenant, s.ID, s.Expires = room.Tenant(ctx), id.String(), m.Now().Add(sessionSeconds*time.Second)
	return s.ID, m.Store.AddSession(ctx, s)
}

func (m *Room) connectURL(r *http.Request, session string) string {
	return room.Base(r, m.BaseURL) + "/connect/" + session
}

// authToken makes a token for an app on somebody's device, which has no key:
// with it, the app connects its user by an upload to /connect/{token}.
func (m *Room) authToken(r *http.Request) (room.Answer, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // which never fails
	token := hex.EncodeToString(secret)
	err := m.Store.AddSession(r.Context(), store.Session{
		Tenant: room.Tenant(r.Context()), ID: token, Expires: m.Now().Add(tokenSeconds * time.Second),
	})
	if err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status  string `json:"status"`
		Token   string `json:"token"`
		Expires int    `json:"expires_in"`
	}{"success", token, tokenSeconds})
}

// deauthenticateUser ends a connection: as at Terra, what is kept of the person
// is deleted, and the user is not found any more.
func (m *Room) deauthenticateUser(r *http.Request) (room.Answer, error) {
	id := r.URL.Query().Get("user_id")
	if id == "" {
		return room.Answer{}, fault.BadParam("user_id", "user_id is required")
	}
	detail := json.RawMessage(`{"status":"success","message":"User deauthenticated by a request"}`)
	e := store.Event{Tenant: room.Tenant(r.Context()), User: id, Type: "deauth", Detail: detail}
	if m.Leave != nil {
		// That there is no connection, or nobody to tell, keeps nobody from ending it here.
		_ = m.Leave(r.Context(), e.Tenant, e.User)
	}
	if err := m.Store.Deauthenticate(r.Context(), e); err != nil {
		return room.Answer{}, err
	}
	return respond(r, struct {
		Status string `json:"status"`
	}{"success"})
}
