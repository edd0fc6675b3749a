package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/store/sqlite"
)

const serveLong = `Serve runs the gateway until it is interrupted.

Settings are in the environment:
  NUTRIGATE_ADDR      where it listens (default 127.0.0.1:8080)
  NUTRIGATE_DATA      folder for the store and for uploads (default ./data)
  NUTRIGATE_BASE_URL  address by which clients reach it (default as they ask)
  NUTRIGATE_ADMIN_KEY opens the operator's API and guards the metrics (default
                      no such API)
  NUTRIGATE_KEY_FILE  file of the key that seals secrets (default beside the store)
  NUTRIGATE_EXPORT_KEEP
                      how long files of a bulk export can be fetched (default 24h)
  NUTRIGATE_HEALTHCHECK
                      how often endpoints get a healthcheck (default 1h; 0: never)
  NUTRIGATE_CRONOMETER_…
                      how diaries are fetched from there; see the README
  NUTRIGATE_WEBHOOK_ALLOW
                      subnets to which webhooks may go although they are not
                      public, such as 127.0.0.0/8 (default none)
  NUTRIGATE_ORIGINS   sites whose scripts may read what is below /fhir (default
                      *, every one)
  NUTRIGATE_AUDIT_KEEP
                      how long it is kept who has read what (default 8760h)
  NUTRIGATE_FHIR_NUTRIENTS
                      which nutrients become FHIR: all, or core for those of a
                      food label and three more (default all)
  NUTRIGATE_FHIR_CATEGORY
                      survey, or nutrition-assessment for that code beside it
                      (default survey)
  NUTRIGATE_FHIR_SNOMED
                      whether codes of SNOMED CT go out: on or off (default on)
  NUTRIGATE_FHIR_INTAKE
                      whether servings are to be had as R5's NutritionIntake
                      too: true or false (default false)

With --demo it has a tenant with the dev-id "demo" and the key "demo-key", and a
synthetic person, "demo-person", whose year up to today is fetched from a
simulator of Cronometer in the same process.`

func serveCommand() *cobra.Command {
	var demo bool
	c := &cobra.Command{
		Use:   "serve [--demo]",
		Short: "Run the gateway",
		Long:  serveLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runServe(c, demo) },
	}
	c.Flags().BoolVar(&demo, "demo", false, "with a synthetic person's year of data")
	return c
}

func runServe(c *cobra.Command, withDemo bool) error {
	settings, err := config.FromEnviron(os.Environ())
	if err != nil {
		return err
	}
	st, err := openStore(c.Context(), settings)
	if err != nil {
		return err
	}
	defer st.Close()
	var demo *demonstration
	engine, err := newSync(settings.Cronometer, st, time.Now)
	if withDemo && err == nil {
		if demo, err = demonstrate(c.Context(), settings.Cronometer, st); err == nil {
			engine, settings.Cronometer = demo.engine, demo.config
		}
	}
	if err != nil {
		return err
	}
	g, err := newGateway(settings, st, engine)
	if err != nil {
		return err
	}
	greet, err := greeting(c.Context(), st, settings, demo)
	if err != nil {
		return err
	}
	return g.Run(c.Context(), func(at net.Addr) {
		if withDemo && !isLoopback(at) {
			c.PrintErrf("warning: %s is open to other computers, and the demo's key is known to everyone\n", at)
		}
		greet(c.OutOrStdout(), "http://"+at.String())
	})
}

// isLoopback reports whether only this computer reaches the address.
func isLoopback(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// greeting returns what to print when the gateway listens; for the demo it
// fetches the diary first.
func greeting(ctx context.Context, st *sqlite.Store, settings config.Config, demo *demonstration) (func(w io.Writer, url string), error) {
	plain := func(w io.Writer, url string) { fmt.Fprintf(w, "listening on %s\n", url) }
	if demo == nil {
		return plain, nil
	}
	person, err := demo.seed(ctx, st)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	invitation, err := demo.invite(ctx, st)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	go eat(ctx, demo.sim, 1, time.Minute)
	hooks := guard(settings).Check(ctx, "http://"+hookAddr) == nil
	return func(w io.Writer, url string) {
		plain(w, url)
		fmt.Fprint(w, whatToTry(url, demo.url, invitation, person, demo.sim.Today(), hooks))
	}, nil
}
