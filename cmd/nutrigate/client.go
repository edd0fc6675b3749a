package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/config"
	"nutrigate/gateway/operate"
	"nutrigate/gateway/smart"
	"nutrigate/gateway/store/sqlite"
)

func clientCommand() *cobra.Command {
	return group("client", "Make, list and delete the services and apps that read by SMART on FHIR",
		clientCreateCommand(), clientListCommand(), clientDeleteCommand(), clientKeyCommand(), clientAssertCommand())
}

// newClient is what the flags of create say.
type newClient struct {
	tenant, jwks string
	operate.NewClient
	json bool
}

const clientCreateLong = `Create makes a client and prints its id.
  --kind backend       a service without a person: it signs with a key of its own
  --kind public        an app on somebody's device: it needs --redirect
  --kind confidential  an app with a server: it needs --redirect, and has a key or
                       a secret, which is made if no key is named and shown once`

func clientCreateCommand() *cobra.Command {
	var n newClient
	c := &cobra.Command{
		Use:   "create --tenant T --name N --kind K",
		Short: "Make a client; a secret, if it has one, is shown this once",
		Long:  clientCreateLong,
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return createClient(c, n) },
	}
	tenantFlag(c, &n.tenant, "whose client it is (required)")
	f := c.Flags()
	f.StringVar(&n.Name, "name", "", "as people are shown it (required)")
	f.StringVar(&n.Kind, "kind", "", "backend, public or confidential (required)")
	f.StringArrayVar(&n.Redirects, "redirect", nil, "address to which an app has its people sent back; repeatable")
	f.StringVar(&n.Launch, "launch-url", "", "address at which an app begins")
	f.StringVar(&n.jwks, "jwks", "", "file with the public keys, as client key prints them")
	f.StringVar(&n.JWKSURI, "jwks-uri", "", "https address of the public keys")
	f.StringVar(&n.Scopes, "scopes", "", `what it may ask for (default "system/*.rs" for a backend, what apps use for an app)`)
	jsonFlag(c, &n.json)
	return c
}

func createClient(c *cobra.Command, n newClient) error {
	if n.tenant == "" {
		return errors.New("--tenant is required")
	}
	if n.jwks != "" {
		keys, err := os.ReadFile(n.jwks)
		if err != nil {
			return fmt.Errorf("--jwks: %w", err)
		}
		n.JWKS = keys
	}
	return withStore(c, func(ctx context.Context, st *sqlite.Store, settings config.Config) error {
		made, err := operate.CreateClient(ctx, st, guard(settings).Check, n.tenant, n.NewClient)
		if err != nil {
			return err
		}
		if n.json {
			return printJSON(c, made)
		}
		fmt.Fprintf(c.OutOrStdout(), "client: %s\nscopes: %s\n", made.ID, made.Scopes)
		if made.Secret != "" {
			fmt.Fprintf(c.OutOrStdout(), "secret: %s\n\nthe secret is stored hashed: nobody can show it again\n", made.Secret)
		}
		return nil
	})
}

func clientListCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "list [--tenant T]", Short: "List clients", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
			all, rows := []operate.Client{}, [][]string(nil)
			err := inAll(ctx, st, tenant, func(t string) error {
				some, err := st.Clients(ctx, t)
				for _, k := range some {
					all = append(all, operate.ClientOf(k, ""))
					rows = append(rows, []string{k.ID, k.Tenant, k.Name, k.Kind, strings.Join(k.Redirects, ","), k.Scopes})
				}
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, all)
			}
			return printTable(c, "ID TENANT NAME KIND REDIRECTS SCOPES", rows)
		})
	}
	tenantFlag(c, &tenant, "only this tenant's")
	jsonFlag(c, &asJSON)
	return c
}

func clientDeleteCommand() *cobra.Command {
	var tenant string
	c := &cobra.Command{
		Use:   "delete ID [--tenant T]",
		Short: "Delete a client with all that it was allowed; a running gateway knows within seconds",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c, func(ctx context.Context, st *sqlite.Store, _ config.Config) error {
				if err := inOne(ctx, st, tenant, func(t string) error { return st.DeleteClient(ctx, t, args[0]) }); err != nil {
					return err
				}
				_, err := fmt.Fprintf(c.OutOrStdout(), "client %s: deleted\n", args[0])
				return err
			})
		},
	}
	tenantFlag(c, &tenant, "whose client it is (default whoever has it)")
	return c
}

func clientKeyCommand() *cobra.Command {
	var out, algorithm string
	c := &cobra.Command{
		Use:   "key --out FILE",
		Short: "Make a key pair for a client; prints the public part, as it is registered",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			private, jwks, err := smart.NewPair(algorithm)
			if err != nil {
				return err
			}
			// A file that is there is somebody's key.
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			_, err = f.Write(private)
			if err = errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", jwks)
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "file for the private key, which must not be there yet (required)")
	_ = c.MarkFlagRequired("out") // it fails for a flag that is not there
	c.Flags().StringVar(&algorithm, "alg", "ES384", "ES384 or RS384")
	return c
}

func clientAssertCommand() *cobra.Command {
	var id, key, audience string
	c := &cobra.Command{
		Use:   "assert --client ID --key FILE --token-url URL",
		Short: "Sign a client_assertion, with which a client asks for a token once",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := os.ReadFile(key)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			private, err := smart.ReadPrivate(text)
			if err != nil {
				return fmt.Errorf("--key: %w", err)
			}
			assertion, err := smart.NewAssertion(private, id, audience, time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), assertion)
			return err
		},
	}
	c.Flags().StringVar(&id, "client", "", "the client's id (required)")
	c.Flags().StringVar(&key, "key", "", "file of its private key (required)")
	c.Flags().StringVar(&audience, "token-url", "", "address of the token endpoint (required)")
	for _, name := range []string{"client", "key", "token-url"} {
		_ = c.MarkFlagRequired(name) // it fails for a flag that is not there
	}
	return c
}
