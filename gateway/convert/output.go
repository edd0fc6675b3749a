package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"nutrigate/gateway/source"
)

// ToFolder converts the documents into files in the folder out, which it makes
// if need be. After an error there is none of them: they are written beside
// the folder and moved into it at the end. Files of the same names are
// replaced, others in the folder stay.
func ToFolder(ctx context.Context, docs []source.Document, o Options, out string) (report Report, err error) {
	out = filepath.Clean(out)
	if info, err := os.Stat(out); err == nil && !info.IsDir() {
		return Report{}, fmt.Errorf("%s: is a file, not a folder", out)
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o750); err != nil {
		return Report{}, fmt.Errorf("make the folder: %w", err)
	}
	aside, err := os.MkdirTemp(filepath.Dir(out), "."+filepath.Base(out)+"-")
	if err != nil {
		return Report{}, fmt.Errorf("make a folder to write aside: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	if report, err = run(ctx, docs, o, aside); err != nil {
		return Report{}, err
	}
	if err := move(aside, out); err != nil {
		return Report{}, fmt.Errorf("move into %s: %w", out, err)
	}
	return report, nil
}

// move moves the files of one folder into another.
func move(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// ToStream converts the documents and writes them to w as one: see the
// targets. After an error of converting, nothing was written.
func ToStream(ctx context.Context, docs []source.Document, o Options, w io.Writer) (report Report, err error) {
	aside, err := os.MkdirTemp("", "nutrigate-convert-")
	if err != nil {
		return Report{}, fmt.Errorf("make a folder to write aside: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	if report, err = run(ctx, docs, o, aside); err != nil {
		return Report{}, err
	}
	if err := o.To.stream(w, aside); err != nil {
		return Report{}, fmt.Errorf("write: %w", err)
	}
	return report, nil
}
