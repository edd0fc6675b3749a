package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startLimit  = 500 * time.Millisecond
	idleLimit   = 60
	importLimit = 150
)

// measureProgram measures what only the program as a whole shows: how soon it
// serves, and what memory it takes, idle and while it imports.
func measureProgram(ctx context.Context, program string) ([]row, error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	start, idle, err := measureServe(ctx, program, filepath.Join(dir, "demo"))
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	rows := []row{
		{"serve is ready on a store of a year", start.Round(time.Millisecond).String(), "-", "-", "under " + startLimit.String(), start < startLimit},
		{"memory when idle", mebibytes(idle), "-", "-", fmt.Sprintf("under %d MiB", idleLimit), idle < idleLimit},
	}
	imports, err := measureImports(ctx, program, dir)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return append(rows, imports), nil
}

func mebibytes(n int) string { return strconv.Itoa(n) + " MiB" }

// measureServe lets the demo seed a store of a year, and then starts the
// program again on it.
func measureServe(ctx context.Context, program, data string) (start time.Duration, idle int, err error) {
	if _, _, err := serveOnce(ctx, program, data, "--demo"); err != nil {
		return 0, 0, fmt.Errorf("seed: %w", err)
	}
	return serveOnce(ctx, program, data)
}

// serveOnce returns how long the program took until it was ready, and the
// memory that it holds some seconds later.
func serveOnce(ctx context.Context, program, data string, args ...string) (start time.Duration, idle int, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, program, append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), "NUTRIGATE_ADDR="+address, "NUTRIGATE_DATA="+data)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, fmt.Errorf("start: %w", err)
	}
	defer func() {
		err = errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	}()
	for time.Since(begin) < 2*time.Minute {
		if ready(ctx, "http://"+address+"/readyz") {
			start = time.Since(begin)
			time.Sleep(3 * time.Second)
			idle, err = residentMemory(cmd.Process.Pid)
			return start, idle, err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, 0, fmt.Errorf("not ready within two minutes: %s", log.String())
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func ready(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// residentMemory reads VmRSS of a process (proc_pid_status(5)), in MiB.
func residentMemory(pid int) (int, error) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("read the memory of the process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			return kib / 1024, err
		}
	}
	return 0, errors.New("read the memory of the process: it has no VmRSS")
}

// measureImports imports a diary of some 10,000 servings and one ten times as
// long, each into a new store, and compares the most memory that each took.
func measureImports(ctx context.Context, program, dir string) (row, error) {
	var peak [2]int
	for i, days := range []int{650, 6500} {
		export := filepath.Join(dir, strconv.Itoa(days))
		synth := exec.CommandContext(ctx, program, "synth", "--seed", "7", "--days", strconv.Itoa(days), "--out", export)
		if output, err := synth.CombinedOutput(); err != nil {
			return row{}, fmt.Errorf("synth: %w\n%s", err, output)
		}
		cmd := exec.CommandContext(ctx, program, "import", "--tenant", "bench", "--user", "long", filepath.Join(export, "servings.csv"))
		cmd.Env = append(os.Environ(), "NUTRIGATE_DATA="+filepath.Join(dir, "data", strconv.Itoa(days)))
		if output, err := cmd.CombinedOutput(); err != nil {
			return row{}, fmt.Errorf("%w\n%s", err, output)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return row{}, errors.New("the system does not say how much memory a process took")
		}
		peak[i] = int(usage.Maxrss / 1024) // getrusage(2) counts KiB on Linux
	}
	return row{
		"memory while importing, against a tenth of the rows", mebibytes(peak[1]), mebibytes(peak[0]),
		fmt.Sprintf("%.2f", float64(peak[1])/float64(peak[0])), fmt.Sprintf("under %d MiB", importLimit), peak[1] < importLimit,
	}, nil
}
