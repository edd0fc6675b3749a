// Command bench is `make bench`: it measures what we promise about speed and
// memory against a yardstick in the same run, and prints the ratios. It says
// whether each limit is met, and fails only if it could not measure.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"text/tabwriter"
)

// A row is one line of the table.
type row struct {
	measure, ours, yardstick, ratio, limit string
	met                                    bool
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	binary := flag.String("binary", "bin/nutrigate", "the program to measure")
	count := flag.Int("count", 3, "how often each benchmark runs; the median counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	program, err := filepath.Abs(*binary)
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	rows, err := comparePairs(ctx, pairs(), *count)
	if err != nil {
		return err
	}
	queue, err := measureQueue(ctx, *count)
	if err != nil {
		return fmt.Errorf("the queue: %w", err)
	}
	ehr, err := measureFHIR(ctx)
	if err != nil {
		return fmt.Errorf("the FHIR server: %w", err)
	}
	syncs, err := measureSync(ctx)
	if err != nil {
		return fmt.Errorf("connections: %w", err)
	}
	more, err := measureProgram(ctx, program)
	if err != nil {
		return err
	}
	return printTable(out, slices.Concat(rows, queue, ehr, syncs, more))
}

func printTable(out io.Writer, rows []row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nmeasure\tours\tyardstick\tratio\tlimit\tmet")
	for _, r := range rows {
		met := "yes"
		if !r.met {
			met = "NO"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.measure, r.ours, r.yardstick, r.ratio, r.limit, met)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}
