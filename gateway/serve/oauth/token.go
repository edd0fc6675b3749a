package oauth

import (
	"net/http"
	"net/url"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// issued is the answer of the token endpoint (RFC 6749 section 5.1, and SMART's
// "Obtain access token").
type issued struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`

	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	// Patient is the person whom the app is about; Banner says whether it has to
	// show who that is.
	Patient string `json:"patient,omitempty"`
	Banner  *bool  `json:"need_patient_banner,omitempty"`
}

// token gives out tokens, by the kind of grant that is asked for.
func (m *Room) token(r *http.Request) (room.Answer, error) {
	form, err := formOf(r)
	if err != nil {
		return room.Answer{}, err
	}
	type grantor func(*http.Request, store.Client, url.Values) (room.Answer, error)
	grantors := map[string]grantor{
		"client_credentials": m.service,
		"authorization_code": m.code,
		"refresh_token":      m.refresh,
	}
	give, known := grantors[form.Get("grant_type")]
	if !known {
		return room.Answer{}, refuse("unsupported_grant_type", fault.Invalid, "grant_type: it must be authorization_code, refresh_token or client_credentials")
	}
	c, err := m.client(r, form)
	if err != nil {
		return room.Answer{}, err
	}
	return give(r, c, form)
}

// service gives a service its token. It gets no refresh token: with its key it
// can ask again (RFC 6749 section 4.4.3).
func (m *Room) service(r *http.Request, c store.Client, form url.Values) (room.Answer, error) {
	if c.Kind != store.Backend {
		return room.Answer{}, refuse("unauthorized_client", fault.Invalid, "client_credentials are for clients of the kind %s", store.Backend)
	}
	granted := smart.Service(c, form.Get("scope"))
	if len(granted.Permissions) == 0 {
		return room.Answer{}, refuse("invalid_scope", fault.Invalid, "scope: none of it can be granted; this client may have %s", c.Scopes)
	}
	access := m.newToken(store.AccessToken, smart.ServiceLife)
	a := store.Authorization{Tenant: c.Tenant, Client: c.ID, Scopes: granted.String(), Expires: access.Expires}
	if _, err := m.Store.Authorize(r.Context(), a, "", access); err != nil {
		return room.Answer{}, err
	}
	return respond(issued{AccessToken: access.Secret, TokenType: "Bearer", ExpiresIn: seconds(smart.ServiceLife), Scope: a.Scopes})
}

func (m *Room) newToken(kind string, life time.Duration) store.Token {
	return store.Token{Secret: smart.NewSecret(), Kind: kind, Expires: m.Now().Add(life)}
}
