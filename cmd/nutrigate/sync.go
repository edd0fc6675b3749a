package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nutrigate/gateway/link"
	"nutrigate/gateway/store"
)

func syncCommand() *cobra.Command {
	return group("sync", "See how fetching goes, ask for it, pause and resume it",
		syncStatusCommand(),
		connectionVerb("now USER", "Let a running gateway fetch at once", "a running gateway fetches now", changing(link.Change{Now: true})),
		pausing("pause USER", "Fetch nothing until it is resumed", "paused", store.Halted, true),
		pausing("resume USER", "Fetch again, at once", "resumed", store.Live, false))
}

// changing changes a connection.
func changing(change link.Change) func(context.Context, *link.Linker, string, string) error {
	return func(ctx context.Context, l *link.Linker, tenant, user string) error {
		_, err := l.Change(ctx, tenant, user, change)
		return err
	}
}

// pausing is pause or resume. --history is about the days before those that are here alone.
func pausing(use, short, done, state string, paused bool) *cobra.Command {
	var history bool
	c := connectionVerb(use, short, done, func(ctx context.Context, l *link.Linker, tenant, user string) error {
		change := link.Change{State: &state}
		if history {
			change = link.Change{HistoryPaused: &paused}
		}
		_, err := l.Change(ctx, tenant, user, change)
		return err
	})
	c.Flags().BoolVar(&history, "history", false, "only the days before those that are here")
	return c
}

func syncStatusCommand() *cobra.Command {
	var tenant string
	var asJSON bool
	c := &cobra.Command{Use: "status [--tenant T]", Short: "When each connection was last fetched, and what came", Args: cobra.NoArgs}
	c.RunE = func(c *cobra.Command, _ []string) error {
		var types [][]string
		err := listConnections(c, tenant, asJSON, func(t string, one link.Connection) []string {
			for _, k := range one.Types {
				types = append(types, []string{
					one.User, k.Type, moment(&k.SyncedAt), moment(k.ChangedAt), fmt.Sprint(k.Rows),
					fmt.Sprint(k.Added), fmt.Sprint(k.Changed), fmt.Sprint(k.Gone), fmt.Sprint(k.Kept),
				})
			}
			return connectionRow(t, one)
		})
		if err != nil || asJSON || len(types) == 0 {
			return err
		}
		fmt.Fprintln(c.OutOrStdout())
		return printTable(c, "USER TYPE SYNCED CHANGED ROWS ADDED CHANGED GONE UNCHANGED", types)
	}
	tenantFlag(c, &tenant, "only this tenant's")
	jsonFlag(c, &asJSON)
	return c
}
