package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"nutrigate/gateway/source/demo"
	"nutrigate/mapping/record"
)

// synthOptions are the flags of synth.
type synthOptions struct {
	demo.Options
	out, end, energy, source string
	timestamps, zip          bool
	heartRate                time.Duration
}

func synthCommand() *cobra.Command {
	var o synthOptions
	c := &cobra.Command{
		Use:   "synth --seed N --days D --out DIR",
		Short: "Write the export of a synthetic person, as Cronometer or Apple Health writes it",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return synth(c, o) },
	}
	f := c.Flags()
	f.Uint64Var(&o.Seed, "seed", 1, "which person")
	f.IntVar(&o.Days, "days", 30, "how many days, up to --end")
	f.StringVar(&o.out, "out", "", "folder for the files (required)")
	f.StringVar(&o.end, "end", "", "last day, on which the export is made, YYYY-MM-DD (default today)")
	f.BoolVar(&o.timestamps, "timestamps", true, "with Time columns, as Gold accounts get them")
	f.BoolVar(&o.Short, "short", false, "servings without nutrients")
	f.IntVar(&o.Nutrients, "nutrients", 61, "number of nutrient columns: 52, 61 or 95")
	f.BoolVar(&o.Grouped, "grouped", false, "day summary with a row for each diary group and a Total")
	f.StringVar(&o.energy, "energy", "kcal", "unit of energy in food: kcal or kJ")
	f.BoolVar(&o.Legacy, "legacy", false, "columns and dates of 2012 to 2016")
	f.BoolVar(&o.Spreadsheet, "spreadsheet", false, "as a spreadsheet program saves the files again")
	f.BoolVar(&o.Targets, "targets", false, "also write targets.csv")
	f.BoolVar(&o.zip, "zip", false, "write export.zip in place of the files")
	f.StringVar(&o.source, "source", "cronometer", "whose export: cronometer or applehealth, which has --seed, --days, --end and --zip alone")
	f.DurationVar(&o.heartRate, "heart-rate", 5*time.Minute, "applehealth: time between two heart rates; 10s over ten years are 10 GB")
	return c
}

func synth(c *cobra.Command, o synthOptions) error {
	if o.out == "" {
		return errors.New("--out is required: the folder for the files")
	}
	o.NoTimestamps = !o.timestamps
	switch o.energy {
	case "kcal":
	case "kJ":
		o.Kilojoules = true
	default:
		return fmt.Errorf("--energy is %q, want kcal or kJ", o.energy)
	}
	end, err := dayOr(o.end, "--end", "")
	if err != nil {
		return err
	}
	o.End = end
	if err := o.write(); err != nil {
		return err
	}
	c.PrintErrf("%d days up to %s in %s\n", o.Days, o.End, o.out)
	return nil
}

// write writes the files, or the archive of them.
func (o *synthOptions) write() error {
	health := demo.HealthOptions{Seed: o.Seed, Days: o.Days, End: o.End, HeartRate: o.heartRate}
	switch {
	case o.source != "cronometer" && o.source != "applehealth":
		return fmt.Errorf("--source is %q, want cronometer or applehealth", o.source)
	case o.source == "applehealth" && o.zip:
		return o.file("export.zip", func(w io.Writer) error { return demo.WriteHealthZIP(w, health) })
	case o.source == "applehealth":
		return o.file("export.xml", func(w io.Writer) error { return demo.WriteHealth(w, health) })
	case o.zip:
		return o.file("export.zip", func(w io.Writer) error { return demo.WriteZIP(w, o.Options) })
	}
	return demo.Write(o.out, o.Options)
}

// file writes one file into the folder.
func (o *synthOptions) file(name string, write func(io.Writer) error) error {
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(o.out, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// dayOr reads the date that a flag was given; without one it is today in the
// zone, or in this computer's own where none is given.
func dayOr(text, flag, zone string) (record.Date, error) {
	if text == "" {
		return today(zone)
	}
	d, err := record.ParseDate(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return d, nil
}
