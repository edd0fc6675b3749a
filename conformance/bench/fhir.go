package main

import (
	"context"
	"fmt"
)

// What is promised of the FHIR server.
const (
	searchLimit   = 1.5    // times as long out of a hundred times as many records
	perProcessor  = 50_000 // resources that a second of one processor gives, warm
	memoryLimit   = 1.5    // times as much for ten times as many resources
	searchedTimes = "500x"
)

// measureFHIR measures searches as the store grows, and what gives all of a person.
func measureFHIR(ctx context.Context) ([]row, error) {
	search, err := benchmarks(ctx, "gateway/serve", "BenchmarkFHIRSearch", "-benchtime", searchedTimes, "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	everything, err := benchmarks(ctx, "gateway/serve", "BenchmarkEverything")
	if err != nil {
		return nil, err
	}
	memory, err := benchmarks(ctx, "gateway/serve", "BenchmarkEverythingMemory", "-benchtime", "1x", "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	exports, err := benchmarks(ctx, "gateway/export", "BenchmarkExport", "-timeout", "1h")
	if err != nil {
		return nil, err
	}
	few, many := search["BenchmarkFHIRSearch/of-10000 ns/op"], search["BenchmarkFHIRSearch/of-1000000 ns/op"]
	small, large := memory["BenchmarkEverythingMemory/of-10000 peak-MiB"], memory["BenchmarkEverythingMemory/of-100000 peak-MiB"]
	return []row{
		atMost("FHIR search out of 1,000,000 records against out of 10,000", took(many), took(few), many/few, searchLimit),
		atLeast("$everything, resources a second of one processor, warm", everything["BenchmarkEverything resources/cpu-s"]),
		atLeast("$export, resources a second of one processor, warm", exports["BenchmarkExport/warm resources/cpu-s"]),
		atMost("memory for $everything of 100,000 against of 10,000", mebibytes(int(large)), mebibytes(int(small)), large/small, memoryLimit),
	}, nil
}

func atLeast(measure string, rate float64) row {
	return row{measure, fmt.Sprintf("%.0f", rate), "-", "-", fmt.Sprintf("at least %d", perProcessor), rate >= perProcessor}
}
