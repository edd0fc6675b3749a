package oauth

import (
	"net/http"
	"net/url"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// assertionType is what client_assertion_type has to be (RFC 7523 section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// client returns who asks, proven as far as the client can prove it: by a key,
// by a secret, or, for a public app, not at all.
func (m *Room) client(r *http.Request, form url.Values) (store.Client, error) {
	id, secret, basic := r.BasicAuth()
	assertion := form.Get("client_assertion")
	var c store.Client
	var err error
	switch {
	case basic && assertion != "":
		return c, refuse("invalid_request", fault.Invalid, "a client authenticates in one way (RFC 6749 section 2.3)")
	case form.Get("client_secret") != "":
		return c, unknown("a secret belongs into the header Authorization: Basic")
	case assertion != "":
		c, err = m.byAssertion(r, form)
	case basic:
		c, err = m.bySecret(r, id, secret)
	default:
		c, err = m.publicApp(r, form)
	}
	switch kind := fault.KindOf(err); {
	case kind == fault.NotFound:
		return c, unknown("unknown client")
	case kind == fault.Unauthorized:
		return c, refusal{"invalid_client", err}
	case err != nil:
		return c, err
	case form.Get("client_id") != "" && form.Get("client_id") != c.ID:
		return c, unknown("client_id is not that of the client which authenticates")
	}
	return c, nil
}

func unknown(message string) error {
	return refuse("invalid_client", fault.Unauthorized, "%s", message)
}

// tokenURL is the address of the token endpoint, for which assertions are made.
func (m *Room) tokenURL(r *http.Request) string { return room.Base(r, m.BaseURL) + Base + "/token" }

// byAssertion takes an assertion once. Its id counts as used only after all
// else was right, so that nobody can use up another's.
func (m *Room) byAssertion(r *http.Request, form url.Values) (store.Client, error) {
	if form.Get("client_assertion_type") != assertionType {
		return store.Client{}, refuse("invalid_request", fault.Invalid, "client_assertion_type: it must be %s", assertionType)
	}
	a, err := smart.ParseAssertion(form.Get("client_assertion"))
	if err != nil {
		return store.Client{}, err
	}
	c, err := m.Store.Client(r.Context(), a.Client)
	if err != nil {
		return c, err
	}
	id, expires, err := a.Verify(r.Context(), m.Keys, c, m.tokenURL(r), m.Now())
	if err != nil {
		return c, err
	}
	err = m.Store.UseAssertion(r.Context(), c.Tenant, c.ID, id, expires)
	if fault.KindOf(err) == fault.Conflict {
		return c, unknown("client_assertion: its jti was used before")
	}
	return c, err
}

// bySecret reads the header as RFC 6749 section 2.3.1 has it: both parts are
// encoded as in a form.
func (m *Room) bySecret(r *http.Request, id, secret string) (store.Client, error) {
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil || secret == "" {
		return store.Client{}, unknown("Authorization cannot be read")
	}
	return m.Store.ClientBySecret(r.Context(), id, secret)
}

// publicApp returns the app that a form names. One that refreshes may leave its
// name out (RFC 6749 section 6 asks it of nobody who does not authenticate, and
// SMART's own library sends none): it is the one to whom the token was given.
func (m *Room) publicApp(r *http.Request, form url.Values) (store.Client, error) {
	id := form.Get("client_id")
	if id == "" && form.Get("grant_type") == "refresh_token" {
		t, a, err := m.Store.Token(r.Context(), form.Get("refresh_token"))
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return store.Client{}, err
		}
		if err == nil && t.Kind == store.RefreshToken {
			id = a.Client
		}
	}
	if id == "" {
		return store.Client{}, unknown("the client does not authenticate: client_assertion, Authorization: Basic, or client_id for a public app")
	}
	c, err := m.Store.Client(r.Context(), id)
	if err == nil && c.Kind != store.PublicApp {
		return c, unknown("the client has to authenticate, by client_assertion or Authorization: Basic")
	}
	return c, err
}
