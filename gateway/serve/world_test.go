package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway"
	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/serve"
	"nutrigate/gateway/serve/terra"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/source/file"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
	"nutrigate/mapping/record"
)

func TestMain(m *testing.M) {
	serve.Quiet()
	os.Exit(m.Run())
}

// now is noon of the day on which all tests take place.
var now = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

// lastDay is the last day of the synthetic person's export.
const lastDay = record.Date("2026-02-09")

// world is a gateway over a real store: a tenant "demo" with Ann, who has
// forty days of data, and a tenant "other" with Bob, who has the same days.
type world struct {
	store    *sqlite.Store
	handler  http.Handler
	ann, bob store.User
	data     string
	offers   []terra.Offer
	log      *bytes.Buffer
	fhir     fhir.Format
	adminKey string
	now      func() time.Time
	origins  []string
	keysAt   map[string][]byte // what is at addresses of keys
	source   string            // where people log; empty: nowhere
}

func (w *world) fetch(_ context.Context, url string) ([]byte, error) {
	if keys, ok := w.keysAt[url]; ok {
		return keys, nil
	}
	return nil, errors.New("connection")
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{data: t.TempDir(), offers: terra.Offers(fhir.Format{}), log: &bytes.Buffer{}, now: func() time.Time { return now }}
	st, err := sqlite.Open(t.Context(), filepath.Join(w.data, "nutrigate.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	w.store = st
	var log io.Writer = w.log
	if _, measured := t.(*testing.B); measured {
		log = io.Discard
	}
	w.handler = w.serve(t, log)
	w.ann, w.bob = w.person(t, "demo", "ann"), w.person(t, "other", "bob")
	return w
}

// serve puts a gateway before the world's store.
func (w *world) serve(t testing.TB, log io.Writer) http.Handler {
	t.Helper()
	g, err := gateway.New(config.Config{
		Data: w.data, AdminKey: w.adminKey, Origins: w.origins, Cronometer: config.Cronometer{NoticeSecret: noticeSecret},
	}, gateway.Parts{
		Store: w.store, Expand: file.Expand, Read: source.From(cronometer.Open), Offers: w.offers, FHIR: w.fhir, Version: "test",
		CheckURL: checkURL, Fetch: w.fetch, Sender: webhook.New(webhook.NewGuard(nil), nil, func() time.Time { return now }), Metrics: metrics.New(w.store.Backlogs, func() time.Time { return now }),
		Link: w.linker(), Log: slog.New(slog.NewTextHandler(log, nil)), Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return g.Handler()
}

// checkURL refuses what looks private, without asking anybody.
func checkURL(_ context.Context, url string) error {
	if !strings.HasPrefix(url, "https://hooks.") {
		return fault.BadParam("url", "url: it must be an https address that is public")
	}
	return nil
}

// newWorldLike is another gateway over the same store: it remembers nothing.
func newWorldLike(t testing.TB, w *world) *world {
	t.Helper()
	other := *w
	other.handler = other.serve(t, io.Discard)
	return &other
}

// newWorldWith is one that says things in FHIR in another way.
func newWorldWith(t testing.TB, w *world, f fhir.Format) *world {
	t.Helper()
	other := *w
	other.fhir = f
	other.handler = other.serve(t, io.Discard)
	return &other
}

// queryOf asks for a person's records of a kind and metric.
func queryOf(u store.User, kind record.Kind, metric string) store.Query {
	return store.Query{Tenant: u.Tenant, User: u.ID, Select: []store.Selector{{Kind: kind, Metric: metric}}}
}

// person makes a tenant with one user and a key, and imports the demo's files.
func (w *world) person(t testing.TB, tenant, reference string) store.User {
	t.Helper()
	ctx := t.Context()
	if err := w.store.PutTenant(ctx, tenant); err != nil {
		t.Fatal(err)
	}
	if err := w.store.AddKey(ctx, tenant, tenant, tenant+"-key"); err != nil {
		t.Fatal(err)
	}
	u, err := w.store.PutUser(ctx, store.User{Tenant: tenant, Reference: reference, Zone: "America/New_York", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	docs, err := demo.Documents(demo.Options{Seed: 7, Days: 40, End: lastDay, Variant: demo.Variant{Targets: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Run(ctx, w.store, source.From(cronometer.Open), u, docs, ingest.Options{AsOf: lastDay}); err != nil {
		t.Fatal(err)
	}
	return u
}

// a call is a request as the tests write it.
type call struct {
	method string // GET if empty
	url    string
	header map[string]string
	body   io.Reader
	bare   bool // without the tenant's key
}

func (w *world) do(t testing.TB, c call) *httptest.ResponseRecorder {
	t.Helper()
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequestWithContext(t.Context(), method, c.url, c.body)
	if !c.bare {
		r.Header.Set("dev-id", "demo")
		r.Header.Set("x-api-key", "demo-key")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder
}

func (w *world) get(t testing.TB, url string, accept ...string) *httptest.ResponseRecorder {
	t.Helper()
	c := call{url: url}
	if len(accept) > 0 {
		c.header = map[string]string{"Accept": accept[0]}
	}
	return w.do(t, c)
}

// url fills in what is only known once the world is there.
func (w *world) url(pattern string) string {
	return strings.NewReplacer("{ann}", w.ann.ID, "{bob}", w.bob.ID).Replace(pattern)
}

// decode reads a JSON answer.
func decode[T any](t testing.TB, r *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(r.Body.Bytes(), &v); err != nil {
		t.Fatalf("status %d: %v\n%.300s", r.Code, err, r.Body)
	}
	return v
}

// bundle is what tests read of one.
type bundle struct {
	ResourceType string
	Type         string
	Total        *int
	Link         []struct{ Relation, URL string }
	Entry        []struct {
		FullURL  string
		Resource struct {
			ResourceType      string
			ID                string
			EffectiveDateTime string
			EffectivePeriod   struct{ Start string }
			Status            string
			Code              code
			Category          []struct{ Coding []struct{ Code string } }
		}
		Search struct{ Mode string }
	}
}

// A code is a concept; of definitions it is a plain code, which is passed over.
type code struct {
	Coding []struct{ System, Code string }
}

func (c *code) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return nil
	}
	type concept code
	return json.Unmarshal(b, (*concept)(c))
}

func (b bundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// matches returns the entries without the outcome.
func (b bundle) ids() []string {
	var all []string
	for _, e := range b.Entry {
		if e.Resource.ResourceType != "OperationOutcome" {
			all = append(all, e.Resource.ID)
		}
	}
	return all
}
