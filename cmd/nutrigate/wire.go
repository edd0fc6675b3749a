package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway"
	"nutrigate/gateway/config"
	"nutrigate/gateway/convert"
	"nutrigate/gateway/link"
	"nutrigate/gateway/metrics"
	"nutrigate/gateway/push/webhook"
	"nutrigate/gateway/serve/terra"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/source"
	healthapp "nutrigate/gateway/source/applehealth"
	fetch "nutrigate/gateway/source/cronometer"
	"nutrigate/gateway/source/file"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/gateway/sync"
	"nutrigate/mapping/applehealth"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/fhir"
)

// A target is what convert can be asked for.
type target struct {
	name string
	to   func() convert.Target
}

// targets lists the formats of convert --to.
func targets() []target {
	return []target{
		{"terra", convert.Terra},
		{"fhir", convert.FHIR},
		{"fit", convert.FIT},
		{"record", convert.Records},
	}
}

// reader reads the files of every source.
func reader() source.Reader {
	return source.FirstOf(
		source.From(cronometer.Open),
		source.From(cronometer.OpenAnswer),
		source.From(applehealth.Open),
	)
}

// archives finds the documents of sources whose archives hold more than CSV files.
func archives() []file.Finder { return []file.Finder{healthapp.Find} }

// openStore opens the store in the operator's data folder, which is made if it
// is not there. The folder is for the operator's eyes alone.
func openStore(ctx context.Context, c config.Config) (*sqlite.Store, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	var options []sqlite.Option
	if c.KeyFile != "" {
		options = append(options, sqlite.KeyFile(c.KeyFile))
	}
	return sqlite.Open(ctx, filepath.Join(c.Data, "nutrigate.db"), time.Now, options...)
}

// cronometerOf returns the clients of both routes to Cronometer. Its address is the
// operator's choice, and may be a simulator beside us.
func cronometerOf(c config.Cronometer, now func() time.Time) (*fetch.Partner, *fetch.Web) {
	client := &http.Client{}
	return fetch.NewPartner(c.URL, c.ClientID, c.ClientSecret, client),
		fetch.NewWeb(c.URL, c.Permutation, c.Policy, client, now)
}

// newLinker returns what connects people.
func newLinker(c config.Cronometer, st *sqlite.Store, now func() time.Time) *link.Linker {
	partner, web := cronometerOf(c, now)
	return &link.Linker{Store: st, API: partner, Site: web, KeepPasswords: c.KeepPasswords}
}

// newSync returns what fetches.
func newSync(c config.Cronometer, st *sqlite.Store, now func() time.Time) (*sync.Engine, error) {
	partner, web := cronometerOf(c, now)
	return sync.New(sync.Deps{
		Store: st, Read: reader(), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Now: now, Random: rand.Float64, Holder: uuid.NewString(), Reread: c.Days,
		Routes: map[string]sync.Route{
			link.Partner: {Fetcher: partner, Slice: fetch.PartnerSlice, Since: partner.Since},
			link.Web:     {Fetcher: web, Slice: fetch.WebSlice, Exports: fetch.WebExports},
		},
	})
}

// newGateway puts the gateway together. engine may be nil.
func newGateway(c config.Config, st *sqlite.Store, engine *sync.Engine) (*gateway.Gateway, error) {
	var watch func(context.Context) error
	if c.Inbox != "" {
		watch = newInbox(c.Inbox, st).Run
	}
	return gateway.New(c, gateway.Parts{
		Watch:    watch,
		Store:    st,
		Expand:   file.Uploaded(archives()...).Expand,
		Read:     reader(),
		Offers:   terra.Offers(fhirFormat(c)),
		FHIR:     fhirFormat(c),
		CheckURL: guard(c).Check,
		Fetch:    webhook.NewFetcher(guard(c), nil, smart.MaxKeys).Fetch,
		Sender:   webhook.New(guard(c), nil, time.Now),
		Link:     newLinker(c.Cronometer, st, time.Now),
		Sync:     engine,
		Metrics:  metrics.New(st.Backlogs, time.Now),
		Version:  versionText(),
		Log:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Now:      time.Now,
	})
}

// fhirFormat says how records become FHIR, wherever they do.
func fhirFormat(c config.Config) fhir.Format {
	return fhir.Format{
		CoreNutrients:       c.FHIR.Nutrients == "core",
		NutritionAssessment: c.FHIR.Category == "nutrition-assessment",
		WithoutSNOMED:       !c.FHIR.SNOMED,
		Intake:              c.FHIR.Intake,
	}
}

// guard says which addresses webhooks may be sent to.
func guard(c config.Config) *webhook.Guard { return webhook.NewGuard(c.WebhookAllow) }
