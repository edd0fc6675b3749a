package sync_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/cronometer"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/gateway/sync"
	exports "nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

const zone = "Europe/Berlin"

var read = source.FirstOf(source.From(exports.Open), source.From(exports.OpenAnswer))

// clock is the time of everything in a world.
type clock struct {
	mu  gosync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a gateway's store and engine beside a simulator, in one time.
type world struct {
	testing.TB
	clock    *clock
	sim      *simulate.Simulator
	store    *sqlite.Store
	engine   *sync.Engine
	partner  *cronometer.Partner
	web      *cronometer.Web
	log      *strings.Builder
	path     string
	reread   int // 3 where nobody says
	requests int
}

func start(t testing.TB, o simulate.Options) *world {
	t.Helper()
	w := &world{TB: t, clock: &clock{now: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}, log: &strings.Builder{}, path: filepath.Join(t.TempDir(), "store.db")}
	o.Zone, o.Now = zone, w.clock.Now
	var err error
	if w.sim, err = simulate.New(o); err != nil {
		t.Fatal(err)
	}
	var mu gosync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		w.requests++
		mu.Unlock()
		w.sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.partner = cronometer.NewPartner(server.URL, "simulator", "simulator-secret", &http.Client{})
	w.web = cronometer.NewWeb(server.URL, "", "", &http.Client{}, w.clock.Now)
	w.store = w.open(w.path)
	if err := w.store.PutTenant(t.Context(), "clinic"); err != nil {
		t.Fatal(err)
	}
	w.engine = w.process("one", w.store)
	return w
}

func (w *world) open(path string) *sqlite.Store {
	w.Helper()
	st, err := sqlite.Open(context.Background(), path, w.clock.Now) // it outlives the test's context
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { st.Close() })
	return st
}

// process is one more gateway over a store.
func (w *world) process(holder string, st sync.Store) *sync.Engine {
	w.Helper()
	e, err := sync.New(sync.Deps{
		Store: st, Read: read, Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.clock.Now, Random: func() float64 { return 0.5 }, Holder: holder, Reread: cmp.Or(w.reread, 3),
		Routes: map[string]sync.Route{
			"partner": {Fetcher: w.partner, Slice: cronometer.PartnerSlice, Since: w.partner.Since},
			"web":     {Fetcher: w.web, Slice: cronometer.WebSlice, Exports: cronometer.WebExports},
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// person makes a user for one of the simulator's people.
func (w *world) person(number int) store.User {
	w.Helper()
	u, err := w.store.PutUser(w.Context(), store.User{Tenant: "clinic", Reference: fmt.Sprint(number), Zone: zone, Active: true})
	if err != nil {
		w.Fatal(err)
	}
	return u
}

// connect connects one of the simulator's people.
func (w *world) connect(number int, route string, every time.Duration) store.User {
	w.Helper()
	u := w.person(number)
	w.again(u, number, route, every)
	return u
}

func (w *world) again(u store.User, number int, route string, every time.Duration) {
	w.Helper()
	a := w.sim.Account(number)
	c := store.Connection{Tenant: "clinic", User: u.ID, Route: route, Account: a.UserID, Every: every}
	var secret []byte
	var err error
	if route == "web" {
		c.Cap = 10
		secret, _, err = w.web.Connect(w.Context(), cronometer.Login{Username: a.Username, Password: a.Password, Keep: true})
	} else {
		secret, err = cronometer.PartnerSecret(w.sim.Grant(number), 0)
	}
	if err == nil {
		_, err = w.store.PutConnection(w.Context(), c, secret)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// steps works until nothing is due.
func (w *world) steps() {
	w.Helper()
	for range 1000 {
		n, err := w.engine.Step(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	w.Fatal("there is always something due")
}

func (w *world) connection(u store.User) store.Connection {
	w.Helper()
	c, err := w.store.Connection(w.Context(), "clinic", u.ID)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// contents counts what the records of a user say, by kind and day. Which of two
// servings has which place is no part of it: it depends on which came first.
func (w *world) contents(st *sqlite.Store, u store.User) map[string]int {
	w.Helper()
	page, err := st.Records(w.Context(), store.Query{Tenant: u.Tenant, User: u.ID})
	if err != nil {
		w.Fatal(err)
	}
	all, ids := map[string]int{}, map[string]bool{}
	for _, r := range page.Records {
		content, err := r.Content()
		if err != nil || ids[r.ID] {
			w.Fatalf("%s is there twice, or %v", r.ID, err)
		}
		ids[r.ID] = true
		all[string(content)]++
	}
	return all
}

// truth are the records that somebody gets who takes the whole diary at once.
func (w *world) truth(number int, route string, from record.Date) map[string]int {
	w.Helper()
	st := w.open(filepath.Join(w.TempDir(), "truth.db"))
	if err := st.PutTenant(w.Context(), "clinic"); err != nil {
		w.Fatal(err)
	}
	u, err := st.PutUser(w.Context(), store.User{Tenant: "clinic", Zone: zone, Active: true})
	if err != nil {
		w.Fatal(err)
	}
	docs := w.diary(number, from)
	if route == "partner" {
		secret, err := cronometer.PartnerSecret(w.sim.Grant(number), 0)
		if err != nil {
			w.Fatal(err)
		}
		f, err := w.partner.Fetch(w.Context(), source.Ask{Secret: secret, Span: source.Span{From: from, To: w.sim.Today()}, Latest: true})
		if err != nil {
			w.Fatal(err)
		}
		docs = f.Documents
	}
	if _, err := ingest.Run(w.Context(), st, read, u, docs, ingest.Options{AsOf: w.sim.Today()}); err != nil {
		w.Fatal(err)
	}
	return w.contents(st, u)
}

type text struct{ *strings.Reader }

func (text) Close() error { return nil }

// diary are the files of somebody's export, without asking for it.
func (w *world) diary(number int, from record.Date) []source.Document {
	w.Helper()
	var docs []source.Document
	for _, kind := range []string{demo.Servings, demo.DailySummary, demo.Exercises, demo.Biometrics, demo.Notes} {
		body, err := w.sim.Account(number).Diary.CSV(kind, from, w.sim.Today(), w.sim.Today(), demo.Variant{})
		if err != nil {
			w.Fatal(err)
		}
		docs = append(docs, source.Document{Name: kind + ".csv", Size: int64(len(body)), Open: func() (io.ReadSeekCloser, error) {
			return text{strings.NewReader(string(body))}, nil
		}})
	}
	return docs
}

// same compares what is stored of somebody with what they logged.
func (w *world) same(what string, got, want map[string]int) {
	w.Helper()
	missing, more, example := 0, 0, ""
	for content, n := range want {
		if got[content] < n {
			missing += n - got[content]
			example = content
		}
	}
	for content, n := range got {
		if want[content] < n {
			more += n - want[content]
			example = content
		}
	}
	if missing+more > 0 || len(want) == 0 {
		w.Errorf("%s: of %d records %d are missing, %d are too many, such as %s", what, len(want), missing, more, example)
	}
}

// events are those of a type in the log.
func (w *world) events(typ string) []store.Logged {
	w.Helper()
	log, err := w.store.Log(w.Context(), "clinic", 0, 1_000_000)
	if err != nil {
		w.Fatal(err)
	}
	var all []store.Logged
	for _, e := range log {
		if e.Kind == typ {
			all = append(all, e)
		}
	}
	return all
}
