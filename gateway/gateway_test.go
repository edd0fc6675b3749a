package gateway_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nutrigate/gateway"
	"nutrigate/gateway/config"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/serve"
	"nutrigate/gateway/serve/terra"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/file"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
)

func TestMain(m *testing.M) {
	serve.Quiet()
	os.Exit(m.Run())
}

// open returns the parts of a gateway over an empty store with one tenant.
func open(t *testing.T, data string) gateway.Parts {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(data, "nutrigate.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if err := st.PutTenant(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	if err := st.AddKey(t.Context(), "demo", "demo", "demo-key"); err != nil {
		t.Fatal(err)
	}
	return gateway.Parts{
		Store: st, Expand: file.Expand, Read: source.From(cronometer.Open), Offers: terra.Offers(fhir.Format{}), FHIR: fhir.Format{},
		CheckURL: func(context.Context, string) error { return nil }, Fetch: webhook.NewFetcher(webhook.NewGuard(nil), nil, 1).Fetch, Sender: webhook.New(webhook.NewGuard(nil), nil, time.Now), Metrics: metrics.New(st.Backlogs, time.Now),
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
}

// started is a gateway that runs; stop ends it and returns what Run did.
func started(t *testing.T, data string, p gateway.Parts) (url string, stop func() error) {
	t.Helper()
	g, err := gateway.New(config.Config{Addr: "127.0.0.1:0", Data: data}, p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	at, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- g.Run(ctx, func(a net.Addr) { at <- a }) }()
	select {
	case a := <-at:
		url = "http://" + a.String()
	case err := <-ended:
		t.Fatal(err)
	}
	return url, func() error { cancel(); return <-ended }
}

func TestRun(t *testing.T) {
	data := t.TempDir()
	p := open(t, data)
	defer leavesNothing(t, goleak.IgnoreCurrent(), cacheCleaner())
	defer http.DefaultClient.CloseIdleConnections()
	reached, release := make(chan struct{}), make(chan struct{})
	p.Expand = func(name, path, dir string) ([]source.Document, func() error, error) {
		close(reached)
		<-release
		return file.Expand(name, path, dir)
	}
	url, stop := started(t, data, p)
	answered := make(chan int, 1)
	go func() { answered <- post(t, url) }()
	<-reached
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	select {
	case err := <-stopped:
		t.Errorf("it stopped while a request was under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if code := <-answered; code != http.StatusOK {
		t.Errorf("the request under way got %d", code)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// leavesNothing gives goroutines that end the time to do so, however busy the
// machine is.
func leavesNothing(t *testing.T, o ...goleak.Option) {
	t.Helper()
	var err error
	for range 100 { // some 0.4 s each
		if err = goleak.Find(o...); err == nil {
			return
		}
	}
	t.Error(err)
}

// cacheCleaner is the goroutine of the cache of keys. It ends once the cache
// is collected.
func cacheCleaner() goleak.Option {
	return goleak.IgnoreTopFunction("github.com/maypok86/otter/v2.periodicCleanUp[...]")
}

// post imports one measurement.
func post(t *testing.T, url string) int {
	body := strings.NewReader("Day,Time,Group,Metric,Unit,Amount\n2026-01-10,,Uncategorized,\"Weight\",kg,69.0\n")
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, url+"/v2/import?reference_id=ann&name=b.csv", body)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("dev-id", "demo")
	r.Header.Set("x-api-key", "demo-key")
	r.Header.Set("Content-Type", "text/csv")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func TestNewEmptiesTheFolderForUploads(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"upload-123", file.Unpacked + "123/0.csv"} {
		left := filepath.Join(data, "tmp", name)
		if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := gateway.New(config.Config{Data: data}, open(t, data)); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(data, "tmp")); err != nil || len(left) > 0 {
		t.Errorf("there is still %v (%v)", left, err)
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	data := t.TempDir()
	for name, take := range map[string]func(*gateway.Parts){
		"Store":  func(p *gateway.Parts) { p.Store = nil },
		"Expand": func(p *gateway.Parts) { p.Expand = nil },
		"Offers": func(p *gateway.Parts) { p.Offers = nil },
		"Log":    func(p *gateway.Parts) { p.Log = nil },
	} {
		p := open(t, t.TempDir())
		take(&p)
		if _, err := gateway.New(config.Config{Data: data}, p); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestRunTellsThatItCannotListen(t *testing.T) {
	data := t.TempDir()
	g, err := gateway.New(config.Config{Addr: "127.0.0.1:99999", Data: data}, open(t, data))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(t.Context(), func(net.Addr) { t.Error("it says that it listens") }); err == nil {
		t.Error("no error")
	}
}

var _ gateway.Store = (*sqlite.Store)(nil)
