package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

const remapLong = `Remap reads every document in the store again, as it was read when it came, and
replaces what today's mapping reads otherwise. What stays the same keeps its
version.`

func remapCommand() *cobra.Command {
	var tenant, user string
	c := &cobra.Command{
		Use:   "remap [--tenant T [--user U]]",
		Short: "Read the stored documents again after a change of the mapping",
		Long:  remapLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runRemap(c, tenant, user) },
	}
	c.Flags().StringVar(&tenant, "tenant", "", "only this tenant's users")
	c.Flags().StringVar(&user, "user", "", "only the user whom the tenant calls so")
	return c
}

func runRemap(c *cobra.Command, tenant, user string) error {
	if user != "" && tenant == "" {
		return errors.New("--user needs --tenant")
	}
	settings, err := config.FromEnviron(os.Environ())
	if err != nil {
		return err
	}
	st, err := openStore(c.Context(), settings)
	if err != nil {
		return err
	}
	defer st.Close()
	users, err := chosenUsers(c.Context(), st, tenant, user)
	if err != nil {
		return err
	}
	bars := newProgress()
	defer bars.close()
	var total store.Tally
	for i, u := range users {
		report, err := ingest.Remap(c.Context(), st, reader(), u, nil)
		if err != nil {
			return err
		}
		total = total.Plus(report.Tally)
		bars.show("users", i+1, len(users))
	}
	bars.close()
	_, err = fmt.Fprintf(c.OutOrStdout(), "%d users: %s\n", len(users), tally(total))
	return err
}

// chosenUsers returns the user named, or all of the tenant, or all.
func chosenUsers(ctx context.Context, st *sqlite.Store, tenant, reference string) ([]store.User, error) {
	if reference != "" {
		u, err := st.UserByReference(ctx, tenant, reference)
		return []store.User{u}, err
	}
	tenants := []string{tenant}
	if tenant == "" {
		var err error
		if tenants, err = st.Tenants(ctx); err != nil {
			return nil, err
		}
	}
	var all []store.User
	for _, t := range tenants {
		users, _, err := st.Users(ctx, t, "", 0)
		if err != nil {
			return nil, err
		}
		all = append(all, users...)
	}
	if tenant != "" && len(all) == 0 {
		return nil, fmt.Errorf("--tenant: %q has no users", tenant)
	}
	return all, nil
}
