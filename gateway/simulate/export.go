package simulate

import (
	"net/http"
	"slices"
	"time"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/record"
)

// A token is good for one export.
type token struct {
	person  *person
	expires time.Time
}

const (
	tokenLife = time.Hour
	lockOut   = 75 * time.Minute
)

// kinds are those of which there are exports.
var kinds = []string{demo.Servings, demo.DailySummary, demo.Exercises, demo.Biometrics, demo.Notes}

// export serves a file. The media type comes without a charset, as there.
func (s *Simulator) export(w http.ResponseWriter, r *http.Request) {
	fault, delay := s.draw()
	q := r.URL.Query()
	p, status := s.admit(r, q.Get("nonce"), fault == "session")
	if p == nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	if s.before(fault, delay, w, r) {
		return
	}
	from, errFrom := record.ParseDate(q.Get("start"))
	to, errTo := record.ParseDate(q.Get("end"))
	if errFrom != nil || errTo != nil || from > to || !slices.Contains(kinds, q.Get("generate")) {
		http.Error(w, "Bad Request", http.StatusBadRequest)
		return
	}
	body, err := p.diary.CSV(q.Get("generate"), from, to, s.Today(), s.options.Variant)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	send(fault, w, "text/csv", body, renamed(q.Get("generate")))
}

// renamed is the column that changes its name, and the new one.
func renamed(kind string) [2]string {
	return map[string][2]string{
		demo.Servings: {"Food Name", "Food Item"}, demo.DailySummary: {"Date,", "Diary Date,"}, demo.Exercises: {"Exercise,", "Activity,"},
		demo.Biometrics: {"Metric,", "Biometric,"}, demo.Notes: {",Note\n", ",Remark\n"},
	}[kind]
}

// admit uses the token up and counts the export. Beyond the cap the account is
// locked out for more than an hour, for everything.
func (s *Simulator) admit(r *http.Request, nonce string, expire bool) (*person, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, now := s.tokens[nonce], s.now()
	delete(s.tokens, nonce)
	if t == nil || !now.Before(t.expires) {
		return nil, http.StatusForbidden
	}
	if expire {
		s.dropSessionsOf(t.person)
	}
	c, err := r.Cookie("sesnonce")
	if err != nil || s.session(c.Value) == nil || s.sessions[c.Value].person != t.person {
		return nil, http.StatusForbidden
	}
	p := t.person
	if now.Before(p.lockedUntil) {
		return nil, http.StatusTooManyRequests
	}
	if p.exports = within(p.exports, now, 24*time.Hour); s.options.Cap > 0 && len(p.exports) >= s.options.Cap {
		s.overruns++
		p.lockedUntil = now.Add(lockOut)
		return nil, http.StatusTooManyRequests
	}
	p.exports = append(p.exports, now)
	return p, http.StatusOK
}
