package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// ask is what an app asks for, understood.
type ask struct {
	client          store.Client
	redirect, state string
	challenge       string
	nonce           string
	launch          string // which launch it was opened by; empty where the person opened it
	asked           grant.Asked
	given           url.Values // the parameters as they came
}

// parameters are those of an authorization request that count; others are
// passed over (RFC 6749 section 3.1).
func parameters() []string {
	return []string{"response_type", "client_id", "redirect_uri", "scope", "state", "aud", "launch", "code_challenge", "code_challenge_method", "nonce"}
}

// understand reads an authorization request. An error with an ask that has a
// redirect is for the app, every other for the person: where the app or its
// address is in doubt, nobody is led there (RFC 6749 section 4.1.2.1).
func (m *Room) understand(r *http.Request) (ask, error) {
	given, err := m.values(r)
	if err != nil {
		return ask{}, err
	}
	c, err := m.Store.Client(r.Context(), given.Get("client_id"))
	switch {
	case fault.KindOf(err) == fault.NotFound || (err == nil && c.Kind == store.Backend):
		return ask{}, fault.New(fault.Invalid, "The app that sent you here is not known.")
	case err != nil:
		return ask{}, err
	case !slices.Contains(c.Redirects, given.Get("redirect_uri")):
		return ask{}, fault.New(fault.Invalid, "The app that sent you here names an address that is not its own.")
	}
	a := ask{
		client: c, redirect: given.Get("redirect_uri"), state: given.Get("state"), challenge: given.Get("code_challenge"),
		nonce: given.Get("nonce"), launch: given.Get("launch"), given: given, asked: smart.App(c, given.Get("scope")),
	}
	return a, m.check(r, a)
}

// values are the parameters of the query, or of a form that the app had posted,
// or our own page.
func (m *Room) values(r *http.Request) (url.Values, error) {
	if r.Method == http.MethodPost {
		return formOf(r)
	}
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "The address that led you here cannot be read.")
	}
	return once(given)
}

// check returns what the app is told to be wrong.
func (m *Room) check(r *http.Request, a ask) error {
	base := m.fhirURL(r)
	switch {
	case a.given.Get("response_type") != "code":
		return refuse("unsupported_response_type", fault.Invalid, "response_type: it must be code")
	case a.state == "":
		return refuse("invalid_request", fault.Invalid, "state: required")
	case strings.TrimSuffix(a.given.Get("aud"), "/") != base:
		return refuse("invalid_request", fault.Invalid, "aud: it must be %s", base)
	case a.given.Get("code_challenge_method") != "S256" || !smart.Challenge(a.challenge):
		return refuse("invalid_request", fault.Invalid, "code_challenge: required, with code_challenge_method S256")
	case len(a.state) > maxEcho || len(a.nonce) > maxEcho:
		return refuse("invalid_request", fault.Invalid, "state and nonce: %d bytes at most", maxEcho)
	case len(a.asked.Permissions) == 0 && !a.asked.Has(grant.OpenID):
		return refuse("invalid_scope", fault.Invalid, "scope: none of it can be granted")
	}
	return nil
}

// maxEcho bounds what we keep or send back for an app.
const maxEcho = 2000

// fhirURL is the address of the FHIR server, which is the issuer too.
func (m *Room) fhirURL(r *http.Request) string { return room.Base(r, m.BaseURL) + "/fhir" }

// back leads to the app, with an answer in the query of its own address.
func (m *Room) back(r *http.Request, a ask, answer url.Values) (room.Answer, error) {
	u, err := url.Parse(a.redirect)
	if err != nil { // it is registered
		return room.Answer{}, err
	}
	if a.state != "" {
		answer.Set("state", a.state)
	}
	answer.Set("iss", m.fhirURL(r)) // RFC 9207: who answers
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+answer.Encode(), "&")
	return room.Answer{Location: u.String()}, nil
}

// failed tells the app what went wrong, or the person where the app is in doubt.
func (m *Room) failed(r *http.Request, a ask, err error) (room.Answer, error) {
	coded, ok := err.(refusal) //nolint:errorlint // one of check's, as it is
	if !ok || a.redirect == "" {
		return m.over(err)
	}
	return m.back(r, a, url.Values{"error": {coded.code}, "error_description": {coded.Error()}})
}

// authorize asks the person at the browser whether an app may read. What the
// person answers is posted to the same address.
func (m *Room) authorize(r *http.Request) (room.Answer, error) {
	a, err := m.understand(r)
	if err != nil {
		return m.failed(r, a, err)
	}
	decision := a.given.Get("decision")
	if r.Method != http.MethodPost {
		decision = "" // an address decides nothing: anybody can lead a person to it
	}
	switch {
	case decision != "" && m.origins.Check(r) != nil:
		return m.over(fault.New(fault.Forbidden, "The form was sent from another site."))
	case decision == "deny":
		return m.back(r, a, url.Values{"error": {"access_denied"}, "error_description": {"the person did not allow it"}})
	case decision == "code":
		return m.enter(r, a)
	case decision == "allow":
		return m.allow(r, a)
	case a.launch == "":
		return m.shown(view{State: "code", ask: a}, nil)
	}
	l, err := m.person(r, a, a.launch)
	if err != nil {
		return m.over(err)
	}
	return m.consent(r, a, l, nil)
}

// enter takes the code that a person has typed, and asks them.
func (m *Room) enter(r *http.Request, a ask) (room.Answer, error) {
	l, err := m.launched(r, a, smart.TypedCode(a.given.Get("code")))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return m.over(err)
		}
		return m.shown(view{State: "code", ask: a}, err)
	}
	answer, err := m.consent(r, a, l, nil)
	answer.Fields = append(answer.Fields, m.remember(r, l.Secret, smart.LaunchLife))
	return answer, err
}

// allow gives the app a code for what the person allows.
func (m *Room) allow(r *http.Request, a ask) (room.Answer, error) {
	l, err := m.person(r, a, a.given.Get("person"))
	if err != nil {
		return m.over(err)
	}
	patient := l.User
	if patient == "" && smart.NeedsPatient(a.asked) {
		u, err := m.chosen(r, l.Tenant, a.given.Get("patient"))
		if err != nil {
			return m.consent(r, a, l, err)
		}
		patient = u.ID
	}
	granted := smart.For(a.asked, l.Practitioner, patient)
	if len(granted.Permissions) == 0 && !granted.Has(grant.OpenID) {
		return m.failed(r, a, refuse("invalid_scope", fault.Invalid, "scope: nothing of it can be granted to this person"))
	}
	_, life := smart.Lasting(granted)
	code := m.newToken(store.CodeToken, smart.CodeLife)
	_, err = m.Store.Authorize(r.Context(), store.Authorization{
		Tenant: l.Tenant, Client: a.client.ID, Patient: patient, Practitioner: l.Practitioner, Scopes: granted.String(),
		Redirect: a.redirect, Challenge: a.challenge, Nonce: a.nonce, Expires: m.Now().Add(life + smart.CodeLife),
	}, l.ID, code)
	if err != nil {
		return m.over(err)
	}
	answer, err := m.back(r, a, url.Values{"code": {code.Secret}})
	answer.Fields = append(answer.Fields, m.remember(r, "", -1))
	return answer, err
}

// chosen is the person whom a practitioner has chosen, by id or reference.
func (m *Room) chosen(r *http.Request, tenant, name string) (store.User, error) {
	if name == "" {
		return store.User{}, fault.BadParam("patient", "Choose whose diary the app may read.")
	}
	u, err := m.Store.User(r.Context(), tenant, name)
	if fault.KindOf(err) == fault.NotFound {
		u, err = m.Store.UserByReference(r.Context(), tenant, name)
	}
	if fault.KindOf(err) == fault.NotFound {
		return u, fault.BadParam("patient", "There is nobody with this id or reference.")
	}
	return u, err
}
