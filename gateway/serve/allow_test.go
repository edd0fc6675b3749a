package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestWhatAnAddressKnows(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ claim, method, url, allow string }{
		{"an import is no data type", http.MethodGet, "/v2/import", "POST"},
		{"nor by the longer path", http.MethodHead, "/api/v2/import", "POST"},
		{"nor is a user to be changed a record", http.MethodGet, "/v2/users/anna", "PATCH"},
		{"nor what a session is made by", http.MethodGet, "/v2/auth/authenticateUser", "POST"},
		{"another method does not make it one", http.MethodPut, "/v2/import", "POST"},
		{"what is read by GET is by HEAD", http.MethodPost, "/v2/nutrition", "GET, HEAD"},
		{"several methods", http.MethodPut, "/v2/settings", "GET, HEAD, PATCH"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			r := w.do(t, call{method: c.method, url: c.url})
			if r.Code != http.StatusMethodNotAllowed || r.Header().Get("Allow") != c.allow {
				t.Errorf("got %d, Allow %q", r.Code, r.Header().Get("Allow"))
			}
		})
	}
}

// Without a limit of their own, the server would wait for the rest of these
// bodies for as long as an upload may take, a quarter of an hour.
func TestWhoHasNoKeyDoesNotHoldAConnection(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewUnstartedServer(w.handler)
	server.Config.ReadTimeout = 15 * time.Minute
	server.Start()
	t.Cleanup(server.Close)
	for url, status := range map[string]int{
		"/v2/import?user_id=x": http.StatusUnauthorized, "/connect/unknown": http.StatusNotFound, "/nothing": http.StatusNotFound,
		"/v2/nutrition": http.StatusMethodNotAllowed,
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\nDay,", url); err != nil {
				t.Fatal(err)
			}
			from := bufio.NewReader(conn)
			answer, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != status {
				t.Errorf("got %d, want %d, %v", answer.StatusCode, status, err)
			}
			if _, err := from.ReadByte(); err == nil {
				t.Error("the connection goes on")
			}
		})
	}
}
