package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"nutrigate/gateway/ingest"
	"nutrigate/gateway/source"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// digestOf tells what was fetched from what was fetched another time. The day
// is part of it: what is over by tomorrow is open today.
func digestOf(docs []source.Document, today record.Date, zone string) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", today, zone)
	for _, d := range docs {
		body, err := d.Open()
		if err != nil {
			return "", fmt.Errorf("open %s: %w", d.Name, err)
		}
		fmt.Fprintf(sum, "%s %d\n", d.Name, d.Size)
		_, err = io.Copy(sum, body)
		if errClose := body.Close(); err == nil {
			err = errClose
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", d.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// came sums up a report by the sort of document.
func came(report ingest.Report, now time.Time) []store.Synced {
	var all []store.Synced
	at := map[string]int{}
	for _, f := range report.Files {
		i, known := at[f.Kind]
		if !known {
			i = len(all)
			at[f.Kind] = i
			all = append(all, store.Synced{Type: f.Kind, At: now})
		}
		all[i].Rows += f.Rows
		all[i].Tally = all[i].Tally.Plus(f.Tally)
		if t := all[i].Tally; t.Added+t.Changed+t.Gone > 0 {
			all[i].Changed = now
		}
	}
	return all
}
