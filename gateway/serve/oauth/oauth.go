// Package oauth is the room of SMART on FHIR's authorization: where services and
// apps get tokens, and the page on which a person lets an app read
// (https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html).
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// Base is the path below which the room is.
const Base = "/oauth"

// A Store is what the room reads and writes; see package store for the contract.
type Store interface {
	Client(ctx context.Context, id string) (store.Client, error)
	ClientBySecret(ctx context.Context, id, secret string) (store.Client, error)
	// UseAssertion is a Conflict where the client's assertion with the id was used before.
	UseAssertion(ctx context.Context, tenant, client, id string, expires time.Time) error
	// Authorize keeps what was allowed with its first tokens, and uses the launch
	// up unless that is empty; Gone if it was used before.
	Authorize(ctx context.Context, a store.Authorization, launch string, tokens ...store.Token) (store.Authorization, error)
	tokens
	people
	signingStore
}

// tokens is how tokens are changed for others, and end.
type tokens interface {
	Token(ctx context.Context, secret string) (store.Token, store.Authorization, error)
	// Exchange uses a code or a refresh token up and adds those in its place. One
	// that was used before is Gone, with all that came of it.
	Exchange(ctx context.Context, tenant, secret string, tokens ...store.Token) error
	EndAuthorization(ctx context.Context, tenant, id string) error
	EndToken(ctx context.Context, tenant, secret string) error
}

// people is how people come to an app, and about whom it is.
type people interface {
	AddLaunch(ctx context.Context, l store.Launch) error
	LaunchBySecret(ctx context.Context, secret string) (store.Launch, error)
	User(ctx context.Context, tenant, id string) (store.User, error)
	UserByReference(ctx context.Context, tenant, reference string) (store.User, error)
	Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error)
}

// A Room is what the handlers work with; all of it is required, but BaseURL.
type Room struct {
	Store  Store
	Keys   *smart.Keys
	Signer *Signer
	// BaseURL is the gateway's address; empty means the host that a request names.
	BaseURL string
	Now     func() time.Time

	origins *http.CrossOriginProtection
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// Routes returns the table of routes, below Base.
func Routes(m Room) ([]room.Route, error) {
	m.origins = http.NewCrossOriginProtection()
	if u, err := url.Parse(m.BaseURL); err == nil && u.Host != "" {
		if err := m.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	css, err := style()
	if err != nil {
		return nil, err
	}
	form, json, html := []string{formType}, []string{jsonType}, []string{"text/html"}
	secret := []room.Param{{Name: "secret", Required: true, Summary: "of a launch"}}
	routes := []room.Route{
		{Method: http.MethodPost, Path: "/token", Summary: "A token for a service or an app", Takes: form, Gives: json, Handle: m.token},
		{Method: http.MethodGet, Path: "/authorize", Summary: "The page on which a person lets an app read", Params: asParams(), Gives: html, Handle: m.authorize},
		{Method: http.MethodPost, Path: "/authorize", Summary: "The same by a form, and what the person decides", Takes: form, Gives: html, Handle: m.authorize},
		{Method: http.MethodGet, Path: "/launch/{secret}", Summary: "Where a person opens an app by a tenant's link", Params: secret, Gives: html, Handle: m.launch},
		{Method: http.MethodPost, Path: "/introspect", Summary: "What a token stands for", Takes: form, Gives: json, Handle: m.introspect},
		{Method: http.MethodPost, Path: "/revoke", Summary: "End a token", Takes: form, Gives: json, Handle: m.revoke},
		{Method: http.MethodGet, Path: "/jwks", Summary: "The key by which id_tokens are verified", Gives: json, Handle: m.jwks},
		{Method: http.MethodGet, Path: "/style.css", Summary: "How the page looks", Gives: []string{"text/css"}, Handle: css},
	}
	for i := range routes {
		routes[i].Public = true
	}
	return routes, nil
}

// asParams describes the parameters of an authorization request.
func asParams() []room.Param {
	var all []room.Param
	for _, name := range parameters() {
		all = append(all, room.Param{Name: name, Required: name != "launch" && name != "nonce", Summary: "as SMART App Launch has it"})
	}
	return all
}

// A refusal is an error with the code that OAuth has for it (RFC 6749 section 5.2).
type refusal struct {
	code string
	error
}

func (r refusal) Unwrap() error { return r.error }

// refuse returns a fault that is told with the code.
func refuse(code string, kind fault.Kind, format string, args ...any) error {
	return refusal{code, fault.New(kind, format, args...)}
}

// Problem is the body of an error as OAuth has it, with the message for the caller.
func Problem(err error, message string) (mediaType string, body []byte) {
	code := "server_error"
	if r, ok := errors.AsType[refusal](err); ok {
		code = r.code
	} else {
		switch fault.KindOf(err) {
		case fault.Internal:
		case fault.Unavailable:
			code = "temporarily_unavailable"
		case fault.Unauthorized:
			code = "invalid_client"
		default:
			code = "invalid_request"
		}
	}
	body, err = json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, message})
	if err != nil { // two strings
		return jsonType, []byte(`{"error":"server_error"}`)
	}
	return jsonType, body
}

// maxForm bounds a form: an assertion and some parameters.
const maxForm = 64 << 10

// formOf reads a posted form. A parameter that is there twice is a fault (RFC
// 6749 section 3.2), and one that is empty is as good as none.
func formOf(r *http.Request) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != formType {
		return nil, refuse("invalid_request", fault.Unsupported, "the body must be %s", formType)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, refuse("invalid_request", fault.Invalid, "the form cannot be read, or is larger than %d KiB", maxForm>>10)
	}
	return once(r.PostForm)
}

func once(values url.Values) (url.Values, error) {
	for name, all := range values {
		if len(all) > 1 {
			return nil, refuse("invalid_request", fault.Invalid, "%s: it must be there once", name)
		}
	}
	return values, nil
}

// respond answers with v, which nobody may keep on the way (RFC 6749 section 5.1).
func respond(v any) (room.Answer, error) {
	body, err := room.Marshal(v)
	if err != nil {
		return room.Answer{}, err
	}
	return room.Answer{Page: represent.NewPage(jsonType, body, [2]string{"Cache-Control", "no-store"}, [2]string{"Pragma", "no-cache"})}, nil
}
