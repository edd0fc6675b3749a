package simulate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"time"
)

// A session is one login on the web.
type session struct {
	person *person
	begun  time.Time
}

const (
	sessionLife = 14 * 24 * time.Hour
	formLife    = 48 * time.Hour
	loginTries  = 5 // in loginWindow
	loginWindow = 15 * time.Minute
)

// loginPage gives out the token of the form and a cookie whose name it is.
// Whoever comes with a session that is over gets the page without.
func (s *Simulator) loginPage(w http.ResponseWriter, r *http.Request) {
	s.cookie(w, r, "JSESSIONID", secret(), 0)
	s.cookie(w, r, "AWSALB", secret(), 7*24*time.Hour)
	s.cookie(w, r, "AWSALBCORS", secret(), 7*24*time.Hour)
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	input := ""
	if _, err := r.Cookie("sesnonce"); err != nil {
		form := secret()
		s.mu.Lock()
		s.forms[form] = true
		s.mu.Unlock()
		s.cookie(w, r, form, "1", formLife)
		input = fmt.Sprintf(`<input type="hidden" name="anticsrf" value="%s">`, form)
	}
	fmt.Fprintf(w, `<!DOCTYPE html><html><title>Login</title><form action="/login" method="post">%s<input name="username"><input name="password" type="password"></form></html>`, input)
}

// cookie sets one as Cronometer does. Secure ones would not come back over plain http.
func (s *Simulator) cookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), HttpOnly: true, Secure: r.TLS != nil,
	})
}

// login answers with the status 200 whatever comes of it. What tells is the
// cookie with the session.
func (s *Simulator) login(w http.ResponseWriter, r *http.Request) {
	form := r.FormValue("anticsrf")
	_, err := r.Cookie(form)
	s.mu.Lock()
	known := form != "" && err == nil && s.forms[form]
	delete(s.forms, form)
	s.mu.Unlock()
	if !known {
		answer(w, map[string]string{"error": "Invalid anti-CSRF token"})
		return
	}
	begun, problem := s.begin(r.FormValue("username"), r.FormValue("password"), r.FormValue("userCode"))
	if problem != "" {
		answer(w, map[string]string{"error": problem})
		return
	}
	s.cookie(w, r, form, "", -time.Second)
	s.cookie(w, r, "sesnonce", begun, sessionLife)
	answer(w, map[string]any{"redirect": "https://cronometer.com/", "success": true})
}

// begin begins a session, or says why not.
func (s *Simulator) begin(username, password, code string) (nonce, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, p := range s.people {
		if p.username != username {
			continue
		}
		p.failed = within(p.failed, now, loginWindow)
		switch {
		case len(p.failed) >= loginTries || now.Before(p.lockedUntil):
			return "", "Too Many Attempts. Please try again later."
		case p.password != password:
			p.failed = append(p.failed, now)
			return "", "Invalid username or password"
		case s.options.OneTimeCodes && code == "":
			return "", "A two-factor code is required"
		case s.options.OneTimeCodes && code != p.code(now):
			p.failed = append(p.failed, now)
			return "", "Invalid two-factor code"
		}
		nonce := secret()
		s.sessions[nonce] = &session{p, now}
		return nonce, ""
	}
	return "", "Invalid username or password"
}

// code is the one-time code of the moment (RFC 6238, with SHA-256).
func (p *person) code(now time.Time) string {
	sum := hmac.New(sha256.New, p.totp)
	_ = binary.Write(sum, binary.BigEndian, now.Unix()/30) // which never fails
	digest := sum.Sum(nil)
	at := digest[len(digest)-1] & 0xf
	return fmt.Sprintf("%06d", (binary.BigEndian.Uint32(digest[at:])&0x7fffffff)%1_000_000)
}

// Code returns the one-time code that a person would read off their phone now.
func (s *Simulator) Code(number int) string { return s.people[number-1].code(s.Now()) }

// session returns who a nonce belongs to, nil for nobody. The caller holds the lock.
func (s *Simulator) session(nonce string) *session {
	one := s.sessions[nonce]
	if one == nil || s.now().Sub(one.begun) >= sessionLife {
		delete(s.sessions, nonce)
		return nil
	}
	return one
}

func (s *Simulator) dropSessionsOf(p *person) {
	for nonce, one := range s.sessions {
		if one.person == p {
			delete(s.sessions, nonce)
		}
	}
}
