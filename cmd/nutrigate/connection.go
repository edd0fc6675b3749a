package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/fault"
	"nutrigate/gateway/link"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
)

func connectionCommand() *cobra.Command {
	return group("connection", "Connect users to Cronometer, list and end connections",
		connectionCreateCommand(), connectionListCommand(), connectionSetCommand(), connectionDeleteCommand())
}

const connectionCreateLong = `Create connects a user to Cronometer; who is connected already goes on where
that was.

  --route partner   the API for partners and coaches, with an access token
  --route web       the export of the user's own account, read only. It is what
                    the user could do by hand on cronometer.com, and may be
                    against its terms: connect your own account only. The session
                    lasts 14 days; NUTRIGATE_CRONOMETER_KEEP_PASSWORDS=yes keeps
                    the password, sealed, to begin another.

The password or the token is read from a file, or from standard input for "-".`

// connectionOptions are the flags of create.
type connectionOptions struct {
	tenant, user, secretFile string
	link.Request
}

func connectionCreateCommand() *cobra.Command {
	var o connectionOptions
	c := &cobra.Command{
		Use:   "create --tenant T --user U --route R",
		Short: "Connect a user", Long: connectionCreateLong, Args: cobra.NoArgs,
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return createConnection(c, o) }
	tenantFlag(c, &o.tenant, "whose user it is (required)")
	f := c.Flags()
	f.StringVar(&o.user, "user", "", "id or reference of the user (required)")
	f.StringVar(&o.Route, "route", link.Partner, "partner or web")
	f.StringVar(&o.secretFile, "secret-file", "-", "file with the access token or the password")
	f.StringVar(&o.Username, "username", "", "name at Cronometer, for the web")
	f.StringVar(&o.Code, "code", "", "one-time code, for the web, where the account has them")
	f.Int64Var(&o.ClientID, "client-id", 0, "which of a coach's clients, for the partner API")
	f.StringVar(&o.Account, "account", "", "the user's id at Cronometer, by which notices name them, for the partner API")
	f.StringVar(&o.Every, "every", "", "time between two fetches (default 15m, web 12h)")
	f.IntVar(&o.Cap, "exports", link.WebCap, "exports of the web in 24 hours; -1 for any number")
	f.StringVar(&o.Since, "since", "", "first day that is wanted, YYYY-MM-DD (default all, web one year)")
	return c
}

func createConnection(c *cobra.Command, o connectionOptions) error {
	if o.tenant == "" || o.user == "" {
		return errors.New("--tenant and --user are required")
	}
	secret, err := readSecret(c, o.secretFile)
	if err != nil {
		return err
	}
	if o.Route == link.Web {
		o.Password = secret
	} else {
		o.AccessToken = secret
	}
	return withLinker(c, func(ctx context.Context, st *sqlite.Store, l *link.Linker) error {
		u, err := userOf(ctx, st, o.tenant, o.user)
		if err != nil {
			return err
		}
		if _, err := l.Connect(ctx, u.Tenant, u.ID, o.Request); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.OutOrStdout(), "user %s is connected; a running gateway fetches now, and sync status tells how it goes\n", u.ID)
		return err
	})
}

// readSecret reads a secret from a file: on the command line others could see it.
func readSecret(c *cobra.Command, file string) (string, error) {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(io.LimitReader(c.InOrStdin(), 1<<16))
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// withLinker runs do with the store and what connects people.
func withLinker(c *cobra.Command, do func(ctx context.Context, st *sqlite.Store, l *link.Linker) error) error {
	return withStore(c, func(ctx context.Context, st *sqlite.Store, settings config.Config) error {
		return do(ctx, st, newLinker(settings.Cronometer, st, time.Now))
	})
}

// userOf finds a tenant's user by id or by reference.
func userOf(ctx context.Context, st *sqlite.Store, tenant, named string) (store.User, error) {
	u, err := st.User(ctx, tenant, named)
	if err == nil {
		err = u.Here()
	}
	if fault.KindOf(err) == fault.NotFound {
		return st.UserByReference(ctx, tenant, named)
	}
	return u, err
}

func connectionListCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "list [--tenant T]", Short: "List connections", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error { return listConnections(c, tenant, asJSON, connectionRow) }
	tenantFlag(c, &tenant, "only this tenant's")
	jsonFlag(c, &asJSON)
	return c
}

// listConnections prints all connections, each as one row.
func listConnections(c *cobra.Command, tenant string, asJSON bool, row func(tenant string, one link.Connection) []string) error {
	return withLinker(c, func(ctx context.Context, st *sqlite.Store, l *link.Linker) error {
		all, rows := []link.Connection{}, [][]string(nil)
		err := inAll(ctx, st, tenant, func(t string) error {
			some, _, err := l.List(ctx, t, "", 0)
			for _, one := range some {
				all, rows = append(all, one), append(rows, row(t, one))
			}
			return err
		})
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c, all)
		}
		return printTable(c, "USER TENANT ROUTE STATE EVERY SYNCED NEXT DAYS MISSING EXPORTS FAILING", rows)
	})
}

func connectionRow(tenant string, one link.Connection) []string {
	days, missing, exports, failing := "", "", "", ""
	if one.Days != nil {
		days, missing = fmt.Sprintf("%s..%s", one.Days.From, one.Days.To), fmt.Sprint(one.Days.Missing)
		if one.Days.Paused {
			missing += " (paused)"
		}
	}
	if one.Exports != nil {
		exports = fmt.Sprintf("%d/%d", one.Exports.Spent, one.Exports.Cap)
	}
	if one.Failing != nil {
		failing = fmt.Sprintf("%s, %d times since %s: %s", one.Failing.Class, one.Failing.Failures, moment(&one.Failing.Since), one.Failing.Reason)
	}
	return []string{one.User, tenant, one.Route, one.State, one.Every, moment(one.SyncedAt), moment(one.NextAt), days, missing, exports, failing}
}

// moment writes an instant for people; none is empty.
func moment(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.Local().Format("2006-01-02 15:04:05")
}

func connectionSetCommand() *cobra.Command {
	var every, since string
	c := connectionVerb("set USER", "Change how often is fetched, and since when", "set", func(ctx context.Context, l *link.Linker, tenant, user string) error {
		_, err := l.Change(ctx, tenant, user, link.Change{Every: &every, Since: &since})
		return err
	})
	c.Flags().StringVar(&every, "every", "", "time between two fetches, such as 15m")
	c.Flags().StringVar(&since, "since", "", "first day that is wanted, YYYY-MM-DD")
	return c
}

func connectionDeleteCommand() *cobra.Command {
	return connectionVerb("delete USER", "End a connection here and at Cronometer; what was fetched stays", "ended", func(ctx context.Context, l *link.Linker, tenant, user string) error {
		return l.Leave(ctx, tenant, user)
	})
}

// connectionVerb is a command that does one thing to one connection.
func connectionVerb(use, short, done string, do func(ctx context.Context, l *link.Linker, tenant, user string) error) *cobra.Command {
	var tenant string
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return withLinker(c, func(ctx context.Context, st *sqlite.Store, l *link.Linker) error {
			err := inOne(ctx, st, tenant, func(t string) error {
				u, err := userOf(ctx, st, t, args[0])
				if err != nil {
					return err
				}
				return do(ctx, l, t, u.ID)
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "connection of %s: %s\n", args[0], done)
			return err
		})
	}
	tenantFlag(c, &tenant, "whose user it is (default whoever has one)")
	return c
}
