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

// What is promised of delivery.
const (
	fifth          = 5 // times as long as a bare request at most
	perSecond      = 2000
	latencyLimit   = 100 // milliseconds from event to receiver, where a bare request takes bareLimit
	bareLimit      = 5
	waitingLimit   = 1.3
	publishedTimes = "1000x"
	besideTimes    = "3000x"
)

// measureQueue measures the delivery of webhooks from the queue.
func measureQueue(ctx context.Context, count int) ([]row, error) {
	speed, err := benchmarks(ctx, "gateway/push", "BenchmarkDeliver|BenchmarkBarePost", "-count", strconv.Itoa(count))
	if err != nil {
		return nil, err
	}
	latency, err := benchmarks(ctx, "gateway/push", "BenchmarkPublishToReceived", "-benchtime", publishedTimes, "-count", strconv.Itoa(count))
	if err != nil {
		return nil, err
	}
	beside, err := benchmarks(ctx, "gateway/push", "BenchmarkBesideWaiting", "-benchtime", besideTimes, "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	ours, bare := speed["BenchmarkDeliver ns/op"], speed["BenchmarkBarePost ns/op"]
	rate, bareRate := 1e9/ours, 1e9/bare
	p99, bareP99 := latency["BenchmarkPublishToReceived p99-ms"], latency["BenchmarkPublishToReceived bare-p99-ms"]
	return []row{
		atMost("delivery from the queue against a bare signed request", took(ours), took(bare), ours/bare, fifth),
		{"deliveries a second, synchronous=FULL", fmt.Sprintf("%.0f", rate), fmt.Sprintf("%.0f", bareRate), fmt.Sprintf("%.2f", rate/bareRate), fmt.Sprintf("at least %d", perSecond), rate >= perSecond},
		{"from event to receiver at 200 a second, p99", millis(p99), millis(bareP99), fmt.Sprintf("%.1f", p99/bareP99), fmt.Sprintf("under %d ms beside under %d ms", latencyLimit, bareLimit), p99 < latencyLimit},
		besideWaiting("delivery beside a million that wait", beside, "deliver"),
		besideWaiting("import beside a million deliveries that wait", beside, "import"),
	}, nil
}

func besideWaiting(measure string, figures map[string]float64, what string) row {
	ours, alone := figures["BenchmarkBesideWaiting/a-million/"+what+" ns/op"], figures["BenchmarkBesideWaiting/none/"+what+" ns/op"]
	return atMost(measure, took(ours), took(alone), ours/alone, waitingLimit)
}

func atMost(measure, ours, yardstick string, ratio, limit float64) row {
	return row{measure, ours, yardstick, fmt.Sprintf("%.2f", ratio), fmt.Sprintf("at most %g", limit), ratio <= limit}
}

func took(ns float64) string  { return time.Duration(ns).String() }
func millis(n float64) string { return fmt.Sprintf("%.1fms", n) }

// benchmarks runs some of those in a folder, and returns the median of each
// figure by name and unit, such as "BenchmarkDeliver ns/op".
func benchmarks(ctx context.Context, folder, names string, args ...string) (map[string]float64, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "./" + folder, "-run", "^$", "-bench", "^(" + names + ")$"}, args...)...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: go test: %w\n%s", names, err, output)
	}
	all := map[string][]float64{}
	for lines := bufio.NewScanner(bytes.NewReader(output)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := fields[0]
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i] // without the number of processors
		}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				all[name+" "+fields[i+1]] = append(all[name+" "+fields[i+1]], value)
			}
		}
	}
	medians := map[string]float64{}
	for name, values := range all {
		slices.Sort(values)
		medians[name] = values[len(values)/2]
	}
	if len(medians) == 0 {
		return nil, fmt.Errorf("%s: no figures:\n%s", names, output)
	}
	return medians, nil
}
