package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// python is the interpreter that has what the oracles in Python need, or why
// there is none.
type python struct{ path, missing string }

// preparePython makes an environment of the packages in requirements.txt. A
// machine without Python is no error: its oracles are skipped, and say why.
func (p *proof) preparePython(ctx context.Context) error {
	const usable = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"
	if exec.CommandContext(ctx, "python3", "-c", usable).Run() != nil {
		p.python.missing = "python3 (3.10 or later, with venv) is not installed"
		return nil
	}
	folder := p.path("python")
	if err := p.call(ctx, "python3", "-m", "venv", folder); err != nil {
		return err
	}
	p.python.path = filepath.Join(folder, "bin", "python")
	err := p.fetch(ctx, p.python.path, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "5",
		"--require-hashes", "--only-binary", ":all:", "--requirement", filepath.Join(p.oracles, "requirements.txt"))
	if err != nil {
		return fmt.Errorf("packages of the oracles in Python: %w", err)
	}
	return nil
}
