package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store/sqlite"
)

// deliveryOptions are the flags that choose deliveries.
type deliveryOptions struct {
	operate.Choice
	tenant string
	limit  int
	json   bool
}

func (o *deliveryOptions) flags(c *cobra.Command) {
	f := c.Flags()
	tenantFlag(c, &o.tenant, "only this tenant's")
	f.StringVar(&o.Endpoint, "endpoint", "", "only to this endpoint")
	f.StringVar(&o.User, "user", "", "only of the user with this id")
	f.StringVar(&o.State, "state", "", "waiting, delivered, held or dead")
	f.StringVar(&o.Since, "since", "", "made since: 2026-01-31, 2026-01-31T08:00:00Z, or 2h for two hours ago")
	f.StringVar(&o.Until, "until", "", "made before, likewise")
}

const deliveriesLong = `Deliveries lists what was sent to endpoints or waits to be, newest first: ids,
states and sizes. What was in a delivery is not shown.`

func deliveriesCommand() *cobra.Command {
	var o deliveryOptions
	c := &cobra.Command{
		Use:   "deliveries",
		Short: "List deliveries, show the attempts of one, send them again",
		Long:  deliveriesLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return listDeliveries(c, o) },
	}
	o.flags(c)
	c.Flags().IntVar(&o.limit, "limit", 50, "how many of each tenant at most")
	jsonFlag(c, &o.json)
	c.AddCommand(deliveriesShowCommand(), deliveriesReplayCommand())
	return c
}

func listDeliveries(c *cobra.Command, o deliveryOptions) error {
	return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
		tenants, err := tenantsOf(ctx, st, o.tenant)
		if err != nil {
			return err
		}
		found, more := []operate.Delivery{}, false
		for _, tenant := range tenants {
			page, err := operate.List(ctx, st, tenant, o.Choice, time.Now(), "", o.limit)
			if err != nil {
				return err
			}
			found, more = append(found, page.Deliveries...), more || page.Next != ""
			if k := page.Kept; k != nil && !o.json {
				c.PrintErrf("%s: %d held or dead, %d bytes; the oldest is deleted on %s\n", tenant, k.Deliveries, k.Bytes, k.Expires)
			}
		}
		if o.json {
			return printJSON(c, found)
		}
		if more {
			defer fmt.Fprintln(c.ErrOrStderr(), "there are more: --limit, --since and --until choose")
		}
		return printDeliveries(c, found)
	})
}

func printDeliveries(c *cobra.Command, found []operate.Delivery) error {
	var rows [][]string
	for _, d := range found {
		rows = append(rows, []string{
			d.ID, d.Tenant, d.Endpoint, d.Type, d.User, d.State, strconv.Itoa(d.Attempts), d.Class, d.Created.String(), d.Next.String(), strconv.Itoa(d.Size),
		})
	}
	return printTable(c, "ID TENANT ENDPOINT TYPE USER STATE ATTEMPTS FAILURE CREATED NEXT BYTES", rows)
}

func deliveriesShowCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "show ID", Short: "Show a delivery with its attempts", Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			var d operate.Delivery
			err := inOne(ctx, st, tenant, func(t string) (err error) {
				d, err = operate.Show(ctx, st, t, args[0])
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, d)
			}
			if err := printDeliveries(c, []operate.Delivery{d}); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "\ntrace id %s, reference %s\n\n", d.TraceID, d.Reference)
			var rows [][]string
			for _, a := range d.Log {
				rows = append(rows, []string{strconv.Itoa(a.N), a.At.String(), strconv.Itoa(a.Status), strconv.FormatInt(a.Millis, 10), a.Class})
			}
			return printTable(c, "ATTEMPT AT STATUS MILLISECONDS FAILURE", rows)
		})
	}
	tenantFlag(c, &tenant, "whose delivery it is (default whoever has it)")
	jsonFlag(c, &asJSON)
	return c
}

const replayLong = `Replay sends deliveries again, at once: the one with the ID, or those that the
flags choose among what is held or dead, or in the given state. They keep their
ids, so that a receiver knows what it has; with --new-id copies are sent, for a
receiver that has to do its work again. An endpoint that is paused or disabled
has to be enabled first.`

func deliveriesReplayCommand() *cobra.Command {
	var o deliveryOptions
	c := &cobra.Command{
		Use:   "replay [ID]",
		Short: "Send deliveries again",
		Long:  replayLong,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.ID = args[0]
			}
			return replayDeliveries(c, o)
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&o.NewID, "new-id", false, "send copies with ids of their own")
	return c
}

func replayDeliveries(c *cobra.Command, o deliveryOptions) error {
	if o.ID != "" && o.Choice != (operate.Choice{ID: o.ID, NewID: o.NewID}) {
		return errors.New("an ID or flags that choose, not both")
	}
	return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
		sent := 0
		replay := func(tenant string) error {
			n, err := operate.Replay(ctx, st, tenant, o.Choice, time.Now())
			sent += n
			return err
		}
		run := func() error { return inOne(ctx, st, o.tenant, replay) }
		if o.ID == "" && o.Endpoint == "" {
			run = func() error { return inAll(ctx, st, o.tenant, replay) }
		}
		if err := run(); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.OutOrStdout(), "%d deliveries are sent again\n", sent)
		return err
	})
}
