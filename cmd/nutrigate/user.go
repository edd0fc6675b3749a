package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/store/sqlite"
)

func userCommand() *cobra.Command {
	return group("user", "Let a person give an app access", userCodeCommand())
}

const userCodeLong = `Code prints a code that a person types when an app asks for access, once and
within 15 minutes. Who types it is the person named by --user, or the clinician
named by --practitioner, who may choose whose diary the app reads.`

func userCodeCommand() *cobra.Command {
	var tenant, user string
	var n operate.NewLaunch
	c := &cobra.Command{
		Use:   "code --tenant T --user U",
		Short: "Make a code that a person types when an app asks for access",
		Long:  userCodeLong,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if tenant == "" {
				return errors.New("--tenant is required")
			}
			return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
				if _, err := st.User(ctx, tenant, user); user != "" && fault.KindOf(err) == fault.NotFound {
					n.Reference = user
				} else {
					n.User = user
				}
				l, err := operate.AccessCode(ctx, st, tenant, n, time.Now())
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(c.OutOrStdout(), l.Secret)
				return err
			})
		},
	}
	tenantFlag(c, &tenant, "whose person it is (required)")
	c.Flags().StringVar(&user, "user", "", "the person, by id or reference")
	c.Flags().StringVar(&n.Practitioner, "practitioner", "", "name of the clinician who uses the app, if that is not the person")
	c.Flags().StringVar(&n.Client, "client", "", "the only app that may use it (default any of the tenant's)")
	return c
}
