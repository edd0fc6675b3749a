package push_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nutrigate/gateway/push"
	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/record"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a store with a tenant and a person, and a Push that works on it.
type world struct {
	testing.TB
	*sqlite.Store
	path  string
	clock *clock
	user  store.User
	said  int // events that were announced
	// checks is how often there is a healthcheck.
	checks time.Duration
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldIn(t, t.TempDir())
}

// newWorldIn has its store in the folder.
func newWorldIn(t testing.TB, dir string) *world {
	t.Helper()
	// Whole seconds of today: a verifier looks at the real time.
	w := &world{TB: t, path: filepath.Join(dir, "store.db"), clock: &clock{at: time.Now().Truncate(time.Second)}}
	w.Store = w.open()
	w.user = w.person("clinic", "anna")
	return w
}

func (w *world) open() *sqlite.Store {
	w.Helper()
	s, err := sqlite.Open(w.Context(), w.path, w.clock.now)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) person(tenant, reference string) store.User {
	w.Helper()
	if err := w.PutTenant(w.Context(), tenant); err != nil {
		w.Fatal(err)
	}
	u, err := w.PutUser(w.Context(), store.User{Tenant: tenant, Reference: reference, Zone: "Europe/Berlin", Active: true})
	if err != nil {
		w.Fatal(err)
	}
	return u
}

// run lets a Push work on the store until stop is called or the test ends.
func (w *world) run(st push.Store) (stop func()) {
	w.Helper()
	allow := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	return w.runWith(st, webhook.New(webhook.NewGuard(allow), nil, w.clock.now))
}

func (w *world) runWith(st push.Store, sender push.Sender) (stop func()) {
	w.Helper()
	p, err := push.New(push.Deps{
		Store: st, Sender: sender, Log: slog.New(slog.DiscardHandler), Now: w.clock.now,
		Version: "1.0.0", Poll: 10 * time.Millisecond, Healthcheck: w.checks,
	})
	if err != nil {
		w.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.Context()))
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("run: %v", err)
		}
	})
	w.Cleanup(stop)
	return stop
}

// endpoint makes one for the tenant of the world.
func (w *world) endpoint(e store.Endpoint) (store.Endpoint, string) {
	w.Helper()
	if e.Tenant == "" {
		e.Tenant = "clinic"
	}
	made, secret, err := w.PutEndpoint(w.Context(), e)
	if err != nil {
		w.Fatal(err)
	}
	return made, secret
}

// set changes the state of an endpoint.
func (w *world) set(e store.Endpoint, state string) {
	w.Helper()
	e.State = state
	if _, _, err := w.PutEndpoint(w.Context(), e); err != nil {
		w.Fatal(err)
	}
}

// announce appends n events of a type that needs nothing else; their messages
// are numbers that grow.
func (w *world) announce(n int) {
	w.Helper()
	for range n {
		w.said++
		e := store.Event{
			Tenant: w.user.Tenant, User: w.user.ID, Type: "processing", Detail: json.RawMessage(`{"message":"` + strconv.Itoa(w.said) + `"}`),
		}
		if err := w.AppendEvent(w.Context(), e); err != nil {
			w.Fatal(err)
		}
	}
}

// eat makes the food all that the person ate on the day.
func (w *world) eat(day record.Date, foods ...string) { w.eats(w.user, day, foods...) }

func (w *world) eats(u store.User, day record.Date, foods ...string) {
	w.Helper()
	im, err := w.Begin(w.Context(), u.Tenant, u.ID)
	if err != nil {
		w.Fatal(err)
	}
	defer im.Rollback()
	if err := eaten(w.Context(), im, day, foods); err != nil {
		w.Fatal(err)
	}
	if err := im.Commit(); err != nil {
		w.Fatal(err)
	}
}

func eaten(ctx context.Context, im store.Import, day record.Date, foods []string) error {
	var all []record.Encoded
	for i, food := range foods {
		e, err := record.Encode(record.Record{
			Kind: record.KindServing, Day: day, Zone: "Europe/Berlin", Time: "09:00", Origin: record.Origin{Line: i + 2},
			Serving: &record.Serving{Food: food, Group: "Lunch", Nutrients: record.Nutrients{
				{Key: "energy", Quantity: record.Quantity{Value: "123.4", Unit: "kcal"}},
			}},
		})
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	_, err := im.Replace(ctx, "", "document", []record.Kind{record.KindServing}, day, all)
	return err
}

// deliveries are those of the world's tenant, oldest first.
func (w *world) deliveries() []store.Delivery {
	w.Helper()
	found, _, err := w.Deliveries(w.Context(), store.DeliveryQuery{Tenant: "clinic", Limit: 10_000})
	if err != nil {
		w.Fatal(err)
	}
	slices.Reverse(found)
	return found
}

// states counts the deliveries by state.
func (w *world) states() map[string]int {
	w.Helper()
	all := map[string]int{}
	for _, d := range w.deliveries() {
		all[d.State]++
	}
	return all
}

func (w *world) replay(q store.ReplayQuery) int {
	w.Helper()
	q.Tenant = "clinic"
	n, err := w.Replay(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// eventually fails the test unless what holds comes true soon.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for range 3000 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

// quiet waits long enough for what must not happen to happen.
func quiet() { time.Sleep(150 * time.Millisecond) }

// grows reports whether the messages are in the order in which they were announced.
func grows(messages []string) bool {
	return slices.IsSortedFunc(messages, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
}

// received is one request.
type received struct {
	header http.Header
	body   []byte
	at     time.Time
}

// body of an event, as far as tests look.
type envelope struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	User    struct {
		ID string `json:"user_id"`
	} `json:"user"`
	Data             []map[string]any `json:"data"`
	Entry            []map[string]any `json:"entry"`
	ExpectedPayloads int              `json:"expected_payloads"`
	Reference        string           `json:"reference"`
}

func (r received) envelope(t testing.TB) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal(r.body, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// receiver keeps what it gets, and answers as it is told.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts from 1
}

func newReceiver(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	to := &receiver{answer: answer}
	to.Server = httptest.NewServer(to)
	t.Cleanup(to.Close)
	return to
}

func (to *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	to.mu.Lock()
	to.got = append(to.got, received{r.Header.Clone(), body, time.Now()})
	n, answer := len(to.got), to.answer
	to.mu.Unlock()
	if answer != nil {
		answer(n, w, r)
	}
}

func (to *receiver) all() []received {
	to.mu.Lock()
	defer to.mu.Unlock()
	return slices.Clone(to.got)
}

func (to *receiver) count() int { return len(to.all()) }

// status answers always the same.
func status(code int) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// verifyTerra is the receiver's side of Terra's signature, as its SDK has it:
// any of the signatures will do, and it may be five minutes old.
func verifyTerra(header, secret string, body []byte, now time.Time) error {
	parts := strings.Split(header, ",")
	seconds, ok := strings.CutPrefix(parts[0], "t=")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if !ok || err != nil {
		return errors.New("no time")
	}
	if age := now.Unix() - at; age > 300 || age < -300 {
		return errors.New("too old")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	for _, part := range parts[1:] {
		given, err := hex.DecodeString(strings.TrimPrefix(part, "v1="))
		if err == nil && strings.ToLower(part) == part && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}
