// Command nutrigate is the gateway and its tools: it serves what a person
// logged as Terra JSON, FHIR and FIT, and converts exports offline.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"nutrigate/gateway/serve"
)

func main() { os.Exit(run()) }

// run runs the command line and returns the exit status. The first interrupt
// ends the work in order, the second ends the process.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	serve.Quiet()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "nutrigate:", err)
		return 1
	}
	return 0
}

func root() *cobra.Command {
	c := &cobra.Command{
		Use:           "nutrigate",
		Short:         "A Cronometer export in; Terra JSON, FHIR and FIT out",
		SilenceUsage:  true, // an error is one line; --help has the usage
		SilenceErrors: true, // run shows it
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.CompletionOptions.HiddenDefaultCmd = true
	c.AddCommand(serveCommand(), importCommand(), remapCommand(), convertCommand(), synthCommand(), simulateCommand(), listenCommand(),
		connectionCommand(), syncCommand(),
		tenantCommand(), keyCommand(), endpointCommand(), deliveriesCommand(), clientCommand(), userCommand(), versionCommand())
	return c
}
