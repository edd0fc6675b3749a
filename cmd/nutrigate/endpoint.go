package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

func endpointCommand() *cobra.Command {
	return group("endpoint", "Make, list and change the addresses to which webhooks are sent",
		endpointCreateCommand(), endpointListCommand(),
		endpointStateCommand("pause", "Send nothing until it is enabled", store.Paused),
		endpointEnableCommand(),
		endpointRotateCommand(), endpointDeleteCommand())
}

// endpointOptions are the flags of create.
type endpointOptions struct {
	tenant, url, description, payload, format, schedule string
	types                                               []string
	ordered                                             bool
	rate                                                float64
	concurrency                                         int
	timeout                                             time.Duration
	json                                                bool
}

func endpointCreateCommand() *cobra.Command {
	var o endpointOptions
	c := &cobra.Command{
		Use:   "create --tenant T --url U",
		Short: "Make an endpoint, and show its signing secret this once",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return createEndpoint(c, o) },
	}
	f := c.Flags()
	tenantFlag(c, &o.tenant, "whose endpoint it is (required)")
	f.StringVar(&o.url, "url", "", "address that takes the webhooks (required)")
	f.StringVar(&o.description, "description", "", "for whoever reads the list")
	f.StringSliceVar(&o.types, "types", nil, "only these types, such as nutrition,body,auth (default all)")
	f.StringVar(&o.payload, "payload", "full", "full, or thin: ids and days only")
	f.StringVar(&o.format, "format", "terra", "terra or fhir")
	f.BoolVar(&o.ordered, "ordered", false, "a user's deliveries one after the other, in their order")
	f.Float64Var(&o.rate, "rate", 0, "requests a second at most; 0 for no limit")
	f.IntVar(&o.concurrency, "concurrency", 0, "requests at one time at most (default 8)")
	f.DurationVar(&o.timeout, "timeout", 0, "how long to wait for an answer (default 15s)")
	f.StringVar(&o.schedule, "schedule", "standard", "standard, terra, or the waits between attempts: 30s,5m,1h")
	jsonFlag(c, &o.json)
	return c
}

// change is what the flags set.
func (o *endpointOptions) change() (operate.Change, error) {
	schedule, err := operate.ParseSchedule(o.schedule)
	if err != nil {
		return operate.Change{}, err
	}
	timeout := o.timeout.String()
	return operate.Change{
		URL: &o.url, Description: &o.description, Types: &o.types, Payload: &o.payload, Format: &o.format, Ordered: &o.ordered,
		Rate: &o.rate, Concurrency: &o.concurrency, Timeout: &timeout, Schedule: &schedule,
	}, nil
}

func createEndpoint(c *cobra.Command, o endpointOptions) error {
	if o.tenant == "" || o.url == "" {
		return errors.New("--tenant and --url are required")
	}
	change, err := o.change()
	if err != nil {
		return err
	}
	return withStore(c, func(ctx context.Context, st *sqlite.Store, settings config.Config) error {
		made, err := operate.Create(ctx, st, guard(settings).Check, o.tenant, change)
		if err != nil {
			return err
		}
		return tellSecret(c, made, o.json)
	})
}

// tellSecret prints an endpoint whose secret is new.
func tellSecret(c *cobra.Command, e operate.Endpoint, asJSON bool) error {
	if asJSON {
		return printJSON(c, e)
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "endpoint: %s\nsecret:   %s\n\nthe secret is stored sealed: nobody can show it again\n", e.ID, e.Secret)
	return err
}

func endpointListCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "list [--tenant T]", Short: "List endpoints", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			all, rows := []operate.Endpoint{}, [][]string(nil)
			err := inAll(ctx, st, tenant, func(t string) error {
				some, err := st.Endpoints(ctx, t)
				for _, e := range some {
					all, rows = append(all, operate.EndpointOf(e, "")), append(rows, endpointRow(e))
				}
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, all)
			}
			return printTable(c, "ID TENANT URL TYPES PAYLOAD FORMAT ORDERED STATE REASON", rows)
		})
	}
	tenantFlag(c, &tenant, "only this tenant's")
	jsonFlag(c, &asJSON)
	return c
}

func endpointRow(e store.Endpoint) []string {
	types, ordered := "all", "no"
	if len(e.Types) > 0 {
		types = strings.Join(e.Types, ",")
	}
	if e.Ordered {
		ordered = "yes"
	}
	return []string{e.ID, e.Tenant, e.URL, types, e.Payload, e.Format, ordered, e.State, e.Reason}
}

// endpointStateCommand is a command that sets the state.
func endpointStateCommand(verb, short, state string) *cobra.Command {
	return endpointVerb(verb, short, func(ctx context.Context, st *sqlite.Store, tenant, id string) error {
		// The address stays as it is, so nothing has to be checked.
		_, err := operate.Update(ctx, st, nil, tenant, id, operate.Change{State: &state})
		return err
	})
}

const enableLong = `Enable sends to an endpoint again. What was held while it was paused is sent too.
Of what was held while it was disabled --held says what becomes:
  none    it stays held, until it is replayed or too old (the default)
  newest  only the newest of each user, type and day is sent, and what is not
          data; the rest is given up
  all     all of it is sent, in its order`

func endpointEnableCommand() *cobra.Command {
	held, state := operate.HeldNone, store.Enabled
	c := endpointVerb("enable", "Send again, and say what becomes of what was held", func(ctx context.Context, st *sqlite.Store, tenant, id string) error {
		// The address stays as it is, so nothing has to be checked.
		_, err := operate.Update(ctx, st, nil, tenant, id, operate.Change{State: &state, Held: &held})
		return err
	})
	c.Long = enableLong
	c.Flags().StringVar(&held, "held", held, "all, newest or none")
	return c
}

func endpointDeleteCommand() *cobra.Command {
	return endpointVerb("delete", "Delete an endpoint, with what waits for it", func(ctx context.Context, st *sqlite.Store, tenant, id string) error {
		return st.DeleteEndpoint(ctx, tenant, id)
	})
}

// endpointVerb is a command that does one thing to one endpoint.
func endpointVerb(verb, short string, do func(ctx context.Context, st *sqlite.Store, tenant, id string) error) *cobra.Command {
	var tenant string
	c := &cobra.Command{Use: verb + " ID", Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			if err := inOne(ctx, st, tenant, func(t string) error { return do(ctx, st, t, args[0]) }); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "endpoint %s: %sd\n", args[0], verb)
			return err
		})
	}
	tenantFlag(c, &tenant, "whose endpoint it is (default whoever has it)")
	return c
}

func endpointRotateCommand() *cobra.Command {
	var tenant, keep string
	var asJSON bool
	c := &cobra.Command{Use: "rotate ID", Short: "Give an endpoint a new signing secret, and show it this once", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			var e operate.Endpoint
			err := inOne(ctx, st, tenant, func(t string) (err error) {
				e, err = operate.Rotate(ctx, st, t, args[0], keep)
				return err
			})
			if err != nil {
				return err
			}
			return tellSecret(c, e, asJSON)
		})
	}
	tenantFlag(c, &tenant, "whose endpoint it is (default whoever has it)")
	c.Flags().StringVar(&keep, "keep", "24h", "how long the old secret signs beside the new one")
	jsonFlag(c, &asJSON)
	return c
}
