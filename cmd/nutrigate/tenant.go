package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store/sqlite"
)

func tenantCommand() *cobra.Command {
	return group("tenant", "Make, list and set tenants", tenantCreateCommand(), tenantListCommand(), tenantSetCommand())
}

func tenantCreateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "create NAME",
		Short: "Make a tenant, if it is not there",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
				if err := st.PutTenant(ctx, args[0]); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "tenant %s\n", args[0])
				return err
			})
		},
	}
}

func tenantListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: "List the tenants", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			names, err := st.Tenants(ctx)
			if err != nil {
				return err
			}
			tenants, rows := []operate.Tenant{}, [][]string(nil)
			for _, name := range names {
				tenants, rows = append(tenants, operate.Tenant{Tenant: name}), append(rows, []string{name})
			}
			if asJSON {
				return printJSON(c, tenants)
			}
			return printTable(c, "TENANT", rows)
		})
	}
	jsonFlag(c, &asJSON)
	return c
}

const tenantSetLong = `Set changes what is named of a tenant, and prints its settings; without anything
named it only prints them. With --answer-directly a request that does not say
to_webhook is answered with the data although the tenant has an endpoint.`

func tenantSetCommand() *cobra.Command {
	var direct bool
	c := &cobra.Command{Use: "set NAME", Short: "Change the settings of a tenant", Long: tenantSetLong, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			if c.Flags().Changed("answer-directly") {
				if err := st.SetDirect(ctx, args[0], direct); err != nil {
					return err
				}
			}
			w, err := st.Webhooks(ctx, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "tenant %s: answer-directly %t\n", args[0], w.Direct)
			return err
		})
	}
	c.Flags().BoolVar(&direct, "answer-directly", false, "answer with the data although there is an endpoint")
	return c
}
