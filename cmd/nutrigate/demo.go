package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source/demo"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
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

// seedDemo makes the demo's tenant, key and person, and brings the person's
// diary up to today. What is there already stays.
func seedDemo(ctx context.Context, st *sqlite.Store, today record.Date) (store.User, error) {
	u, err := userNamed(ctx, st, demoTenant, demoPerson, demoZone)
	if err != nil {
		return store.User{}, err
	}
	if err := st.AddKey(ctx, demoTenant, demoDevID, demoKey); err != nil {
		return store.User{}, err
	}
	days, err := demoMissing(ctx, st, u, today)
	if err != nil || days == 0 {
		return u, err
	}
	docs, err := demo.Documents(demo.Options{
		Seed: demoSeed, Days: days, End: today, Variant: demo.Variant{Targets: true},
	})
	if err != nil {
		return store.User{}, err
	}
	bars := newProgress()
	defer bars.close()
	_, err = ingest.Run(ctx, st, reader(), u, docs, ingest.Options{AsOf: today, Progress: bars.files(docs)})
	return u, err
}

// demoMissing returns how many days up to today are to be exported: none if
// the last export was made today.
func demoMissing(ctx context.Context, st *sqlite.Store, u store.User, today record.Date) (int, error) {
	docs, err := st.Documents(ctx, u.Tenant, u.ID)
	if err != nil {
		return 0, err
	}
	var last record.Date
	for _, d := range docs {
		last = max(last, d.AsOf)
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
func whatToTry(url string, u store.User, today record.Date, hooks bool) string {
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
