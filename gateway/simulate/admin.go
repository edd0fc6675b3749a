package simulate

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"nutrigate/mapping/record"
)

// show lists the people with what they need to log in: all of it is made up.
func (s *Simulator) show(w http.ResponseWriter, _ *http.Request) {
	type one struct {
		Person   int    `json:"person"`
		UserID   string `json:"user_id"`
		Username string `json:"username"`
		Password string `json:"password"`
		Code     string `json:"code,omitempty"`
		Exports  int    `json:"exports_of_24h"`
	}
	s.mu.Lock()
	now, faults := s.now(), s.faults
	var all []one
	for _, p := range s.people {
		p.exports = within(p.exports, now, 24*time.Hour)
		a := one{Person: p.number, UserID: p.userID(), Username: p.username, Password: p.password, Exports: len(p.exports)}
		if s.options.OneTimeCodes {
			a.Code = p.code(now)
		}
		all = append(all, a)
	}
	s.mu.Unlock()
	answer(w, map[string]any{"now": now, "today": s.Today(), "people": all, "faults": faults, "client_id": s.options.ClientID})
}

// advance moves the clock on: by=24h.
func (s *Simulator) advance(w http.ResponseWriter, r *http.Request) {
	by, err := time.ParseDuration(r.FormValue("by"))
	if err != nil || by < 0 {
		refuse(w, http.StatusBadRequest, "error", "by: a time such as 24h")
		return
	}
	s.Advance(by)
	answer(w, map[string]any{"now": s.Now()})
}

// addMeal lets a person log one more food today.
func (s *Simulator) addMeal(w http.ResponseWriter, r *http.Request) {
	p, err := s.named(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "error", err.Error())
		return
	}
	food, _ := s.AddMeal(r.Context(), p.number)
	answer(w, map[string]any{"person": p.number, "day": s.Today(), "food": food})
}

// setFaults takes set=error=0.2,slow=0.1; an empty one ends all faults.
func (s *Simulator) setFaults(w http.ResponseWriter, r *http.Request) {
	f, err := ParseFaults(r.FormValue("set"))
	if err == nil {
		err = s.SetFaults(f)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "error", err.Error())
		return
	}
	answer(w, f)
}

func (s *Simulator) deauthorizePerson(w http.ResponseWriter, r *http.Request) {
	p, err := s.named(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "error", err.Error())
		return
	}
	s.Revoke(p.number)
	answer(w, map[string]any{"person": p.number})
}

func (s *Simulator) dropSessions(w http.ResponseWriter, r *http.Request) {
	p, err := s.named(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "error", err.Error())
		return
	}
	s.DropSessions(p.number)
	answer(w, map[string]any{"person": p.number})
}

// DropSessions ends the web sessions of a person.
func (s *Simulator) DropSessions(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropSessionsOf(s.people[number-1])
}

// SignatureHeader has the HMAC-SHA-256 of a notice's body, in hexadecimal.
// What Cronometer's own notices look like is not public; this is ours.
const SignatureHeader = "X-Cronometer-Signature"

// notifyFor is how long a receiver of notices has.
const notifyFor = 10 * time.Second

// notify tells the receiver, if there is one, that a day of somebody changed.
func (s *Simulator) notify(ctx context.Context, p *person, day record.Date) {
	if s.options.NoticeURL == "" || s.options.Client == nil {
		return
	}
	body, err := json.Marshal(map[string]any{"user_id": p.userID(), "days": []record.Date{day}})
	if err != nil {
		return
	}
	sum := hmac.New(sha256.New, []byte(s.options.NoticeSecret))
	_, _ = sum.Write(body)
	ctx, cancel := context.WithTimeout(ctx, notifyFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.options.NoticeURL, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(SignatureHeader, hex.EncodeToString(sum.Sum(nil)))
	resp, err := s.options.Client.Do(req)
	if err == nil {
		err = resp.Body.Close()
	}
	if err != nil && s.options.Log != nil {
		s.options.Log.Warn("a notice did not arrive", "error", err)
	}
}
