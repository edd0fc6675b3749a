package simulate

import (
	"html/template"
	"net/http"
	"net/url"
)

var authorizeHTML = template.Must(template.New("authorize").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simulator: authorise</title></head>
<body><h1>Simulated account</h1>
<p>The application <b>{{.Client}}</b> wants to read a synthetic diary.</p>
<form method="post" action="/oauth/authorize">
<input type="hidden" name="client_id" value="{{.Client}}"><input type="hidden" name="redirect_uri" value="{{.Redirect}}"><input type="hidden" name="state" value="{{.State}}">
<p><label>Whose <select name="person">{{range .People}}<option value="{{.Number}}">{{.Username}}</option>{{end}}</select></label></p>
<p><button name="allow" value="yes">Allow</button> <button name="allow" value="no">Do not</button></p>
</form></body></html>
`))

// authorizePage asks whose diary it shall be. Cronometer has a login in its place.
func (s *Simulator) authorizePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || !s.mayRedirect(q.Get("client_id"), q.Get("redirect_uri")) {
		refuse(w, http.StatusBadRequest, "message", "invalid client or redirect_uri")
		return
	}
	type one struct {
		Number   int
		Username string
	}
	var people []one
	for _, p := range s.people {
		people = append(people, one{p.number, p.username})
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_ = authorizeHTML.Execute(w, map[string]any{
		"Client": q.Get("client_id"), "Redirect": q.Get("redirect_uri"), "State": q.Get("state"), "People": people,
	})
}

func (s *Simulator) mayRedirect(client, to string) bool {
	u, err := url.Parse(to)
	return err == nil && client == s.options.ClientID && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// authorize sends the person back with a code, which is good for one exchange.
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request) {
	to := r.FormValue("redirect_uri")
	p, err := s.named(r)
	if err != nil || !s.mayRedirect(r.FormValue("client_id"), to) {
		refuse(w, http.StatusBadRequest, "message", "invalid client, redirect_uri or person")
		return
	}
	u, _ := url.Parse(to) // mayRedirect did it
	q := u.Query()
	if state := r.FormValue("state"); state != "" {
		q.Set("state", state)
	}
	if r.FormValue("allow") == "no" {
		q.Set("error", "access_denied")
	} else {
		code := secret()
		s.mu.Lock()
		s.codes[code] = p
		s.mu.Unlock()
		q.Set("code", code)
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound) //nolint:gosec // the partner is made up, and names where it is
}

// exchange gives a token for a code. The parameters are in the query, and the
// body is empty, as there.
func (s *Simulator) exchange(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("grant_type") != "authorization_code" || q.Get("client_id") != s.options.ClientID || q.Get("client_secret") != s.options.ClientSecret {
		refuse(w, http.StatusBadRequest, "message", "invalid client")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.codes[q.Get("code")]
	if p == nil {
		refuse(w, http.StatusBadRequest, "message", "invalid code")
		return
	}
	delete(s.codes, q.Get("code"))
	bearer := secret()
	s.bearers[bearer] = p
	answer(w, map[string]string{"access_token": bearer, "token_type": "bearer", "user_id": p.userID()})
}

// Grant returns a token of the API for a person, as an exchange does.
func (s *Simulator) Grant(number int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	bearer := secret()
	s.bearers[bearer] = s.people[number-1]
	return bearer
}

func (s *Simulator) deauthorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bearer := r.URL.Query().Get("access_token")
	if s.bearers[bearer] == nil {
		refuse(w, http.StatusUnauthorized, "error", "invalid access token")
		return
	}
	delete(s.bearers, bearer)
	answer(w, map[string]bool{"success": true})
}

// Revoke takes all tokens of the API and sessions of the web from a person, as
// they could themselves at Cronometer.
func (s *Simulator) Revoke(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for bearer, p := range s.bearers {
		if p.number == number {
			delete(s.bearers, bearer)
		}
	}
	s.dropSessionsOf(s.people[number-1])
}

// Granted is how many tokens of the API are good.
func (s *Simulator) Granted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bearers)
}
