package sqlite

import (
	"context"
	"time"

	"nutrigate/gateway/store"
)

// Backlogs tells of every endpoint, whosever it is, what waits for it,
// and what is held or dead. It is for the operator's metrics; no request of a tenant asks for it. It reads the
// indexes of these alone, so that what is done costs nothing.
func (s *Store) Backlogs(ctx context.Context) ([]store.Backlog, error) {
	kept, err := s.keptByEndpoint(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT w.endpoint, w.waiting, coalesce(d.created, 0)
		FROM (SELECT e.tenant, e.endpoint, count(d.delivery) AS waiting, min(d.delivery) AS oldest
			FROM endpoints e LEFT JOIN deliveries d INDEXED BY deliveries_waiting
				ON d.tenant = e.tenant AND d.endpoint = e.endpoint AND d.state = 'waiting'
			GROUP BY e.tenant, e.endpoint) w
		LEFT JOIN deliveries d ON d.tenant = w.tenant AND d.delivery = w.oldest
		ORDER BY w.endpoint`)
	if err != nil {
		return nil, failed("read backlogs", err)
	}
	defer rows.Close()
	var all []store.Backlog
	for rows.Next() {
		var b store.Backlog
		var oldest int64
		if err := rows.Scan(&b.Endpoint, &b.Waiting, &oldest); err != nil {
			return nil, failed("read backlogs", err)
		}
		if oldest > 0 {
			b.Oldest = time.UnixMilli(oldest).UTC()
		}
		b.Kept = kept[b.Endpoint]
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read backlogs", err)
	}
	return all, nil
}
