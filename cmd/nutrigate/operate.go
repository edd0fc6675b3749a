package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/store/sqlite"
)

// withStore runs do with the store in NUTRIGATE_DATA; a gateway may run over
// the same store at the same time.
func withStore(c *cobra.Command, do func(ctx context.Context, st *sqlite.Store, settings config.Config) error) error {
	settings, err := config.FromEnviron(os.Environ())
	if err != nil {
		return err
	}
	st, err := openStore(c.Context(), settings)
	if err != nil {
		return err
	}
	defer st.Close()
	return do(c.Context(), st, settings)
}

// tenantsOf returns the tenant that was named, or all of them.
func tenantsOf(ctx context.Context, st *sqlite.Store, named string) ([]string, error) {
	all, err := st.Tenants(ctx)
	if err != nil || named == "" {
		return all, err
	}
	if !slices.Contains(all, named) {
		return nil, fault.New(fault.NotFound, "no such tenant: %s", named)
	}
	return []string{named}, nil
}

// inOne calls do with the tenant that was named, or with one after the other
// until it is one who has what do looks for.
func inOne(ctx context.Context, st *sqlite.Store, named string, do func(tenant string) error) error {
	tenants, err := tenantsOf(ctx, st, named)
	if err != nil {
		return err
	}
	err = fault.New(fault.NotFound, "there is no tenant yet")
	for _, tenant := range tenants {
		if err = do(tenant); fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	return err
}

// inAll calls do with the tenant that was named, or with each.
func inAll(ctx context.Context, st *sqlite.Store, named string, do func(tenant string) error) error {
	tenants, err := tenantsOf(ctx, st, named)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := do(tenant); err != nil {
			return err
		}
	}
	return nil
}

// printJSON prints v, indented.
func printJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printTable prints rows below a header; every cell is one line.
func printTable(c *cobra.Command, header string, rows [][]string) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, " ", "\t"))
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	return w.Flush()
}

// jsonFlag adds --json.
func jsonFlag(c *cobra.Command, into *bool) { c.Flags().BoolVar(into, "json", false, "print JSON") }

// tenantFlag adds --tenant.
func tenantFlag(c *cobra.Command, into *string, usage string) {
	c.Flags().StringVar(into, "tenant", "", usage)
}

// group is a command of commands.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(commands...)
	return c
}
