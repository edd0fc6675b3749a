package simulate

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// hashes are what the compiler of Cronometer's page called its parts.
type hashes struct{ permutation, policy string }

var (
	newest = hashes{"8991EC9262AAC4288DD509AA25E804F1", "F074E4C7D41D83A4BC27CA0816B7B731"}
	// oldest still works in 2026 for the calls that exports need.
	oldest = hashes{"7B121DC5483BF272B1BC1916DA9FA963", "2D6A926E3729946302DC68073CB0D550"}
)

// changeHashes is what a new version of the page does.
func (s *Simulator) changeHashes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hashes = hashes{strings.ToUpper(secret()), strings.ToUpper(secret())}
}

// script serves the two files in which the hashes are found.
func (s *Simulator) script(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	now := s.hashes
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/javascript")
	switch r.PathValue("file") {
	case "cronometer.nocache.js":
		fmt.Fprintf(w, "function cronometer(){var a='',b='%s';return a+b}", now.permutation)
	case now.permutation + ".cache.js":
		fmt.Fprintf(w, "var x=Qz('cronometer/','app','%s',y)", now.policy)
	default:
		http.NotFound(w, r)
	}
}

const service = "com.cronometer.shared.rpc.CronometerService"

// rpc answers a GWT-RPC call. What goes wrong is an answer too: //EX, with the status 200.
func (s *Simulator) rpc(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/x-gwt-rpc") {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	parts := strings.Split(string(body), "|")
	if len(parts) < 7 || parts[0] != "7" || parts[5] != service || !strings.HasSuffix(r.Header.Get("X-Gwt-Module-Base"), "/cronometer/") {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	used := hashes{r.Header.Get("X-Gwt-Permutation"), parts[4]}
	if used != s.hashes && used != oldest {
		exception(w, "com.google.gwt.user.client.rpc.IncompatibleRemoteServiceException/3936916533", "This application is out of date, please click the refresh button on your browser.")
		return
	}
	s.call(w, r, parts)
}

// call does what a call asks. The caller holds the lock.
func (s *Simulator) call(w http.ResponseWriter, r *http.Request, parts []string) {
	nonce := ""
	switch parts[6] {
	case "authenticate":
		if c, err := r.Cookie("sesnonce"); err == nil {
			nonce = c.Value
		}
	case "generateAuthorizationToken":
		nonce = at(parts, 10)
	case "logout":
		nonce = at(parts, 8)
	default:
		exception(w, "com.google.gwt.user.client.rpc.IncompatibleRemoteServiceException/3936916533", "Could not locate requested method")
		return
	}
	one := s.session(nonce)
	if one == nil {
		exception(w, "com.cronometer.shared.user.exceptions.NotLoggedInException/844385496", "Invalid or expired session")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	switch parts[6] {
	case "authenticate":
		delete(s.sessions, nonce)
		next := secret()
		s.sessions[next] = one
		s.cookie(w, r, "sesnonce", next, sessionLife)
		fmt.Fprintf(w, `//OK[%d,70,1,["com.cronometer.shared.user.LoginResult/1","DG01ON","true"],0,7]`, one.person.id)
	case "generateAuthorizationToken":
		t := secret()
		s.tokens[t] = &token{one.person, s.now().Add(tokenLife)}
		fmt.Fprintf(w, `//OK[1,["%s"],0,7]`, t)
	case "logout":
		delete(s.sessions, nonce)
		_, _ = io.WriteString(w, `//OK[[],0,7]`)
	}
}

func at(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return ""
}

func exception(w http.ResponseWriter, class, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(w, `//EX[2,1,["%s","%s"],0,7]`, class, text)
}
