// Package simulate plays Cronometer over HTTP for synthetic people: the official
// API with its OAuth, the web page with its exports, and notices of changes. It
// is what clients are tried against, and how the demo's diary comes over a wire.
//
// It is strict where the real one is said to be: nonces are good for one
// request, sessions rotate, a dead session is an answer with the status 200, ten
// exports a day lock the account out. Its clock can be moved on, and faults
// switched on, by calls or over HTTP below /simulator.
package simulate

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/record"
)

// Options say whom it plays, and how.
type Options struct {
	// People is how many accounts there are; 1 if zero.
	People int
	Seed   uint64
	// History is how many days before the start the people began; 365 if zero.
	History int
	// Zone is the IANA zone of every diary.
	Zone string
	// Cap is how many exports an account has in 24 hours before it is locked
	// out; 10 if zero, and below zero there is none.
	Cap int
	// OneTimeCodes lets every login need a code too.
	OneTimeCodes bool
	// Variant is how the files of the export look.
	Variant demo.Variant
	// ClientID and ClientSecret are the partner's; "simulator" and
	// "simulator-secret" if empty.
	ClientID, ClientSecret string
	// NoticeURL gets a POST for each change, signed with NoticeSecret.
	NoticeURL, NoticeSecret string
	Faults                  Faults
	// Client sends the notices.
	Client *http.Client
	Log    *slog.Logger
	Now    func() time.Time
}

// A Simulator is safe for concurrent use.
type Simulator struct {
	options Options
	zone    *time.Location
	mux     *http.ServeMux

	mu     sync.Mutex
	moved  time.Duration // how far the clock was moved on
	people []*person
	faults Faults
	random *mathrand.Rand
	// What the web has given out: cookies before a login, sessions, and tokens of exports.
	forms    map[string]bool
	sessions map[string]*session
	tokens   map[string]*token
	codes    map[string]*person // of the API, before they are exchanged
	bearers  map[string]*person // what the API lets in
	hashes   hashes
	overruns int
}

// A person is one account.
type person struct {
	number             int // from 1
	id                 int64
	username, password string
	totp               []byte
	diary              *demo.Diary
	failed             []time.Time // logins
	exports            []time.Time
	lockedUntil        time.Time
}

// New returns a simulator. Its people have logged something every day until now.
func New(o Options) (*Simulator, error) {
	o.People, o.History, o.Cap = cmp.Or(o.People, 1), cmp.Or(o.History, 365), cmp.Or(o.Cap, 10)
	o.ClientID, o.ClientSecret = cmp.Or(o.ClientID, "simulator"), cmp.Or(o.ClientSecret, "simulator-secret")
	zone, err := record.Location(o.Zone)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if err := o.Faults.validate(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Simulator{
		options: o, zone: zone, faults: o.Faults,
		random: mathrand.New(mathrand.NewPCG(o.Seed, 0)), //nolint:gosec // faults have to be repeatable, and guard nothing
		forms:  map[string]bool{}, sessions: map[string]*session{}, tokens: map[string]*token{},
		codes: map[string]*person{}, bearers: map[string]*person{}, hashes: newest,
	}
	for n := 1; n <= o.People; n++ {
		s.people = append(s.people, &person{
			number: n, id: int64(1_000_000 + n), username: fmt.Sprintf("person-%d@example.test", n), password: fmt.Sprintf("synthetic-%d", n),
			totp: fmt.Appendf(nil, "totp-%d-%d", o.Seed, n), diary: demo.NewDiary(o.Seed+uint64(n)-1, s.Today().AddDays(1-o.History)),
		})
	}
	s.mux = s.routes()
	return s, nil
}

func (s *Simulator) routes() *http.ServeMux {
	m := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /oauth/authorize":    s.authorizePage,
		"POST /oauth/authorize":   s.authorize,
		"POST /oauth/token":       s.exchange,
		"POST /oauth/deauthorize": s.deauthorize,
		"POST /api_v1/{name}":     s.api,

		"GET /login/":                   s.loginPage,
		"POST /login":                   s.login,
		"GET /cronometer/{file}":        s.script,
		"POST /cronometer/app":          s.rpc,
		"GET /export":                   s.export,
		"GET /simulator":                s.show,
		"POST /simulator/advance":       s.advance,
		"POST /simulator/meals":         s.addMeal,
		"POST /simulator/faults":        s.setFaults,
		"POST /simulator/deauthorize":   s.deauthorizePerson,
		"POST /simulator/sessions/drop": s.dropSessions,
	} {
		m.HandleFunc(pattern, handle)
	}
	return m
}

// ServeHTTP answers as Cronometer does, and below /simulator as itself.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Now is the simulator's time.
func (s *Simulator) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Simulator) now() time.Time { return s.options.Now().Add(s.moved) }

// Today is the day in the people's zone.
func (s *Simulator) Today() record.Date { return record.DateOf(s.Now().In(s.zone)) }

// Advance moves the clock on.
func (s *Simulator) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved += max(by, 0)
}

// AddMeal lets a person log one more food today, tells of it, and returns its
// name; there is none if there is no such person.
func (s *Simulator) AddMeal(ctx context.Context, number int) (food string, ok bool) {
	if number < 1 || number > len(s.people) {
		return "", false
	}
	p, day := s.people[number-1], s.Today()
	food = p.diary.Add(day)
	s.notify(ctx, p, day)
	return food, true
}

// An Account is what a person needs to log in.
type Account struct {
	Number             int
	UserID             string
	Username, Password string
	Diary              *demo.Diary
}

// Account returns the account of a person, counted from 1.
func (s *Simulator) Account(number int) Account {
	p := s.people[number-1]
	return Account{Number: number, UserID: p.userID(), Username: p.username, Password: p.password, Diary: p.diary}
}

// Overruns is how many exports were asked for beyond the cap.
func (s *Simulator) Overruns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overruns
}

func (p *person) userID() string { return fmt.Sprint(p.id) }

// secret returns 32 hexadecimal digits that nobody can guess.
func secret() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // which never fails
	return hex.EncodeToString(b)
}

// within returns those of the times that are less than d ago.
func within(times []time.Time, now time.Time, d time.Duration) []time.Time {
	for len(times) > 0 && now.Sub(times[0]) >= d {
		times = times[1:]
	}
	return times
}

// named is a person by a parameter: a number, 1 if it is absent.
func (s *Simulator) named(r *http.Request) (*person, error) {
	n, text := 1, strings.TrimSpace(r.FormValue("person"))
	if text != "" {
		if _, err := fmt.Sscanf(text, "%d", &n); err != nil {
			return nil, fmt.Errorf("person: not a number: %q", text)
		}
	}
	if n < 1 || n > len(s.people) {
		return nil, fmt.Errorf("person: there are %d, from 1", len(s.people))
	}
	return s.people[n-1], nil
}
