package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A delivery is one request that came to a hook.
type delivery struct {
	id   string // webhook-id
	ref  string // terra-reference
	at   int64  // X-Terra-Ordering-Timestamp
	body string
	event
}

// An event is what a check looks at in a body.
type event struct {
	Type string `json:"type"`
	User struct {
		ID string `json:"user_id"`
	} `json:"user"`
	Data []json.RawMessage `json:"data"`
}

// A hook receives deliveries, by the path to which they come.
type hook struct {
	url  string
	stop func()
	mu   sync.Mutex
	got  map[string][]delivery
	err  error // the first delivery that could not be read
}

func newHook(ctx context.Context) (*hook, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("receive webhooks: %w", err)
	}
	h := &hook{url: "http://" + l.Addr().String(), got: map[string][]delivery{}}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	h.stop = func() { _ = server.Close() }
	go func() { _ = server.Serve(l) }()
	return h, nil
}

func (h *hook) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender was killed
	}
	d := delivery{id: r.Header.Get("Webhook-Id"), ref: r.Header.Get("Terra-Reference"), body: string(body)}
	d.at, err = strconv.ParseInt(r.Header.Get("X-Terra-Ordering-Timestamp"), 10, 64)
	if err == nil {
		err = json.Unmarshal(body, &d.event)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil && h.err == nil {
		h.err = fmt.Errorf("delivery %s: %w", d.id, err)
	}
	h.got[r.URL.Path] = append(h.got[r.URL.Path], d)
}

// all returns what has come to a path, in its order.
func (h *hook) all(path string) ([]delivery, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]delivery(nil), h.got[path]...), h.err
}

// has reports whether deliveries with all of the references have come to a path.
func (h *hook) has(path string, refs []string) bool {
	got, _ := h.all(path)
	for _, ref := range refs {
		if !slices.ContainsFunc(got, func(d delivery) bool { return d.ref == ref }) {
			return false
		}
	}
	return true
}
