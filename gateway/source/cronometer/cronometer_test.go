package cronometer_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	suite "nutrigate/conformance/source"
	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/cronometer"
)

func start(t *testing.T, o simulate.Options) (*simulate.Simulator, string) {
	t.Helper()
	s, err := simulate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func options() simulate.Options {
	return simulate.Options{Seed: 5, History: 40, Zone: "Europe/Berlin", Now: func() time.Time {
		return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	}}
}

func TestPartnerKeepsTheContract(t *testing.T) {
	suite.Run(t, func(t *testing.T, o simulate.Options) suite.World {
		s, at := start(t, o)
		token := s.Grant(1)
		secret, err := cronometer.PartnerSecret(token, 0)
		if err != nil {
			t.Fatal(err)
		}
		return suite.World{Simulator: s, Fetcher: cronometer.NewPartner(at, "", "", &http.Client{}), Secret: secret, Known: []string{token}}
	})
}

func TestWebKeepsTheContract(t *testing.T) {
	suite.Run(t, func(t *testing.T, o simulate.Options) suite.World {
		s, at := start(t, o)
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		secret, user, err := w.Connect(t.Context(), login(s, true))
		if err != nil || user != s.Account(1).UserID {
			t.Fatal(user, err)
		}
		var session struct{ Sesnonce string }
		if err := json.Unmarshal(secret, &session); err != nil {
			t.Fatal(err)
		}
		return suite.World{Simulator: s, Fetcher: w, Secret: secret, Known: []string{s.Account(1).Password, s.Account(1).Username, session.Sesnonce}}
	})
}

func login(s *simulate.Simulator, keep bool) cronometer.Login {
	a := s.Account(1)
	return cronometer.Login{Username: a.Username, Password: a.Password, Keep: keep}
}

func class(err error) source.Class {
	if f, ok := errors.AsType[*source.Failure](err); ok {
		return f.Class
	}
	return ""
}

func question(secret []byte, spent *int) source.Ask {
	return source.Ask{
		Secret: secret, Span: source.Span{From: "2026-03-05", To: "2026-03-10"}, Latest: true,
		Spend: func(context.Context) error { *spent++; return nil },
	}
}

func TestWebSessions(t *testing.T) {
	t.Run("a session that is over is begun again where the password is kept", func(t *testing.T) {
		s, at := start(t, options())
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		secret, _, err := w.Connect(t.Context(), login(s, true))
		if err != nil {
			t.Fatal(err)
		}
		s.DropSessions(1)
		spent := 0
		f, err := w.Fetch(t.Context(), question(secret, &spent))
		if err != nil || spent != 5 || len(f.Documents) != 5 || f.Secret == nil {
			t.Fatalf("%d documents, spent %d, %v", len(f.Documents), spent, err)
		}
		if again, err := w.Fetch(t.Context(), question(f.Secret, &spent)); err != nil || again.Secret != nil {
			t.Errorf("the new session does not last: %v", err)
		}
	})
	t.Run("without a password the person has to come back", func(t *testing.T) {
		s, at := start(t, options())
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		secret, _, err := w.Connect(t.Context(), login(s, false))
		if err != nil || strings.Contains(string(secret), s.Account(1).Password) {
			t.Fatalf("the password is kept, or %v", err)
		}
		s.Advance(14 * 24 * time.Hour)
		spent := 0
		if _, err := w.Fetch(t.Context(), question(secret, &spent)); class(err) != source.Credentials || spent != 0 {
			t.Errorf("spent %d, %v", spent, err)
		}
	})
	t.Run("a session that ends between two exports is begun again once", func(t *testing.T) {
		o := options()
		o.Faults = simulate.Faults{Session: 0.3}
		s, at := start(t, o)
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		secret, _, err := w.Connect(t.Context(), login(s, true))
		if err != nil {
			t.Fatal(err)
		}
		spent := 0
		if f, err := w.Fetch(t.Context(), question(secret, &spent)); err != nil || len(f.Documents) != 5 || spent == 5 {
			t.Errorf("%d documents, spent %d, %v", len(f.Documents), spent, err)
		}
	})
}

func TestWebLogins(t *testing.T) {
	s, at := start(t, options())
	w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
	wrong := login(s, false)
	wrong.Password = "guess"
	for n := range 6 {
		_, _, err := w.Connect(t.Context(), wrong)
		want := source.Credentials
		if n == 5 {
			want = source.Throttled
		}
		if class(err) != want || strings.Contains(err.Error(), "guess") {
			t.Errorf("try %d: got %v, want %s", n+1, err, want)
		}
	}
	t.Run("a one-time code", func(t *testing.T) {
		o := options()
		o.OneTimeCodes = true
		s, at := start(t, o)
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		if _, _, err := w.Connect(t.Context(), login(s, false)); class(err) != source.OneTimeCode {
			t.Errorf("without: %v", err)
		}
		l := login(s, false)
		l.Code = s.Code(1)
		if _, _, err := w.Connect(t.Context(), l); err != nil {
			t.Errorf("with: %v", err)
		}
	})
}

func TestWebHashes(t *testing.T) {
	t.Run("hashes that change are found again", func(t *testing.T) {
		o := options()
		o.Faults, o.Cap = simulate.Faults{Hash: 1}, -1
		s, at := start(t, o)
		w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
		secret, _, err := w.Connect(t.Context(), login(s, false))
		if err != nil {
			t.Fatal(err)
		}
		spent := 0
		if f, err := w.Fetch(t.Context(), question(secret, &spent)); err != nil || len(f.Documents) != 5 {
			t.Errorf("%d documents, %v", len(f.Documents), err)
		}
	})
	t.Run("where the page does not say, the operator's and then the built-in ones are tried", func(t *testing.T) {
		s, err := simulate.New(options())
		if err != nil {
			t.Fatal(err)
		}
		silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".js") {
				http.NotFound(w, r)
				return
			}
			s.ServeHTTP(w, r)
		}))
		defer silent.Close()
		w := cronometer.NewWeb(silent.URL, strings.Repeat("A", 32), strings.Repeat("B", 32), &http.Client{}, s.Now)
		if _, _, err := w.Connect(t.Context(), login(s, false)); err != nil {
			t.Error(err)
		}
	})
}

func TestWebThrottling(t *testing.T) {
	s, at := start(t, options())
	w := cronometer.NewWeb(at, "", "", &http.Client{}, s.Now)
	secret, _, err := w.Connect(t.Context(), login(s, false))
	if err != nil {
		t.Fatal(err)
	}
	spent := 0
	for n := range 3 {
		_, err := w.Fetch(t.Context(), question(secret, &spent))
		if over := class(err) == source.Throttled; over != (n == 2) {
			t.Errorf("fetch %d: %v", n+1, err)
		}
	}
	if err := w.Leave(t.Context(), secret); err != nil {
		t.Errorf("leave: %v", err)
	}
}

func TestPartnerConnects(t *testing.T) {
	s, at := start(t, options())
	p := cronometer.NewPartner(at, "simulator", "simulator-secret", &http.Client{})
	authorize, err := url.Parse(p.AuthorizeURL("http://127.0.0.1/back", "s1"))
	if err != nil || authorize.Query().Get("state") != "s1" {
		t.Fatal(authorize, err)
	}
	form := authorize.Query()
	form.Set("allow", "yes")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(at+"/oauth/authorize", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	secret, user, err := p.Exchange(t.Context(), back.Query().Get("code"))
	if err != nil || user != s.Account(1).UserID {
		t.Fatal(user, err)
	}
	if _, _, err := p.Exchange(t.Context(), "another"); class(err) != source.Credentials {
		t.Errorf("a code that is none: %v", err)
	}
	if since, err := p.Since(t.Context(), secret, "2026-03-10"); err != nil || since != s.Account(1).Diary.First() {
		t.Errorf("since %s, %v", since, err)
	}
	spent := 0
	if f, err := p.Fetch(t.Context(), question(secret, &spent)); err != nil || spent != 0 || len(f.Documents) != 4 {
		t.Errorf("%d documents, spent %d, %v", len(f.Documents), spent, err)
	}
	if err := p.Leave(t.Context(), secret); err != nil {
		t.Errorf("leave: %v", err)
	}
	if _, err := p.Fetch(t.Context(), question(secret, &spent)); class(err) != source.Revoked {
		t.Errorf("afterwards: %v", err)
	}
}

func TestPartnerOfACoachPicksAClient(t *testing.T) {
	o := options()
	o.People = 2
	_, at := start(t, o)
	secret, err := cronometer.PartnerSecret("simulated-pro", 1000002)
	if err != nil {
		t.Fatal(err)
	}
	spent := 0
	if f, err := cronometer.NewPartner(at, "", "", &http.Client{}).Fetch(t.Context(), question(secret, &spent)); err != nil || len(f.Documents) != 4 {
		t.Errorf("%d documents, %v", len(f.Documents), err)
	}
}
