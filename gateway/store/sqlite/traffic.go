package sqlite

import (
	"context"
	"time"

	"nutrigate/gateway/store"
)

// Traffic returns what went to the endpoint in the two hours before now. It reads
// the deliveries from the newest on, as far back as that.
func (s *Store) Traffic(ctx context.Context, tenant, endpoint string) (store.Traffic, error) {
	var t store.Traffic
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries
		WHERE tenant = ? AND endpoint = ? AND user_id = '' AND type IN ('healthcheck', 'heartbeat') AND state = 'waiting')`, tenant, endpoint).Scan(&t.Checking)
	if err != nil {
		return t, failed("read what goes to an endpoint", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT created, attempts > 0 FROM deliveries WHERE tenant = ? AND endpoint = ? ORDER BY delivery DESC`, tenant, endpoint)
	if err != nil {
		return t, failed("read what goes to an endpoint", err)
	}
	defer rows.Close()
	now := s.now()
	lastHour, hourBefore := now.Add(-time.Hour).UnixMilli(), now.Add(-2*time.Hour).UnixMilli()
	for rows.Next() {
		var created int64
		var sent bool
		if err := rows.Scan(&created, &sent); err != nil {
			return t, failed("read what goes to an endpoint", err)
		}
		switch {
		case created < hourBefore:
			return t, nil
		case !sent:
		case created < lastHour:
			t.HourBefore++
		default:
			t.LastHour++
		}
	}
	if err := rows.Err(); err != nil {
		return t, failed("read what goes to an endpoint", err)
	}
	return t, nil
}
