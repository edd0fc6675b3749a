package simulate_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/simulate"
)

// world is a simulator that is listened to, and a browser without redirects.
type world struct {
	*testing.T
	*simulate.Simulator
	url    string
	client *http.Client
}

func start(t *testing.T, o simulate.Options) *world {
	t.Helper()
	o.Zone = "Europe/Berlin"
	o.Now = func() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }
	s, err := simulate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w := &world{T: t, Simulator: s, url: server.URL}
	w.forget()
	return w
}

// forget takes all cookies away.
func (w *world) forget() {
	jar, _ := cookiejar.New(nil)
	w.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (w *world) ask(method, path, body string, header ...string) (int, string, http.Header) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

func (w *world) form() string {
	w.Helper()
	_, page, _ := w.ask("GET", "/login/", "")
	if m := regexp.MustCompile(`name="anticsrf" value="([0-9a-f]{32})"`).FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return ""
}

func (w *world) login(password, code string) string {
	w.Helper()
	form := url.Values{"anticsrf": {w.form()}, "username": {w.Account(1).Username}, "password": {password}, "userCode": {code}}
	status, body, _ := w.ask("POST", "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if status != http.StatusOK {
		w.Errorf("a login was answered by %d", status)
	}
	return body
}

func (w *world) nonce() string {
	u, _ := url.Parse(w.url)
	for _, c := range w.client.Jar.Cookies(u) {
		if c.Name == "sesnonce" {
			return c.Value
		}
	}
	return ""
}

const permutation, policy = "8991EC9262AAC4288DD509AA25E804F1", "F074E4C7D41D83A4BC27CA0816B7B731"

func (w *world) rpc(policy, rest string) string {
	w.Helper()
	_, body, _ := w.ask("POST", "/cronometer/app", "7|0|5|https://cronometer.com/cronometer/|"+policy+"|com.cronometer.shared.rpc.CronometerService|"+rest,
		"Content-Type", "text/x-gwt-rpc; charset=UTF-8", "X-Gwt-Module-Base", "https://cronometer.com/cronometer/", "X-Gwt-Permutation", permutation)
	return body
}

func (w *world) token() string {
	w.Helper()
	body := w.rpc(policy, "generateAuthorizationToken|java.lang.String/2004016611|I|com.cronometer.shared.user.AuthScope/2065601159|"+w.nonce()+"|1|2|3|4|4|5|6|6|7|8|1000001|3600|7|2|")
	if m := regexp.MustCompile(`"([a-f0-9]{32,})"`).FindStringSubmatch(body); m != nil && strings.HasPrefix(body, "//OK") {
		return m[1]
	}
	return body
}

func (w *world) export(kind, token string) (int, string, http.Header) {
	w.Helper()
	return w.ask("GET", "/export?nonce="+token+"&generate="+kind+"&start=2026-03-08&end=2026-03-10", "")
}

func TestWeb(t *testing.T) {
	w := start(t, simulate.Options{Seed: 3})
	if body := w.login(w.Account(1).Password, ""); w.nonce() == "" {
		t.Fatalf("no session: %s", body)
	}
	t.Run("authenticating rotates the session", func(t *testing.T) {
		before := w.nonce()
		if body := w.rpc(policy, "authenticate|java.lang.Integer/3438268394|1|2|3|4|1|5|5|-300|"); !strings.HasPrefix(body, "//OK[1000001,") || w.nonce() == before {
			t.Errorf("got %s", body)
		}
	})
	t.Run("the page of the login is without its token where a session is sent", func(t *testing.T) {
		if form := w.form(); form != "" {
			t.Errorf("got %s", form)
		}
	})
	t.Run("an export is a file without a charset, once for each token", func(t *testing.T) {
		token := w.token()
		status, body, header := w.export("servings", token)
		if status != 200 || header.Get("Content-Type") != "text/csv" || !strings.HasPrefix(body, "Day,Time,Group,Food Name,Amount,Energy (kcal)") {
			t.Errorf("got %d %v %.80s", status, header, body)
		}
		if status, _, _ := w.export("servings", token); status != http.StatusForbidden {
			t.Errorf("the token again: %d", status)
		}
	})
	t.Run("an old policy is told by name, with the status 200", func(t *testing.T) {
		if body := w.rpc(strings.Repeat("A", 32), "logout|java.lang.String/2004016611|x|1|"); !strings.HasPrefix(body, "//EX[") || !strings.Contains(body, "IncompatibleRemoteServiceException") {
			t.Errorf("got %s", body)
		}
	})
	t.Run("a dead session is told by name, with the status 200", func(t *testing.T) {
		w.DropSessions(1)
		if body := w.token(); !strings.HasPrefix(body, "//EX[") || !strings.Contains(body, "NotLoggedInException") {
			t.Errorf("got %s", body)
		}
	})
	t.Run("a wrong password, and too many of them", func(t *testing.T) {
		w.forget()
		for range 5 {
			if body := w.login("guess", ""); !strings.Contains(body, "Invalid username or password") {
				t.Errorf("got %s", body)
			}
		}
		if body := w.login(w.Account(1).Password, ""); !strings.Contains(body, "Too Many Attempts") || w.nonce() != "" {
			t.Errorf("got %s", body)
		}
	})
}

func TestCapLocksOut(t *testing.T) {
	w := start(t, simulate.Options{Seed: 3})
	w.login(w.Account(1).Password, "")
	for n := range 10 {
		if status, _, _ := w.export("notes", w.token()); status != 200 {
			t.Fatalf("export %d: %d", n+1, status)
		}
	}
	for range 2 {
		if status, _, _ := w.export("notes", w.token()); status != http.StatusTooManyRequests {
			t.Errorf("beyond the cap: %d", status)
		}
	}
	if w.Overruns() != 1 { // the second was locked out before it counted
		t.Errorf("%d overruns", w.Overruns())
	}
	w.Advance(25 * time.Hour)
	if status, _, _ := w.export("notes", w.token()); status != 200 {
		t.Errorf("a day later: %d", status)
	}
}

func TestOneTimeCodes(t *testing.T) {
	w := start(t, simulate.Options{Seed: 3, OneTimeCodes: true})
	if body := w.login(w.Account(1).Password, ""); !strings.Contains(body, "code is required") || w.nonce() != "" {
		t.Errorf("got %s", body)
	}
	if body := w.login(w.Account(1).Password, w.Code(1)); w.nonce() == "" {
		t.Errorf("got %s", body)
	}
}

func TestPartner(t *testing.T) {
	w := start(t, simulate.Options{Seed: 3, People: 2})
	authorize := url.Values{"client_id": {"simulator"}, "redirect_uri": {"http://127.0.0.1/back"}, "state": {"s1"}, "person": {"1"}, "allow": {"yes"}}
	status, _, header := w.ask("POST", "/oauth/authorize", authorize.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	back, err := url.Parse(header.Get("Location"))
	if err != nil || status != http.StatusFound || back.Query().Get("state") != "s1" {
		t.Fatalf("got %d %v %v", status, header, err)
	}
	exchange := "/oauth/token?grant_type=authorization_code&client_id=simulator&client_secret=simulator-secret&code=" + back.Query().Get("code")
	var granted struct {
		Token string `json:"access_token"`
		User  string `json:"user_id"`
	}
	_, body, _ := w.ask("POST", exchange, "")
	if err := json.Unmarshal([]byte(body), &granted); err != nil || granted.User != "1000001" {
		t.Fatalf("got %s", body)
	}
	if status, body, _ := w.ask("POST", exchange, ""); status != 400 || !strings.Contains(body, `"message"`) {
		t.Errorf("the code again: %d %s", status, body)
	}
	call := func(bearer, name, body string) (int, string) {
		status, text, _ := w.ask("POST", "/api_v1/"+name, body, "Authorization", "Bearer "+bearer, "Content-Type", "application/json")
		return status, text
	}
	for name, c := range map[string]struct{ bearer, name, body, want string }{
		"one day is an object":               {granted.Token, "diary_summary", `{"day":"2026-03-08","food":true}`, `^\{"completed":`},
		"a range is an object by date":       {granted.Token, "diary_summary", `{"start":"2026-03-08","end":"2026-03-09","food":true}`, `^\{"2026-03-0[89]":\{`},
		"with some people it is an array":    {w.Grant(2), "diary_summary", `{"start":"2026-03-08","end":"2026-03-09"}`, `^\[\{"completed":`},
		"numbers have their digits":          {granted.Token, "macro_summary", `{"day":"2026-03-08"}`, `"kcal":\d+\.\d\d`},
		"targets have units":                 {granted.Token, "targets", `{}`, `"Energy":\{"min":1900.00,"max":2300.00,"unit":"kcal"\}`},
		"fasts":                              {granted.Token, "fasting_summary", `{"start":"2026-01-01","end":"2026-03-09"}`, `^\{"fasts":\[\{"name":`},
		"measurements":                       {granted.Token, "biometric_summary", `{"start":"2026-01-01","end":"2026-03-09"}`, `"value":"\d+/\d+","unit":"mmHg"`},
		"days with data":                     {granted.Token, "data_summary", `{"start":"2026-03-01","end":"2026-03-09"}`, `^\{"days":\["2026-03-0.*"signup":"2025-03-11"`},
		"a coach picks a client":             {"simulated-pro", "diary_summary", `{"day":"2026-03-08","client_id":1000002}`, `^\{"completed":`},
		"a coach sees who the clients are":   {"simulated-pro", "client_status", `{}`, `"client_id":1000001`},
		"nothing can be asked without a day": {granted.Token, "diary_summary", `{}`, `^\{"error":`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := call(c.bearer, c.name, c.body); !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("got %.300s", got)
			}
		})
	}
	if status, _, _ := w.ask("POST", "/oauth/deauthorize?access_token="+granted.Token, ""); status != 200 {
		t.Errorf("deauthorise: %d", status)
	}
	if status, body := call(granted.Token, "targets", `{}`); status != 401 || !strings.Contains(body, `"error"`) {
		t.Errorf("afterwards: %d %s", status, body)
	}
}

func TestMealIsNoticedAndThere(t *testing.T) {
	var notices []string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		notices = append(notices, fmt.Sprintf("%s %d", body, len(r.Header.Get(simulate.SignatureHeader))))
	}))
	defer receiver.Close()
	w := start(t, simulate.Options{Seed: 3, NoticeURL: receiver.URL, NoticeSecret: "shared", Client: http.DefaultClient})
	status, body, _ := w.ask("POST", "/simulator/meals", "")
	var meal struct{ Food string }
	if err := json.Unmarshal([]byte(body), &meal); err != nil || status != 200 || meal.Food == "" {
		t.Fatalf("got %d %s", status, body)
	}
	if len(notices) != 1 || notices[0] != `{"days":["2026-03-10"],"user_id":"1000001"} 64` {
		t.Errorf("notices: %q", notices)
	}
	w.login(w.Account(1).Password, "")
	if _, csv, _ := w.export("servings", w.token()); !strings.Contains(csv, "2026-03-10,,\"Uncategorized\",\""+strings.ReplaceAll(meal.Food, `"`, `""`)) {
		t.Errorf("%s is not in %.200s", meal.Food, csv)
	}
}

func TestFaults(t *testing.T) {
	w := start(t, simulate.Options{Seed: 3})
	w.login(w.Account(1).Password, "")
	for set, want := range map[string]string{
		"error=1": "500 Internal Server Error", "html=1": "200 <!DOCTYPE html>", "column=1": "200 Day,Time,Group,Food Item", "slow=1,delay=1ms": "200 Day,Time,Group,Food Name",
	} {
		t.Run(set, func(t *testing.T) {
			token := w.token()
			w.ask("POST", "/simulator/faults?set="+url.QueryEscape(set), "")
			status, body, _ := w.export("servings", token)
			w.ask("POST", "/simulator/faults", "")
			if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, want) {
				t.Errorf("got %.100s", got)
			}
		})
	}
	t.Run("cut in the middle", func(t *testing.T) {
		token := w.token()
		if err := w.SetFaults(simulate.Faults{Cut: 1}); err != nil {
			t.Fatal(err)
		}
		resp, err := w.client.Get(w.url + "/export?nonce=" + token + "&generate=servings&start=2026-03-08&end=2026-03-10")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("it came whole")
		}
	})
	for _, wrong := range []string{"error=2", "error=x", "nosuch=1", "delay=x"} {
		if _, err := simulate.ParseFaults(wrong); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}
