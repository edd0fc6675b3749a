package oauth

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/grant"
	"nutrigate/gateway/represent"
	"nutrigate/gateway/serve/room"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store"
)

//go:embed page.html style.css
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// view is what the page is made of.
type view struct {
	State   string // "code", "consent" or "over"
	Problem string
	// Person is the id of the launch by which we know who is at the browser.
	Person       string
	Practitioner string
	Patient      string // whose data it is, as the tenant or we call them
	People       []store.User
	More         bool // there are more people than are listed
	Choose       bool // the practitioner has to choose
	Reads        []string
	All          bool // it is about all people of the tenant
	Knows        bool // the app learns who the person is
	Lasting      string
	ask
}

// App is the app's name.
func (v view) App() string { return v.client.Name }

// Tenant is who let the app in.
func (v view) Tenant() string { return v.client.Tenant }

// Host is where the person goes afterwards.
func (v view) Host() string {
	if u, err := url.Parse(v.redirect); err == nil && u.Host != "" {
		return u.Host
	}
	return "the app"
}

// Given are the parameters of the request, which the form repeats.
func (v view) Given() [][2]string {
	var all [][2]string
	for _, name := range parameters() {
		if v.given.Has(name) {
			all = append(all, [2]string{name, v.given.Get(name)})
		}
	}
	return all
}

// listed is how many people a practitioner is shown to choose from.
const listed = 200

// consent shows what the app wants; problem is what was wrong with an answer.
func (m *Room) consent(r *http.Request, a ask, l store.Launch, problem error) (room.Answer, error) {
	v := view{State: "consent", ask: a, Person: l.ID, Practitioner: l.Practitioner}
	patient := l.User
	switch {
	case l.User != "":
		u, err := m.Store.User(r.Context(), l.Tenant, l.User)
		if err != nil {
			return m.over(errUnknown)
		}
		v.Patient = name(u)
	case smart.NeedsPatient(a.asked):
		people, next, err := m.Store.Users(r.Context(), l.Tenant, "", listed)
		if err != nil {
			return m.over(err)
		}
		v.Choose, v.People, v.More = true, people, next != ""
		patient = "chosen"
	}
	granted := smart.For(a.asked, l.Practitioner, patient)
	for _, p := range granted.Permissions {
		v.Reads = append(v.Reads, smart.Explain(p))
	}
	v.All = l.Practitioner != "" && !granted.HasLevel(grant.Patient)
	v.Knows = granted.Has(grant.OpenID)
	v.Lasting, _ = smart.Lasting(granted)
	return m.shown(v, problem)
}

func name(u store.User) string {
	if u.Reference != "" {
		return u.Reference
	}
	return u.ID
}

// over shows that there is nothing to be done.
func (m *Room) over(err error) (room.Answer, error) { return m.shown(view{State: "over"}, err) }

// shown renders the page; err goes with it.
func (m *Room) shown(v view, err error) (room.Answer, error) {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind != fault.Internal {
		v.Problem = f.Message
	} else if err != nil {
		v.Problem = "Something went wrong on our side. Try again later."
	}
	var b bytes.Buffer
	if failure := pageTemplate.Execute(&b, v); failure != nil {
		return room.Answer{}, fmt.Errorf("page: %w", errors.Join(failure, err))
	}
	return room.Answer{Page: represent.NewPage("text/html; charset=utf-8", b.Bytes(),
		[2]string{"Content-Security-Policy", policy(v.redirect)},
		[2]string{"X-Frame-Options", "DENY"},
		[2]string{"Referrer-Policy", "same-origin"},
		[2]string{"Cache-Control", "no-store"},
	)}, err
}

// policy lets the page load what lies beside it, and send its form home and
// from there to the app: browsers hold a redirect after a form to form-action.
// Registered addresses have nothing in them that could end a source.
func policy(redirect string) string {
	home := "'self'"
	if u, err := url.Parse(redirect); err == nil && u.Host != "" {
		home += " " + u.Scheme + "://" + u.Host
	} else if err == nil && u.Scheme != "" {
		home += " " + u.Scheme + ":"
	}
	return "default-src 'none'; style-src 'self'; form-action " + home + "; base-uri 'none'; frame-ancestors 'none'"
}

// style answers with how the page looks.
func style() (room.Handler, error) {
	b, err := files.ReadFile("style.css")
	if err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	page := represent.NewPage("text/css; charset=utf-8", b)
	return func(*http.Request) (room.Answer, error) { return room.Answer{Page: page}, nil }, nil
}
