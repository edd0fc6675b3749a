package connect

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/link"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/serve/upload"
	"nutrigate/gateway/store"
)

// linking are the routes of those who let us fetch.
func (m *Room) linking() []room.Route {
	html := []string{"text/html"}
	routes := []room.Route{
		{Method: http.MethodPost, Path: "/connect/{session}/web", Summary: "Connect by the web export of one's own account", Params: params(), Takes: []string{"multipart/form-data"}, Gives: html, Handle: m.byWeb},
	}
	if m.Linker.Offered() {
		routes = append(routes,
			room.Route{Method: http.MethodPost, Path: "/connect/{session}/partner", Summary: "Connect at the source: the page that leads there", Params: params(), Takes: []string{"application/x-www-form-urlencoded"}, Gives: html, Handle: m.toPartner},
			room.Route{Method: http.MethodGet, Path: "/connect/back", Summary: "Where the source sends people back to", Params: []room.Param{
				{Name: "state", Required: true, Summary: "what we sent the person with"}, {Name: "code", Summary: "of the source, for a token"},
			}, Gives: html, Handle: m.back},
		)
	}
	return routes
}

// byWeb logs in as the person and connects them.
func (m *Room) byWeb(r *http.Request) (room.Answer, error) {
	if err := m.origins.Check(r); err != nil {
		return over(fault.Wrap(fault.Forbidden, err, "The form was sent from another site."))
	}
	s, err := m.session(r, false)
	if err != nil {
		return over(err)
	}
	form, err := m.Spool.Form(r, "zone", "username", "password", "code", "own")
	upload.Remove(form.Files)
	if err == nil && form.Fields["own"] != "yes" {
		err = fault.New(fault.Invalid, "Say that it is your own account, and that you have read what may happen.")
	}
	if err != nil {
		return m.failed(r, s, err)
	}
	entry, err := m.Linker.Enter(r.Context(), link.Request{
		Route: link.Web, Username: form.Fields["username"], Password: form.Fields["password"], Code: strings.TrimSpace(form.Fields["code"]),
	})
	if err != nil {
		return m.failed(r, s, err)
	}
	return m.linked(r, s, form.Fields["zone"], entry)
}

// cookieName is of what a person takes along to the source and back. The
// session's id is a secret, and the source is told its hash alone.
const cookieName = "connect"

func stateOf(session string) string {
	sum := sha256.Sum256([]byte("state " + session))
	return hex.EncodeToString(sum[:])
}

// toPartner shows the link to the source. It is a link and no redirect: browsers
// hold a redirect after a form to form-action.
func (m *Room) toPartner(r *http.Request) (room.Answer, error) {
	if err := m.origins.Check(r); err != nil {
		return over(fault.Wrap(fault.Forbidden, err, "The form was sent from another site."))
	}
	s, err := m.session(r, false)
	if err != nil {
		return over(err)
	}
	zone := strings.TrimSpace(r.PostFormValue("zone"))
	if _, err := upload.Options(store.User{}, zone, "", m.Now()); err != nil {
		return m.failed(r, s, err)
	}
	base := room.Base(r, m.BaseURL)
	to := m.Linker.AuthorizeURL(base+"/connect/back", stateOf(s.ID))
	a, err := shown(view{State: "partner", Host: host(to), Next: to}, nil)
	// Lax lets it come along when the source leads back.
	cookie := http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: cookieName, Value: s.ID + "." + url.QueryEscape(zone), Path: "/connect/back", MaxAge: int(time.Hour / time.Second),
		HttpOnly: true, Secure: strings.HasPrefix(base, "https:"), SameSite: http.SameSiteLaxMode,
	}
	a.Fields = append(a.Fields, [2]string{"Set-Cookie", cookie.String()})
	return a, err
}

// back connects a person whom the source sent back. Only the browser that was
// sent there has the cookie to which the state belongs.
func (m *Room) back(r *http.Request) (room.Answer, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return over(errUnknown)
	}
	id, zone, _ := strings.Cut(c.Value, ".")
	q := r.URL.Query()
	if subtle.ConstantTimeCompare([]byte(stateOf(id)), []byte(q.Get("state"))) != 1 {
		return over(errUnknown)
	}
	s, err := m.usable(r.Context(), id, false)
	if err != nil {
		return over(err)
	}
	if q.Get("code") == "" {
		return m.failed(r, s, fault.New(fault.Invalid, "You were not connected: it was not allowed at the source."))
	}
	if zone, err = url.QueryUnescape(zone); err != nil {
		zone = ""
	}
	entry, err := m.Linker.Enter(r.Context(), link.Request{Route: link.Partner, AuthorizationCode: q.Get("code")})
	if err != nil {
		return m.failed(r, s, err)
	}
	return m.linked(r, s, zone, entry)
}

// linked connects the person who was let in, and shows what came first.
func (m *Room) linked(r *http.Request, s store.Session, zone string, entry link.Entry) (room.Answer, error) {
	ctx := r.Context()
	u, _, err := m.take(ctx, s, upload.Form{Fields: map[string]string{"zone": zone}})
	if fault.KindOf(err) == fault.Conflict { // somebody took the reference meanwhile: it is that user
		u, _, err = m.take(ctx, s, upload.Form{Fields: map[string]string{"zone": zone}})
	}
	if err != nil {
		return m.failed(r, s, err)
	}
	c, err := m.Linker.Put(ctx, u.Tenant, u.ID, entry)
	if err != nil {
		return over(err)
	}
	return shown(view{
		State: "linked", Connection: m.first(ctx, u, c), Host: host(s.Success), Next: next(s.Success, u.ID, u.Reference),
	}, nil)
}

// first waits for the first fetch, for a while, and returns how it went.
func (m *Room) first(ctx context.Context, u store.User, c link.Connection) link.Connection {
	within, cancel := context.WithTimeout(ctx, m.Patience)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); c.SyncedAt == nil && c.Failing == nil; {
		select {
		case <-within.Done():
			tick.Stop()
			return c
		case <-tick.C:
		}
		if newer, err := m.Linker.Show(within, u.Tenant, u.ID); err == nil {
			c = newer
		}
	}
	return c
}
