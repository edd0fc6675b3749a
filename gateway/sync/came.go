package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
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

// add adds a report to what came before it in the same job, by the sort of document.
func add(all []store.Synced, report ingest.Report, now time.Time) []store.Synced {
	for _, f := range report.Files {
		i := slices.IndexFunc(all, func(s store.Synced) bool { return s.Type == f.Kind })
		if i < 0 {
			i = len(all)
			all = append(all, store.Synced{Type: f.Kind, At: now})
		}
		s := &all[i]
		s.Rows += f.Rows
		s.Tally = s.Plus(f.Tally)
		if s.Added+s.Tally.Changed+s.Gone > 0 {
			s.Changed = now
		}
	}
	return all
}
