package serve_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	linking "nutrigate/gateway/link"
	"nutrigate/gateway/simulate"
	fetch "nutrigate/gateway/source/cronometer"
	"nutrigate/gateway/store"
)

const noticeSecret = "0123456789abcdef"

func (w *world) linker() *linking.Linker {
	client := &http.Client{}
	return &linking.Linker{
		Store: w.store, API: fetch.NewPartner(w.source, "simulator", "simulator-secret", client),
		Site: fetch.NewWeb(w.source, "", "", client, func() time.Time { return now }),
	}
}

// logging is a world whose people log in a simulator.
func logging(t *testing.T) (*world, *simulate.Simulator) {
	t.Helper()
	sim, err := simulate.New(simulate.Options{Seed: 3, History: 30, Zone: "America/New_York", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	w := newWorld(t)
	w.source = server.URL
	return newWorldLike(t, w), sim
}

func (w *world) ask(t *testing.T, method, url, body string) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{method: method, url: url, header: map[string]string{"Content-Type": "application/json"}, body: strings.NewReader(body)})
}

// fetched stores what a fetch for Ann comes to.
func (w *world) fetched(t *testing.T, c store.Connection) {
	t.Helper()
	if _, err := w.store.ChangeConnection(t.Context(), "demo", w.ann.ID, store.ConnectionChange{State: new(store.Live), Now: true}); err != nil {
		t.Fatal(err)
	}
	leased, err := w.store.LeaseConnections(t.Context(), "one", now.Add(time.Minute), 1)
	if err != nil || len(leased) != 1 {
		t.Fatalf("leased %+v, %v", leased, err)
	}
	got := leased[0]
	got.Synced, got.Since, got.CoveredFrom, got.CoveredTo = c.Synced, c.Since, c.CoveredFrom, c.CoveredTo
	got.Class, got.NextAt = c.Class, now.Add(time.Hour)
	if err := w.store.SettleConnection(t.Context(), store.Settlement{Connection: got, Holder: "one"}); err != nil {
		t.Fatal(err)
	}
}

func TestConnections(t *testing.T) {
	w, sim := logging(t)
	at := "/v2/connections/" + w.ann.ID
	who := sim.Account(1)
	for name, c := range map[string]struct {
		body string
		code int
		says string
	}{
		"a route that there is not": {`{"route":"fax"}`, 400, "there are partner and web"},
		"no password":               {`{"route":"web","username":"x"}`, 400, "required"},
		"no token":                  {`{"route":"partner"}`, 400, "access token is missing"},
		"a wrong password":          {`{"route":"web","username":"` + who.Username + `","password":"guess"}`, 400, "does not take the name and password"},
		"every second":              {`{"route":"partner","access_token":"x","every":"1s"}`, 400, "1m0s"},
		"a field that is misspelt":  {`{"rout":"web"}`, 400, "rout"},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.ask(t, "PUT", at, c.body)
			if got.Code != c.code || !strings.Contains(got.Body.String(), c.says) || strings.Contains(got.Body.String(), "guess") {
				t.Errorf("got %d %s", got.Code, got.Body)
			}
		})
	}
	if got := w.ask(t, "GET", at, ""); got.Code != http.StatusNotFound {
		t.Errorf("before it is connected: %d", got.Code)
	}
	got := w.ask(t, "PUT", at, `{"route":"web","username":"`+who.Username+`","password":"`+who.Password+`"}`)
	if c := decode[linking.Connection](t, got); got.Code != 200 || c.State != "live" || c.Exports == nil || strings.Contains(got.Body.String(), who.Password) {
		t.Fatalf("got %d %s", got.Code, got.Body)
	}
	t.Run("it is listed, and changed", func(t *testing.T) {
		all := decode[struct{ Connections []linking.Connection }](t, w.ask(t, "GET", "/v2/connections", "")).Connections
		if len(all) != 1 || all[0].User != w.ann.ID || all[0].NextAt == nil {
			t.Errorf("got %+v", all)
		}
		if c := decode[linking.Connection](t, w.ask(t, "PATCH", at, `{"state":"paused","every":"6h"}`)); c.State != "paused" || c.NextAt != nil || c.Every != "6h0m0s" {
			t.Errorf("got %+v", c)
		}
		if got := w.ask(t, "PATCH", at, `{"state":"revoked"}`); got.Code != 400 {
			t.Errorf("got %d", got.Code)
		}
	})
	t.Run("userInfo says when it was last fetched, and before that nothing", func(t *testing.T) {
		at := "/v2/userInfo?user_id=" + w.ann.ID
		if got := w.ask(t, "GET", at, "").Body.String(); !strings.Contains(got, `"last_polled_at":null`) {
			t.Errorf("before a fetch: %s", got)
		}
		w.fetched(t, store.Connection{Synced: now, CoveredFrom: "2026-03-01", CoveredTo: "2026-03-03"})
		if got, want := w.ask(t, "GET", at, "").Body.String(), now.UTC().Format(`"last_polled_at":"2006-01-02T15:04:05.000000Z"`); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("it ends", func(t *testing.T) {
		if got := w.ask(t, "DELETE", at, ""); got.Code != 200 {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
		if got := w.ask(t, "DELETE", at, ""); got.Code != http.StatusNotFound {
			t.Errorf("again: %d", got.Code)
		}
	})
	t.Run("somebody else's user cannot be connected", func(t *testing.T) {
		if got := w.ask(t, "PUT", "/v2/connections/"+w.bob.ID, `{"route":"partner","access_token":"x"}`); got.Code != http.StatusNotFound {
			t.Errorf("got %d %s", got.Code, got.Body)
		}
	})
}

func TestNotices(t *testing.T) {
	w, sim := logging(t)
	at, account := "/v2/connections/"+w.ann.ID, sim.Account(1).UserID
	w.ask(t, "PUT", at, `{"route":"partner","access_token":"`+sim.Grant(1)+`","account":"`+account+`"}`)
	asks := func() int64 {
		c, err := w.store.Connection(t.Context(), "demo", w.ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		return c.Asks
	}
	body := `{"user_id":` + account + `,"days":["2026-03-01"]}`
	sum := hmac.New(sha256.New, []byte(noticeSecret))
	_, _ = sum.Write([]byte(body))
	signature := hex.EncodeToString(sum.Sum(nil))
	for _, c := range []struct {
		name, body string
		header     [2]string
		code       int
		asks       int64 // how many more
	}{
		{"without proof", body, [2]string{}, 401, 0},
		{"with a wrong secret", body, [2]string{"Authorization", "Bearer fedcba9876543210"}, 401, 0},
		{"signed, but changed", strings.Replace(body, "days", "dayz", 1), [2]string{"X-Cronometer-Signature", signature}, 401, 0},
		{"signed", body, [2]string{"X-Cronometer-Signature", signature}, 200, 1},
		{"signed with a prefix", body, [2]string{"X-Cronometer-Signature", "sha256=" + signature}, 200, 1},
		{"with the secret", `{"user_id":"` + account + `"}`, [2]string{"Authorization", "Bearer " + noticeSecret}, 200, 1},
		{"of somebody whom nobody has", `{"user_id":"77"}`, [2]string{"Authorization", "Bearer " + noticeSecret}, 200, 0},
		{"of nobody", `{}`, [2]string{"Authorization", "Bearer " + noticeSecret}, 400, 0},
		{"too large", `{"user_id":"` + strings.Repeat("7", 70<<10) + `"}`, [2]string{"Authorization", "Bearer " + noticeSecret}, 413, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := asks()
			header := map[string]string{"Content-Type": "application/json"}
			if c.header[0] != "" {
				header[c.header[0]] = c.header[1]
			}
			got := w.do(t, call{method: "POST", url: "/v2/push/cronometer", header: header, body: strings.NewReader(c.body)})
			if got.Code != c.code || asks()-before != c.asks {
				t.Errorf("got %d, asked %d times: %s", got.Code, asks()-before, got.Body)
			}
		})
	}
}

// Whoever ends a connection takes nothing along: the token is no good any more.
func TestDeauthenticatingGivesTheAccessBack(t *testing.T) {
	w, sim := logging(t)
	w.ask(t, "PUT", "/v2/connections/"+w.ann.ID, `{"route":"partner","access_token":"`+sim.Grant(1)+`"}`)
	if got := w.ask(t, "DELETE", "/v2/auth/deauthenticateUser?user_id="+w.ann.ID, ""); got.Code != 200 || sim.Granted() != 0 {
		t.Errorf("got %d, %d tokens are good", got.Code, sim.Granted())
	}
}
