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
		endpointEnableCommand(), endpointSetCommand(), endpointTestCommand(),
		endpointRotateCommand(), endpointDeleteCommand())
}

// endpointOptions are the flags of create and set.
type endpointOptions struct {
	tenant, url, description, payload, format, schedule, state, held string
	types, headers                                                   []string
	ordered, ed25519                                                 bool
	rate                                                             float64
	concurrency                                                      int
	timeout                                                          time.Duration
	json                                                             bool
}

// flags adds those that create and set have in common.
func (o *endpointOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.url, "url", "", "address that takes the webhooks")
	f.StringVar(&o.description, "description", "", "for whoever reads the list")
	f.StringSliceVar(&o.types, "types", nil, "only these types, such as nutrition,body,auth (default all of Terra's)")
	f.StringVar(&o.payload, "payload", "full", "full, or thin: ids and days only")
	f.StringVar(&o.format, "format", "terra", "terra or fhir")
	f.BoolVar(&o.ordered, "ordered", false, "a user's deliveries one after the other, in their order")
	f.Float64Var(&o.rate, "rate", 0, "requests a second at most; 0 for no limit")
	f.IntVar(&o.concurrency, "concurrency", 8, "requests at one time at most")
	f.DurationVar(&o.timeout, "timeout", 15*time.Second, "how long to wait for an answer")
	f.StringVar(&o.schedule, "schedule", "standard", "standard, terra, or the waits between attempts: 30s,5m,1h")
	f.BoolVar(&o.ed25519, "ed25519", false, "sign with a key pair too; the public key is shown")
	f.StringArrayVar(&o.headers, "header", nil, `field sent with each delivery, "Name: value"; repeatable, never shown again`)
	jsonFlag(c, &o.json)
}

func endpointCreateCommand() *cobra.Command {
	var o endpointOptions
	c := &cobra.Command{
		Use:   "create --tenant T --url U",
		Short: "Make an endpoint, and show its signing secret this once",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return createEndpoint(c, o) },
	}
	tenantFlag(c, &o.tenant, "whose endpoint it is (required)")
	o.flags(c)
	return c
}

// change is what the flags set that were given.
func (o *endpointOptions) change(c *cobra.Command) (change operate.Change, err error) {
	timeout := o.timeout.String()
	for name, give := range map[string]func(){
		"url": func() { change.URL = &o.url }, "description": func() { change.Description = &o.description },
		"types": func() { change.Types = &o.types }, "payload": func() { change.Payload = &o.payload },
		"format": func() { change.Format = &o.format }, "ordered": func() { change.Ordered = &o.ordered },
		"rate": func() { change.Rate = &o.rate }, "concurrency": func() { change.Concurrency = &o.concurrency },
		"timeout": func() { change.Timeout = &timeout }, "ed25519": func() { change.Ed25519 = &o.ed25519 },
		"state": func() { change.State = &o.state }, "held": func() { change.Held = &o.held },
	} {
		if c.Flags().Changed(name) {
			give()
		}
	}
	if c.Flags().Changed("schedule") {
		schedule, err := operate.ParseSchedule(o.schedule)
		if err != nil {
			return change, err
		}
		change.Schedule = &schedule
	}
	if c.Flags().Changed("header") {
		fields, err := headerFields(o.headers)
		if err != nil {
			return change, err
		}
		change.Headers = &fields
	}
	return change, nil
}

// headerFields reads "Name: value"; an empty text alone is no field at all.
func headerFields(texts []string) (map[string]string, error) {
	fields := map[string]string{}
	for _, text := range texts {
		if text == "" && len(texts) == 1 {
			break
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok { // which may be a secret
			return nil, errors.New(`--header: write "Name: value"`)
		}
		fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return fields, nil
}

const endpointSetLong = `Set changes what is named of an endpoint; the rest stays. --types "" is all of
Terra's types, --header "" no fields of its own.`

func endpointSetCommand() *cobra.Command {
	var o endpointOptions
	c := &cobra.Command{Use: "set ID", Short: "Change the settings of an endpoint", Long: endpointSetLong, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error { return setEndpoint(c, o, args[0]) }
	tenantFlag(c, &o.tenant, "whose endpoint it is (default whoever has it)")
	o.flags(c)
	c.Flags().StringVar(&o.state, "state", "", "enabled, paused or disabled")
	c.Flags().StringVar(&o.held, "held", operate.HeldNone, "what becomes of what was held: all, newest or none; see enable")
	return c
}

func setEndpoint(c *cobra.Command, o endpointOptions, id string) error {
	change, err := o.change(c)
	if err != nil {
		return err
	}
	if change == (operate.Change{}) {
		return errors.New("nothing to set: name a setting")
	}
	return withStore(c, func(ctx context.Context, st *sqlite.Store, settings config.Config) error {
		var e operate.Endpoint
		err := inOne(ctx, st, o.tenant, func(t string) (err error) {
			e, err = operate.Update(ctx, st, guard(settings).Check, t, id, change)
			return err
		})
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(c, e)
		}
		fmt.Fprintf(c.OutOrStdout(), "endpoint %s: set\n", e.ID)
		return tellKey(c, e)
	})
}

// tellKey prints the public key of an endpoint that has one.
func tellKey(c *cobra.Command, e operate.Endpoint) error {
	if e.PublicKey == "" {
		return nil
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "public key: %s\n", e.PublicKey)
	return err
}

func endpointTestCommand() *cobra.Command {
	var tenant string
	c := &cobra.Command{Use: "test ID", Short: "Let a running gateway send an event that says nothing", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			var reference string
			err := inOne(ctx, st, tenant, func(t string) (err error) {
				reference, err = operate.Try(ctx, st, t, args[0], time.Now())
				return err
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is on its way; deliveries --endpoint %s shows what came of it\n", reference, args[0])
			return err
		})
	}
	tenantFlag(c, &tenant, "whose endpoint it is (default whoever has it)")
	return c
}

func createEndpoint(c *cobra.Command, o endpointOptions) error {
	if o.tenant == "" || o.url == "" {
		return errors.New("--tenant and --url are required")
	}
	change, err := o.change(c)
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
	fmt.Fprintf(c.OutOrStdout(), "endpoint: %s\nsecret:   %s\n\nthe secret is stored sealed: nobody can show it again\n", e.ID, e.Secret)
	return tellKey(c, e)
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
	if e.Subscription != nil {
		types = "subscription"
	}
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
