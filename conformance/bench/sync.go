package main

import (
	"context"
	"fmt"
)

// What is promised of connections.
const (
	// syncLimit is what 10,000 connections need that are fetched for every 15 minutes: 11.1 a second.
	syncLimit = 12
	// growthLimit is how many times as long a sync may take among ten times as many.
	growthLimit = 1.3
	syncRounds  = "2x"
)

// measureSync measures how connections are kept up to date as there are more of them.
func measureSync(ctx context.Context) ([]row, error) {
	all, err := benchmarks(ctx, "gateway/sync", "BenchmarkSync", "-benchtime", syncRounds, "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	few, many := all["BenchmarkSync/connections=100 syncs/cpu-s"], all["BenchmarkSync/connections=1000 syncs/cpu-s"]
	return []row{
		{"1,000 connections, syncs a second of one processor", fmt.Sprintf("%.0f", many), "-", "-", fmt.Sprintf("at least %d", syncLimit), many >= syncLimit},
		atMost("a sync among 1,000 connections against among 100", took(1e9/many), took(1e9/few), few/many, growthLimit),
	}, nil
}
