package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A pair is a benchmark of ours and the yardstick beside it in the same package.
type pair struct {
	measure, folder string
	ours, yardstick string  // names of benchmarks, with sub-benchmarks behind a slash
	limit           float64 // how many times the yardstick's time ours may take; 0 where nothing is promised
}

func pairs() []pair {
	return []pair{
		{"import against reading the same CSV", "gateway/ingest", "BenchmarkImport", "BenchmarkCSVAlone", 20},
		{"warm Terra page against a static one", "gateway/serve", "BenchmarkTerraPage", "BenchmarkStaticTerraPage", 2},
		{"warm FHIR page against a static one", "gateway/serve", "BenchmarkFHIRPage", "BenchmarkStaticFHIRPage", 2},
		{"search out of a million records against one out of ten thousand", "gateway/shelf", "BenchmarkSearchMillion", "BenchmarkSearchTenThousand", 1.5},
		{"FIT encoding against the bare library", "mapping/fit", "BenchmarkEncode", "BenchmarkBareLibrary", 0},
	}
}

func comparePairs(ctx context.Context, pairs []pair, count int) ([]row, error) {
	var rows []row
	for _, p := range pairs {
		ours, yardstick, err := measurePair(ctx, p, count)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.measure, err)
		}
		ratio := float64(ours) / float64(yardstick)
		r := row{
			measure: p.measure, ours: ours.String(), yardstick: yardstick.String(),
			ratio: fmt.Sprintf("%.2f", ratio), limit: "-", met: true,
		}
		if p.limit > 0 {
			r.limit, r.met = fmt.Sprintf("at most %g", p.limit), ratio <= p.limit
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func measurePair(ctx context.Context, p pair, count int) (ours, yardstick time.Duration, err error) {
	cmd := exec.CommandContext(ctx, "go", "test", "./"+p.folder, "-run", "^$",
		"-bench", "^("+p.ours+"|"+p.yardstick+")$", "-count", strconv.Itoa(count))
	output, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("go test: %w\n%s", err, output)
	}
	times := benchmarkTimes(output)
	if len(times[p.ours]) == 0 || len(times[p.yardstick]) == 0 {
		return 0, 0, fmt.Errorf("%s has not both %s and %s:\n%s", p.folder, p.ours, p.yardstick, output)
	}
	return median(times[p.ours]), median(times[p.yardstick]), nil
}

// benchmarkTimes reads lines like "BenchmarkImport-2   100   1234 ns/op" into
// the times of each benchmark by name, without the number of processors.
func benchmarkTimes(output []byte) map[string][]time.Duration {
	times := map[string][]time.Duration{}
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || fields[3] != "ns/op" {
			continue
		}
		name := fields[0]
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		if ns, err := strconv.ParseFloat(fields[2], 64); err == nil {
			times[name] = append(times[name], time.Duration(ns))
		}
	}
	return times
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
