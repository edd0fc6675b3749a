package ingest_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/gateway/store/sqlite"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/vocab"
)

// benchRows and benchNutrients are the size for which speed is promised.
const benchRows, benchNutrients = 100_000, 61

// read is what reads exports.
var read = source.From(cronometer.Open)

// servingsFile writes a file of servings, 25 a day, a tenth of the cells empty.
func servingsFile(tb testing.TB, rows int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "servings.csv")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	random := rand.New(rand.NewPCG(1, 2)) // the same file every time
	fmt.Fprint(w, "Day,Time,Group,Food Name,Amount")
	for _, n := range vocab.Nutrients()[:benchNutrients] {
		fmt.Fprintf(w, ",%s (%s)", n.Name, strings.NewReplacer("ug", "µg", "[iU]", "IU").Replace(n.Unit))
	}
	fmt.Fprint(w, ",Category\n")
	day := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		fmt.Fprintf(w, `%s,9:00 AM,"Breakfast","Food, number %d","1.00 tsp"`, day.AddDate(0, 0, i/25).Format(time.DateOnly), random.IntN(500))
		for range benchNutrients {
			if random.IntN(10) == 0 {
				fmt.Fprint(w, ",")
				continue
			}
			fmt.Fprintf(w, ",%.2f", random.ExpFloat64()*20)
		}
		fmt.Fprint(w, ",\"Spices and Herbs\"\n")
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func onDisk(path string) []source.Document {
	return []source.Document{{
		Name: filepath.Base(path), Size: -1,
		Open: func() (io.ReadSeekCloser, error) { return os.Open(path) },
	}}
}

// BenchmarkImport reads, maps, checks and stores a first import. csv-times is
// its time in those that encoding/csv takes for the same file, MiB-heap the
// most that lived in the heap, and MiB-file the size of the store's file.
func BenchmarkImport(b *testing.B) {
	file := servingsFile(b, benchRows)
	alone := readCSV(b, file)
	runtime.GC()
	peak := samplePeak(b)
	start, loops := time.Now(), 0
	var path string
	var last *sqlite.Store
	for b.Loop() {
		b.StopTimer()
		setup := time.Now()
		path = filepath.Join(b.TempDir(), fmt.Sprint(loops), "store.db")
		st, user := newStore(b, path)
		last = st
		start = start.Add(time.Since(setup))
		b.StartTimer()
		report, err := ingest.Run(b.Context(), st, read, user, onDisk(file), ingest.Options{})
		if err != nil || report.Tally != (store.Tally{Added: benchRows}) {
			b.Fatalf("%+v, %v", report.Tally, err)
		}
		loops++
	}
	took := time.Since(start) / time.Duration(loops)
	b.ReportMetric(took.Seconds()/alone.Seconds(), "csv-times")
	b.ReportMetric(float64(peak())/(1<<20), "MiB-heap")
	if err := last.Close(); err != nil { // which copies what is left of the log into the file
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/(1<<20), "MiB-file")
	}
}

// BenchmarkImportAgain imports what is stored already.
func BenchmarkImportAgain(b *testing.B) {
	file := servingsFile(b, benchRows)
	st, user := newStore(b, filepath.Join(b.TempDir(), "store.db"))
	if _, err := ingest.Run(b.Context(), st, read, user, onDisk(file), ingest.Options{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		report, err := ingest.Run(b.Context(), st, read, user, onDisk(file), ingest.Options{})
		if err != nil || report.Tally != (store.Tally{Kept: benchRows}) {
			b.Fatalf("%+v, %v", report.Tally, err)
		}
	}
}

// BenchmarkCSVAlone is what BenchmarkImport is measured against.
func BenchmarkCSVAlone(b *testing.B) {
	file := servingsFile(b, benchRows)
	for b.Loop() {
		readCSV(b, file)
	}
}

func readCSV(b *testing.B, path string) time.Duration {
	start := time.Now()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.ReuseRecord = true
	for rows := -1; ; rows++ {
		if _, err := r.Read(); errors.Is(err, io.EOF) && rows == benchRows {
			return time.Since(start)
		} else if err != nil {
			b.Fatalf("%d rows: %v", rows, err)
		}
	}
}

// samplePeak watches the heap until the returned function is called, which
// returns the most bytes that objects in it took.
func samplePeak(b *testing.B) func() uint64 {
	stop, done := make(chan struct{}), make(chan uint64)
	b.Cleanup(func() {
		select {
		case <-stop:
		default:
			close(stop)
			<-done
		}
	})
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		var peak uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-stop:
				done <- peak
				return
			case <-tick.C:
				metrics.Read(sample)
				peak = max(peak, sample[0].Value.Uint64())
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done
	}
}
