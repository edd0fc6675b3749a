package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

var errGrant = refuse("invalid_grant", fault.Invalid, "the code or token is unknown, or was used, or has expired, or is not this client's")

// code changes an authorization code for tokens.
func (m *Room) code(r *http.Request, c store.Client, form url.Values) (room.Answer, error) {
	t, a, err := m.held(r, c, store.CodeToken, form.Get("code"))
	if err != nil {
		return room.Answer{}, err
	}
	switch {
	case form.Get("redirect_uri") != a.Redirect:
		return room.Answer{}, refuse("invalid_grant", fault.Invalid, "redirect_uri: it must be the one with which the code was asked for")
	case !smart.Meets(a.Challenge, form.Get("code_verifier")):
		return room.Answer{}, refuse("invalid_grant", fault.Invalid, "code_verifier: it does not meet the code_challenge")
	}
	return m.exchange(r, t, a, true)
}

// refresh changes a refresh token for the next tokens. What it may be narrowed
// to is taken as a wish: the answer says what is granted (RFC 6749 section 3.3).
func (m *Room) refresh(r *http.Request, c store.Client, form url.Values) (room.Answer, error) {
	t, a, err := m.held(r, c, store.RefreshToken, form.Get("refresh_token"))
	if err != nil {
		return room.Answer{}, err
	}
	had := strings.Fields(a.Scopes)
	for one := range strings.FieldsSeq(form.Get("scope")) {
		if !slices.Contains(had, one) {
			return room.Answer{}, refuse("invalid_scope", fault.Invalid, "scope: more than was granted")
		}
	}
	return m.exchange(r, t, a, false)
}

// held returns a token that the client has, and that can be changed. One that
// was used before ends everything that came of it: somebody else has it too.
func (m *Room) held(r *http.Request, c store.Client, kind, secret string) (store.Token, store.Authorization, error) {
	t, a, err := m.Store.Token(r.Context(), secret)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return t, a, errGrant
	case err != nil:
		return t, a, err
	case t.Kind != kind || a.Client != c.ID:
		return t, a, errGrant
	case t.Used:
		if err := m.Store.EndAuthorization(r.Context(), a.Tenant, a.ID); err != nil && fault.KindOf(err) != fault.NotFound {
			return t, a, err
		}
		return t, a, errGrant
	case !m.Now().Before(t.Expires) || !m.Now().Before(a.Expires):
		return t, a, errGrant
	}
	return t, a, nil
}

// exchange uses a token up and answers with those that take its place. first
// says that the app learns now who the person is.
func (m *Room) exchange(r *http.Request, old store.Token, a store.Authorization, first bool) (room.Answer, error) {
	asked := grant.Parse(a.Scopes)
	life := min(smart.AccessLife, a.Expires.Sub(m.Now()))
	access := m.newToken(store.AccessToken, life)
	answer := issued{AccessToken: access.Secret, TokenType: "Bearer", ExpiresIn: seconds(life), Scope: a.Scopes, Patient: a.Patient}
	if a.Patient != "" {
		banner := a.Practitioner != "" // who looks at their own diary knows whose it is
		answer.Banner = &banner
	}
	tokens := []store.Token{access}
	if asked.Has(grant.Offline) || asked.Has(grant.Online) {
		next := store.Token{Secret: smart.NewSecret(), Kind: store.RefreshToken, Expires: a.Expires}
		answer.RefreshToken = next.Secret
		tokens = append(tokens, next)
	}
	if first && asked.Has(grant.OpenID) {
		var err error
		if answer.IDToken, err = m.idToken(r, a, asked); err != nil {
			return room.Answer{}, err
		}
	}
	err := m.Store.Exchange(r.Context(), a.Tenant, old.Secret, tokens...)
	if kind := fault.KindOf(err); kind == fault.Gone || kind == fault.NotFound {
		return room.Answer{}, errGrant
	}
	if err != nil {
		return room.Answer{}, err
	}
	return respond(answer)
}

// idClaims say who is at the app (OpenID Connect Core 1.0, section 2; SMART's
// "Scopes for requesting identity data").
type idClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	Nonce    string `json:"nonce,omitempty"`
	FHIRUser string `json:"fhirUser,omitempty"`
}

const idLife = 5 * time.Minute // the app reads it when it comes

func (m *Room) idToken(r *http.Request, a store.Authorization, asked grant.Asked) (string, error) {
	signer, err := m.Signer.get(r.Context())
	if err != nil {
		return "", err
	}
	claims := idClaims{
		Issuer: m.fhirURL(r), Subject: smart.SubjectOf(a), Audience: a.Client, Issued: m.Now().Unix(), Expires: m.Now().Add(idLife).Unix(), Nonce: a.Nonce,
	}
	if a.Practitioner == "" && asked.Has(grant.FHIRUser) {
		claims.FHIRUser = m.fhirURL(r) + "/Patient/" + a.Patient
	}
	return signer.Sign(claims)
}
