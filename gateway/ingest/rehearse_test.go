package ingest_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/mapping"
)

func TestRehearse(t *testing.T) {
	const header = "Day,Group,Exercise,Minutes,Calories Burned\n"
	for name, c := range map[string]struct {
		body string
		line int
	}{
		"good rows pass":               {header + "2026-01-05,Uncategorized,\"Run\",30.0,-100.00\n", 0},
		"a broken row is named":        {header + "2026-01-05,Uncategorized,\"Run\",30.0,-100.00\n2026-01-05,Uncategorized,\"Run\",x,-1.00\n", 3},
		"a file of no kind is refused": {"A,B\n1,2\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			doc := source.Document{Name: "exercises.csv", Size: int64(len(c.body)), Open: func() (io.ReadSeekCloser, error) {
				return inMemory{strings.NewReader(c.body)}, nil
			}}
			err := ingest.Rehearse(t.Context(), read, []source.Document{doc}, ingest.Options{AsOf: "2026-01-06"})
			if c.line == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var at *mapping.ReadError
			if !errors.As(err, &at) || at.Line != c.line || fault.KindOf(err) != fault.Unreadable {
				t.Errorf("got %v", err)
			}
		})
	}
}

type inMemory struct{ *strings.Reader }

func (inMemory) Close() error { return nil }
