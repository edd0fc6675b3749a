package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/config"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/link"
	"nutrigate/gateway/simulate"
	"nutrigate/gateway/source"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/gateway/sync"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/record"
)

// The demo's tenant and person. The key is no secret: the person is made up.
const (
	demoTenant = "demo"
	demoDevID  = "demo"
	demoKey    = "demo-key"
	demoPerson = "demo-person"
	demoZone   = "Europe/Berlin"
	demoSeed   = 1
	demoDays   = 365
	// demoOverlap is how many days before the last export may have changed
	// since: that day itself, and fasts that were running.
	demoOverlap = 3
)

// A demonstration is the simulator in which the demo's person logs, and what
// fetches from it.
type demonstration struct {
	sim    *simulate.Simulator
	url    string
	config config.Cronometer // with which it is reached
	engine *sync.Engine
	linker *link.Linker
}

// demonstrate plays Cronometer on a port of this computer, until ctx ends.
func demonstrate(ctx context.Context, c config.Cronometer, st *sqlite.Store) (*demonstration, error) {
	sim, err := simulate.New(simulate.Options{Seed: demoSeed, History: demoDays, Zone: demoZone, Cap: -1, Now: time.Now})
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }() // which ends with an error when it is closed
	context.AfterFunc(ctx, func() { _ = server.Close() })
	d := &demonstration{sim: sim, url: "http://" + l.Addr().String()}
	c.URL, c.KeepPasswords, c.ClientID, c.ClientSecret = d.url, true, "simulator", "simulator-secret"
	d.config = c
	d.linker = newLinker(c, st, sim.Now)
	d.engine, err = newSync(c, st, sim.Now)
	return d, err
}

// seed makes the demo's tenant, key and person, and fetches the person's diary
// up to today. What is there already stays.
func (d *demonstration) seed(ctx context.Context, st *sqlite.Store) (store.User, error) {
	u, err := userNamed(ctx, st, demoTenant, demoPerson, demoZone)
	if err != nil {
		return store.User{}, err
	}
	if err := st.AddKey(ctx, demoTenant, demoDevID, demoKey); err != nil {
		return store.User{}, err
	}
	if err := seedFiles(ctx, st, u, d.sim.Today()); err != nil {
		return store.User{}, err
	}
	who := d.sim.Account(1)
	_, err = d.linker.Connect(ctx, u.Tenant, u.ID, link.Request{
		Route: link.Web, Username: who.Username, Password: who.Password, Every: "1m", Cap: -1, Since: string(who.Diary.First()),
	})
	if err != nil {
		return store.User{}, err
	}
	for {
		if n, err := d.engine.Step(ctx); err != nil || n == 0 {
			break
		}
	}
	c, err := d.linker.Show(ctx, u.Tenant, u.ID)
	if err == nil && c.Failing != nil {
		err = fmt.Errorf("fetch from the simulator: %s", c.Failing.Reason)
	}
	return u, err
}

// invite makes a link with which somebody can connect as one more person, for a day.
func (d *demonstration) invite(ctx context.Context, st *sqlite.Store) (path string, err error) {
	id := uuid.NewString()
	return "/connect/" + id, st.AddSession(ctx, store.Session{Tenant: demoTenant, ID: id, Reference: "you", Expires: time.Now().Add(24 * time.Hour)})
}

// seedFiles imports what the web has no exports of: fasts and targets.
func seedFiles(ctx context.Context, st *sqlite.Store, u store.User, today record.Date) error {
	days, err := demoMissing(ctx, st, u, today)
	if err != nil || days == 0 {
		return err
	}
	docs, err := demo.Documents(demo.Options{
		Seed: demoSeed, Days: days, End: today, Variant: demo.Variant{Targets: true},
	})
	if err != nil {
		return err
	}
	docs = slices.DeleteFunc(docs, func(d source.Document) bool { return d.Name != "fasts.csv" && d.Name != "targets.csv" })
	_, err = ingest.Run(ctx, st, reader(), u, docs, ingest.Options{AsOf: today})
	return err
}

// demoMissing returns for how many days up to today fasts are to be imported:
// none if they were today.
func demoMissing(ctx context.Context, st *sqlite.Store, u store.User, today record.Date) (int, error) {
	docs, err := st.Documents(ctx, u.Tenant, u.ID)
	if err != nil {
		return 0, err
	}
	var last record.Date
	for _, d := range docs {
		if d.Kind == cronometer.Fasts {
			last = max(last, d.AsOf)
		}
	}
	switch {
	case last == "":
		return demoDays, nil
	case last >= today:
		return 0, nil
	}
	return min(demoDays, daysBetween(last, today)+demoOverlap), nil
}

func daysBetween(from, to record.Date) int {
	a, errA := time.Parse(time.DateOnly, string(from))
	b, errB := time.Parse(time.DateOnly, string(to))
	if errA != nil || errB != nil {
		return demoDays
	}
	return int(b.Sub(a) / (24 * time.Hour))
}

// whatToTry returns commands that show the demo. The first four ask one URL or
// another for the same days in different formats. hooks says whether webhooks
// may go to this computer.
func whatToTry(url, simulator, invitation string, u store.User, today record.Date, hooks bool) string {
	var b strings.Builder
	week := fmt.Sprintf("user_id=%s&start_date=%s&end_date=%s&to_webhook=false", u.ID, today.AddDays(-7), today)
	b.WriteString("\ntry:\n")
	for _, try := range []struct{ more, path string }{
		{"", "/v2/subscriptions"},
		{"", "/v2/nutrition?" + week},
		{"-H 'Accept: application/fhir+json' ", "/v2/nutrition?" + week},
		{"-H 'Accept: application/vnd.ant.fit' -o activities.zip ", "/v2/activity?" + week},
		{"", fmt.Sprintf("/fhir/Observation?patient=%s&date=ge%s&_count=5", u.ID, today.AddDays(-7))},
	} {
		fmt.Fprintf(&b, "  curl -H 'dev-id: %s' -H 'x-api-key: %s' %s'%s%s'\n", demoDevID, demoKey, try.more, url, try.path)
	}
	fmt.Fprintf(&b, `
the diary comes from a simulator of Cronometer at %s/simulator, in which a food
is logged every minute. Log one now, see how fetching it goes, and ask again:
  curl -X POST %s/simulator/meals
  %s sync status
connect the simulated account as one more person, "you", in a browser:
  %s%s
`, simulator, simulator, os.Args[0], url, invitation)
	if hooks {
		b.WriteString(webhooksToTry(url, u, today))
	} else {
		b.WriteString("\nto receive webhooks on this computer, start it with NUTRIGATE_WEBHOOK_ALLOW=127.0.0.1\n")
	}
	b.WriteString(tokenToTry(url))
	fmt.Fprintf(&b, "\nor open %s/docs\n", url)
	return b.String()
}

// hookAddr is where listen listens if nothing else is said.
const hookAddr = "127.0.0.1:9000"

// webhooksToTry returns two commands: one makes an endpoint and listens there
// with its secret, the other asks for data, which goes to the endpoint.
func webhooksToTry(url string, u store.User, today record.Date) string {
	const ask = "curl -s -H 'dev-id: " + demoDevID + "' -H 'x-api-key: " + demoKey + "'"
	return fmt.Sprintf(`
or receive webhooks, in another terminal (the second makes one come):
  S=$(%s -d '{"url":"http://%s"}' %s/v2/endpoints | sed 's/.*"secret":"\([^"]*\)".*/\1/'); %s listen --secret "$S"
  %s '%s/v2/nutrition?user_id=%s&start_date=%s&to_webhook=true'
`, ask, hookAddr, url, os.Args[0], ask, url, u.ID, today.AddDays(-7))
}
