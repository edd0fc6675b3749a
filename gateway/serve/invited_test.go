package serve_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestWhoWasInvitedBecomesActiveByAnImport(t *testing.T) {
	w := newWorld(t)
	upload := func(t *testing.T, reference string) {
		t.Helper()
		r := w.do(t, call{
			method: http.MethodPost, url: "/v2/import?name=biometrics.csv&reference_id=" + reference,
			header: map[string]string{"Content-Type": csvType}, body: strings.NewReader(biometricsCSV),
		})
		if r.Code != http.StatusOK {
			t.Fatalf("got %d %s", r.Code, r.Body)
		}
	}
	t.Run("before its events", func(t *testing.T) {
		w.post(t, "/v2/auth/authenticateUser?resource=CRONOMETER", `{"reference_id":"rita"}`)
		if u := w.user(t, "rita"); u.Active {
			t.Fatal("active already")
		}
		upload(t, "rita")
		u := w.user(t, "rita")
		if !u.Active {
			t.Error("inactive still")
		}
		log := w.told(t, u.ID)
		if len(log) < 3 || log[1].Kind != "user" || log[2].Kind == "user" {
			t.Errorf("the log has %v", log)
		}
	})
	t.Run("files that cannot be read change nothing", func(t *testing.T) {
		w.post(t, "/v2/auth/authenticateUser?resource=CRONOMETER", `{"reference_id":"sven"}`)
		r := w.do(t, call{
			method: http.MethodPost, url: "/v2/import?reference_id=sven", header: map[string]string{"Content-Type": csvType}, body: strings.NewReader("What,Is,This\n1,2,3\n"),
		})
		if r.Code != http.StatusUnprocessableEntity || w.user(t, "sven").Active {
			t.Errorf("got %d, %+v", r.Code, w.user(t, "sven"))
		}
	})
	t.Run("who was made inactive stays so", func(t *testing.T) {
		upload(t, "toni")
		r := w.do(t, call{
			method: http.MethodPatch, url: "/v2/users/" + w.user(t, "toni").ID, header: map[string]string{"Content-Type": jsonType}, body: strings.NewReader(`{"active":false}`),
		})
		upload(t, "toni")
		if r.Code != http.StatusOK || w.user(t, "toni").Active {
			t.Errorf("got %d, %+v", r.Code, w.user(t, "toni"))
		}
	})
}

func TestWhoIsInvitedSeveralTimesAtOnceIsOneUser(t *testing.T) {
	w := newWorld(t)
	const times = 8
	got := make(chan string, times)
	for range times {
		go func() {
			r := w.do(t, call{method: http.MethodPost, url: "/v2/auth/authenticateUser?resource=CRONOMETER", body: strings.NewReader(`{"reference_id":"tom"}`)})
			var answer struct {
				User string `json:"user_id"`
			}
			_ = json.Unmarshal(r.Body.Bytes(), &answer) // or nobody is named
			got <- answer.User
		}()
	}
	want := ""
	for range times {
		if user := <-got; want == "" {
			want = user
		} else if user != want {
			t.Errorf("one more user: %q beside %q", user, want)
		}
	}
	if want != w.user(t, "tom").ID {
		t.Errorf("%q is not the user", want)
	}
}
