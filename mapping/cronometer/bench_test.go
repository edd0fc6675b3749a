package cronometer_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"nutrigate/mapping"
	"nutrigate/mapping/cronometer"
	"nutrigate/mapping/vocab"
)

// benchRows is the size of file for which the speed is promised.
const benchRows = 100_000

// servingsFile makes a file of rows with 61 nutrients, 25 a day, a tenth of the cells empty.
func servingsFile(rows int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	b.WriteString("Day,Time,Group,Food Name,Amount")
	for _, n := range vocab.Nutrients()[:61] {
		fmt.Fprintf(&b, ",%s (%s)", n.Name, strings.NewReplacer("ug", "µg", "[iU]", "IU").Replace(n.Unit))
	}
	b.WriteString(",Category\n")
	for i := range rows {
		fmt.Fprintf(&b, "%04d-%02d-%02d,9:00 AM,\"Breakfast\",\"Food, number %d\",\"1.00 tsp\"",
			2010+i/25/336, 1+i/25/28%12, 1+i/25%28, random.IntN(500))
		for range 61 {
			if random.IntN(10) == 0 {
				b.WriteByte(',')
				continue
			}
			fmt.Fprintf(&b, ",%.2f", random.ExpFloat64()*20)
		}
		b.WriteString(",\"Spices and Herbs\"\n")
	}
	return b.Bytes()
}

func BenchmarkServings(b *testing.B) {
	file := servingsFile(benchRows)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		e, err := cronometer.Open("servings.csv", bytes.NewReader(file), mapping.Reading{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := e.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if e.Rows() != benchRows {
			b.Fatalf("read %d rows", e.Rows())
		}
	}
}

// BenchmarkCSVAlone is what BenchmarkServings is measured against.
func BenchmarkCSVAlone(b *testing.B) {
	file := servingsFile(benchRows)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(file))
		r.ReuseRecord = true
		rows := -1
		for {
			if _, err := r.Read(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		if rows != benchRows {
			b.Fatalf("read %d rows", rows)
		}
	}
}
