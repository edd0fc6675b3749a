package oauth

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

// cookieName names the cookie in which a browser has the secret of a launch. An
// app learns the launch's id alone, so that it cannot allow itself anything.
const cookieName = "nutrigate_launch"

// launch is where a link leads that a tenant has made for a person: from then on
// the browser is the person's, and the app begins.
func (m *Room) launch(r *http.Request) (room.Answer, error) {
	l, err := m.Store.LaunchBySecret(r.Context(), r.PathValue("secret"))
	if err == nil && l.Client == "" {
		err = fault.New(fault.NotFound, "no such launch") // a code, which is typed
	}
	if err = m.usable(l, err); err != nil {
		return m.over(err)
	}
	c, err := m.Store.Client(r.Context(), l.Client)
	if err != nil || c.Launch == "" {
		return m.over(errUnknown)
	}
	u, err := url.Parse(c.Launch)
	if err != nil { // it is registered
		return m.over(err)
	}
	u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+url.Values{"iss": {m.fhirURL(r)}, "launch": {l.ID}}.Encode(), "&")
	return room.Answer{Location: u.String(), Fields: [][2]string{m.remember(r, l.Secret, smart.LaunchLife)}}, nil
}

// remember sets the cookie, or takes it away where life is negative. SameSite
// Lax sends it along when the app leads the person here, and not with what
// another site posts.
func (m *Room) remember(r *http.Request, secret string, life time.Duration) [2]string {
	c := http.Cookie{ //nolint:gosec // Secure wherever there is TLS (G124); the demo has none
		Name: cookieName, Value: secret, Path: Base, MaxAge: int(life / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(room.Base(r, m.BaseURL), "https:"),
	}
	if life < 0 {
		c.MaxAge = -1
	}
	return [2]string{"Set-Cookie", c.String()}
}

var (
	errUnknown = fault.New(fault.NotFound, "This link is not known here. Ask for a new one where you came from.")
	errCode    = fault.New(fault.Invalid, "This code is not known, or it was used, or its time is over. Ask for a new one.")
)

// person returns the launch with the id, of which the browser has the secret.
func (m *Room) person(r *http.Request, a ask, id string) (store.Launch, error) {
	secret, err := r.Cookie(cookieName)
	if err != nil {
		return store.Launch{}, fault.New(fault.Forbidden, "This browser did not open the link that you were given, or it keeps no cookies. Open the link again.")
	}
	l, err := m.Store.LaunchBySecret(r.Context(), secret.Value)
	if err == nil && (l.ID != id || !suits(l, a)) {
		return store.Launch{}, errUnknown
	}
	return l, m.usable(l, err)
}

// launched returns the launch with the typed code. Whatever is wrong with it,
// the person learns no more than that.
func (m *Room) launched(r *http.Request, a ask, code string) (store.Launch, error) {
	l, err := m.Store.LaunchBySecret(r.Context(), code)
	if err == nil && !suits(l, a) {
		return store.Launch{}, errCode
	}
	if err = m.usable(l, err); fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Gone {
		err = errCode
	}
	return l, err
}

// suits reports whether a launch is for the app that asks.
func suits(l store.Launch, a ask) bool {
	return l.Tenant == a.client.Tenant && (l.Client == "" || l.Client == a.client.ID)
}

func (m *Room) usable(l store.Launch, err error) error {
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return errUnknown
	case err != nil:
		return err
	case l.Used:
		return fault.New(fault.Gone, "This link was used already. Ask for a new one where you came from.")
	case !m.Now().Before(l.Expires):
		return fault.New(fault.Gone, "This link has expired. Ask for a new one where you came from.")
	}
	return nil
}
