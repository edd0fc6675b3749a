package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/simulate"
)

// simulateOptions are the flags of simulate.
type simulateOptions struct {
	simulate.Options
	addr, faults, energy string
	timestamps           bool
	meals                time.Duration
}

const simulateLong = `Simulate plays Cronometer for synthetic people until it is interrupted: the
official API with its OAuth, the web page with its exports, and notices.

  curl 127.0.0.1:8090/simulator                            who there is, and how they log in
  curl -X POST '127.0.0.1:8090/simulator/meals?person=1'   logs a food today
  curl -X POST '127.0.0.1:8090/simulator/advance?by=24h'   moves the clock on
  curl -X POST '127.0.0.1:8090/simulator/faults?set=error=0.2,cut=0.1'
  curl -X POST '127.0.0.1:8090/simulator/sessions/drop?person=1'
  curl -X POST '127.0.0.1:8090/simulator/deauthorize?person=1'

Faults are slow, error, cut, hash, column, html, huge and session, each from 0
(never) to 1 (always), and delay, which is how long a slow answer takes.`

func simulateCommand() *cobra.Command {
	o := simulateOptions{Options: simulate.Options{Now: time.Now, Client: &http.Client{}}}
	c := &cobra.Command{
		Use:   "simulate [--addr A] [--people N]",
		Short: "Play Cronometer over HTTP for synthetic people",
		Long:  simulateLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runSimulate(c, o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:8090", "where to listen")
	f.IntVar(&o.People, "people", 1, "how many accounts")
	f.Uint64Var(&o.Seed, "seed", 1, "which people")
	f.IntVar(&o.History, "days", 365, "how many days before today they began")
	f.StringVar(&o.Zone, "zone", demoZone, "IANA zone of the diaries")
	f.IntVar(&o.Cap, "cap", 10, "exports of an account in 24 hours, before it is locked out; -1 for any number")
	f.BoolVar(&o.OneTimeCodes, "totp", false, "logins need a one-time code")
	f.BoolVar(&o.timestamps, "timestamps", true, "files have Time columns")
	f.BoolVar(&o.Variant.Short, "short", false, "servings without nutrients")
	f.IntVar(&o.Variant.Nutrients, "nutrients", 61, "number of nutrient columns: 52, 61 or 95")
	f.StringVar(&o.energy, "energy", "kcal", "unit of energy in food: kcal or kJ")
	f.StringVar(&o.ClientID, "client-id", "simulator", "the partner's client id")
	f.StringVar(&o.ClientSecret, "client-secret", "simulator-secret", "the partner's client secret")
	f.StringVar(&o.NoticeURL, "notice-url", "", "address that gets a notice of each change")
	f.StringVar(&o.NoticeSecret, "notice-secret", "", "with which notices are signed")
	f.StringVar(&o.faults, "faults", "", "what goes wrong how often, such as error=0.2,slow=0.1")
	f.DurationVar(&o.meals, "meals", 0, "let everybody log a food so often, such as 1m")
	return c
}

func runSimulate(c *cobra.Command, o simulateOptions) error {
	o.Variant.NoTimestamps, o.Variant.Kilojoules = !o.timestamps, o.energy == "kJ"
	switch {
	case o.energy != "kcal" && o.energy != "kJ":
		return fmt.Errorf("--energy is %q, want kcal or kJ", o.energy)
	case o.People < 1 || o.History < 1:
		return errors.New("--people and --days: at least 1")
	}
	var err error
	if o.Faults, err = simulate.ParseFaults(o.faults); err != nil {
		return fmt.Errorf("--faults: %w", err)
	}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := simulate.New(o.Options)
	if err != nil {
		return err
	}
	if o.meals > 0 {
		go eat(c.Context(), s, o.People, o.meals)
	}
	return receive(c.Context(), o.addr, s, func(at net.Addr) {
		fmt.Fprintf(c.OutOrStdout(), "listening on http://%s\nsee http://%s/simulator\n", at, at)
	})
}

// eat lets everybody log a food every so often.
func eat(ctx context.Context, s *simulate.Simulator, people int, every time.Duration) {
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			for n := range people {
				s.AddMeal(ctx, n+1)
			}
		}
	}
}
