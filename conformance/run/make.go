package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// A proof is one run: the program judged and the folder for what it makes.
type proof struct {
	program, dir, oracles string
	out                   io.Writer
	python                python
	java                  java
	diaries               []diary
}

// A diary is one set of export files and how it is read.
type diary struct {
	name  string
	synth []string // arguments of synth
	zone  string
}

// diaries are the shapes in which exports come. The long one is there for
// breadth of content, the others for their form.
func diaries(days int) []diary {
	short := func(name, zone string, variant ...string) diary {
		return diary{name, append([]string{"--seed", "11", "--days", "21"}, variant...), zone}
	}
	return []diary{
		{"long", []string{"--seed", "7", "--days", strconv.Itoa(days), "--targets"}, "Europe/Berlin"},
		short("no-zone", "", "--targets"),
		short("grouped", "America/New_York", "--grouped"),
		short("short", "", "--short", "--timestamps=false"),
		short("spreadsheet", "Asia/Kolkata", "--spreadsheet"),
		short("legacy", "", "--legacy"),
		short("all-nutrients", "Pacific/Auckland", "--nutrients", "95", "--energy", "kJ"),
	}
}

func (p *proof) path(elements ...string) string {
	return filepath.Join(append([]string{p.dir}, elements...)...)
}

// made returns the folders of every diary's documents in one format.
func (p *proof) made(format string) []string {
	var folders []string
	for _, d := range p.diaries {
		folders = append(folders, p.path("made", d.name, format))
	}
	return folders
}

// prepare installs the oracles and makes the documents.
func (p *proof) prepare(ctx context.Context, days int) error {
	p.diaries = diaries(days)
	for _, name := range []string{"xml", "gateway/terra", "gateway/fhir", "gateway/xml", "gateway/fit", "gateway/events", "gateway/answers"} {
		if err := os.MkdirAll(p.path(filepath.FromSlash(name)), 0o750); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
	}
	if err := p.fetch(ctx, "npm", "ci", "--prefix", p.oracles, "--silent"); err != nil {
		return err
	}
	if err := p.preparePython(ctx); err != nil {
		return err
	}
	if err := p.prepareJava(ctx); err != nil {
		return err
	}
	for _, d := range p.diaries {
		if err := p.make(ctx, d); err != nil {
			return fmt.Errorf("diary %s: %w", d.name, err)
		}
	}
	return nil
}

func (p *proof) make(ctx context.Context, d diary) error {
	export := p.path("exports", d.name)
	if err := p.call(ctx, p.program, append([]string{"synth", "--out", export}, d.synth...)...); err != nil {
		return err
	}
	csv, err := filepath.Glob(filepath.Join(export, "*.csv"))
	if err != nil || len(csv) < 3 {
		return fmt.Errorf("synth wrote %d files: %w", len(csv), err)
	}
	for _, format := range []string{"terra", "fhir", "fit", "record"} {
		args := []string{"convert", "--to", format, "--out", p.path("made", d.name, format)}
		if d.zone != "" {
			args = append(args, "--zone", d.zone)
		}
		if err := p.call(ctx, p.program, append(args, csv...)...); err != nil {
			return err
		}
	}
	return nil
}

// fetch calls what asks a registry, and again after a while if that fails: what
// breaks off once in a hundred times would fail all the rest.
func (p *proof) fetch(ctx context.Context, name string, args ...string) error {
	var err error
	for _, wait := range []time.Duration{5 * time.Second, 20 * time.Second, 60 * time.Second, 0} {
		if err = p.call(ctx, name, args...); err == nil || wait == 0 {
			break
		}
		fmt.Fprintf(p.out, "%v\nonce more in %v\n", err, wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (p *proof) call(ctx context.Context, name string, args ...string) error {
	output, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), args[0], err, output)
	}
	return nil
}
