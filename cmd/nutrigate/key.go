package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store/sqlite"
)

func keyCommand() *cobra.Command {
	return group("key", "Make, list and revoke the keys of tenants", keyCreateCommand(), keyListCommand(), keyRevokeCommand())
}

func keyCreateCommand() *cobra.Command {
	var tenant, devID string
	var asJSON bool
	c := &cobra.Command{
		Use:   "create --tenant T [--dev-id D]",
		Short: "Make a key, and show it this once",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if tenant == "" {
				return errors.New("--tenant is required")
			}
			return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
				made, key, err := st.CreateKey(ctx, tenant, cmp.Or(devID, tenant))
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c, operate.KeyOf(made, key))
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "dev-id:    %s\nx-api-key: %s\n\nkey %s is stored hashed: nobody can show it again\n", made.DevID, key, made.ID)
				return err
			})
		},
	}
	tenantFlag(c, &tenant, "whose key it is (required)")
	c.Flags().StringVar(&devID, "dev-id", "", "the dev-id that goes with it (default the tenant's name)")
	jsonFlag(c, &asJSON)
	return c
}

func keyListCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "list [--tenant T]", Short: "List keys by how they begin", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			keys, err := keysOf(ctx, st, tenant)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, keys)
			}
			var rows [][]string
			for _, k := range keys {
				begins := k.Prefix
				if begins != "" {
					begins += "…"
				}
				rows = append(rows, []string{k.ID, k.Tenant, k.DevID, begins, k.Created.String()})
			}
			return printTable(c, "ID TENANT DEV-ID BEGINS CREATED", rows)
		})
	}
	tenantFlag(c, &tenant, "only this tenant's")
	jsonFlag(c, &asJSON)
	return c
}

func keysOf(ctx context.Context, st *sqlite.Store, tenant string) ([]operate.Key, error) {
	tenants, err := tenantsOf(ctx, st, tenant)
	if err != nil {
		return nil, err
	}
	keys := []operate.Key{}
	for _, t := range tenants {
		some, err := st.Keys(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, k := range some {
			keys = append(keys, operate.KeyOf(k, ""))
		}
	}
	return keys, nil
}

func keyRevokeCommand() *cobra.Command {
	var tenant string
	c := &cobra.Command{
		Use:   "revoke ID [--tenant T]",
		Short: "Take a key back; a running gateway knows within seconds",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
				if err := inOne(ctx, st, tenant, func(t string) error { return st.RevokeKey(ctx, t, args[0]) }); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "key %s is revoked\n", args[0])
				return err
			})
		},
	}
	tenantFlag(c, &tenant, "whose key it is (default whoever has it)")
	return c
}
