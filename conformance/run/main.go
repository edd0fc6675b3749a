// Command run is `make conformance`: it makes documents of every shape with
// the program as it is built, lets readers written by others check them, and
// says what it ran. It imports nothing of ours, so that it can believe nothing.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"text/tabwriter"
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	binary := flag.String("binary", "bin/nutrigate", "the program to judge")
	days := flag.Int("days", 400, "length of the long diary")
	keep := flag.String("keep", "", "folder in which what was made stays")
	flag.Parse()

	dir, err := folder(*keep)
	if err != nil {
		return err
	}
	if *keep == "" {
		defer os.RemoveAll(dir)
	}
	program, err := filepath.Abs(*binary)
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	p := &proof{program: program, dir: dir, oracles: filepath.Join("conformance", "oracles"), out: out}
	if err := p.prepare(ctx, *days); err != nil {
		return err
	}
	results := p.checkAll(ctx)
	if err := printR4(out); err != nil {
		return err
	}
	return verdict(out, results, os.Getenv("CI") == "true")
}

// printR4 prints which items of R4's pages work; the tests beside it hold the
// list against what they are called.
func printR4(out io.Writer) error {
	file, err := os.Open(filepath.Join("conformance", "r4.csv"))
	if err != nil {
		return fmt.Errorf("the table of R4: %w", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return fmt.Errorf("the table of R4: %w", err)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row[0], row[1], row[3], row[5])
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the table of R4: %w", err)
	}
	return nil
}

func folder(keep string) (string, error) {
	if keep == "" {
		dir, err := os.MkdirTemp("", "conformance-")
		if err != nil {
			return "", fmt.Errorf("make a folder: %w", err)
		}
		return dir, nil
	}
	if err := os.MkdirAll(keep, 0o750); err != nil {
		return "", fmt.Errorf("make the folder: %w", err)
	}
	dir, err := filepath.Abs(keep)
	if err != nil {
		return "", fmt.Errorf("find the folder: %w", err)
	}
	return dir, nil
}

// verdict prints the table. Where nothing may be skipped, a skipped check fails.
func verdict(out io.Writer, results []result, strict bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\noracle\twhat it read\tcount\tresult\ttime")
	failed, skipped := 0, 0
	for _, r := range results {
		outcome := "no fault"
		switch {
		case r.skipped != "":
			outcome, skipped = "skipped: "+r.skipped, skipped+1
		case r.err != nil:
			outcome, failed = "FAULTS", failed+1
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1fs\n", r.oracle, r.what, r.count, outcome, r.took.Seconds())
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", len(results)-failed-skipped, failed, skipped)
	switch {
	case failed > 0:
		return fmt.Errorf("%d of %d checks found faults", failed, len(results))
	case strict && skipped > 0:
		return errors.New("nothing may be skipped where CI=true")
	}
	return nil
}
