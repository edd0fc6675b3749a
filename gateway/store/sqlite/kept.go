package sqlite

import (
	"context"
	"time"

	"nutrigate/gateway/store"
)

// Kept tells what the tenant has that is held or dead.
func (s *Store) Kept(ctx context.Context, tenant string) (store.Kept, error) {
	var k store.Kept
	var oldest int64
	err := s.read.QueryRowContext(ctx, `SELECT n, bytes, coalesce((SELECT created FROM deliveries d WHERE d.tenant = ? AND d.delivery = k.oldest), 0)
		FROM (SELECT count(*) AS n, coalesce(sum(size), 0) AS bytes, min(delivery) AS oldest FROM deliveries INDEXED BY deliveries_kept
			WHERE tenant = ? AND state IN ('held', 'dead')) k`, tenant, tenant).Scan(&k.Deliveries, &k.Bytes, &oldest)
	if err != nil {
		return k, failed("read what is kept", err)
	}
	k.Oldest = instantOf(oldest)
	return k, nil
}

// keptByEndpoint is what is held or dead of every endpoint, whosever it is.
func (s *Store) keptByEndpoint(ctx context.Context) (map[string]store.Kept, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT k.endpoint, n, bytes, d.created
		FROM (SELECT tenant, endpoint, count(*) AS n, sum(size) AS bytes, min(delivery) AS oldest FROM deliveries INDEXED BY deliveries_kept
			WHERE state IN ('held', 'dead') GROUP BY tenant, endpoint) k
		JOIN deliveries d ON d.tenant = k.tenant AND d.delivery = k.oldest`)
	if err != nil {
		return nil, failed("read what is kept", err)
	}
	defer rows.Close()
	all := map[string]store.Kept{}
	for rows.Next() {
		var endpoint string
		var k store.Kept
		var oldest int64
		if err := rows.Scan(&endpoint, &k.Deliveries, &k.Bytes, &oldest); err != nil {
			return nil, failed("read what is kept", err)
		}
		k.Oldest = instantOf(oldest)
		all[endpoint] = k
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read what is kept", err)
	}
	return all, nil
}

// Sweep deletes what is held or dead and was made before the given time, and
// the oldest of what goes beyond so many bytes for its endpoint; up to limit
// deliveries of each sort. It returns how many those were.
func (s *Store) Sweep(ctx context.Context, before time.Time, bytes int64, limit int) (int, error) {
	done, err := s.write.ExecContext(ctx, `DELETE FROM deliveries WHERE (tenant, delivery) IN (
		SELECT d.tenant, d.delivery FROM endpoints e CROSS JOIN deliveries d INDEXED BY deliveries_kept
			ON d.tenant = e.tenant AND d.endpoint = e.endpoint AND d.delivery < ?
		WHERE d.state IN ('held', 'dead') LIMIT ?)`, idBefore(before), limit)
	if err != nil {
		return 0, failed("delete what was kept", err)
	}
	old, err := done.RowsAffected()
	if err != nil {
		return 0, failed("delete what was kept", err)
	}
	done, err = s.write.ExecContext(ctx, `WITH large AS (
			SELECT tenant, endpoint FROM deliveries INDEXED BY deliveries_kept
			WHERE state IN ('held', 'dead') GROUP BY tenant, endpoint HAVING sum(size) > ?),
		kept AS (
			SELECT d.tenant, d.delivery, sum(d.size) OVER (PARTITION BY d.tenant, d.endpoint ORDER BY d.delivery DESC) AS bytes
			FROM large l JOIN deliveries d ON d.tenant = l.tenant AND d.endpoint = l.endpoint WHERE d.state IN ('held', 'dead'))
		DELETE FROM deliveries WHERE (tenant, delivery) IN (SELECT tenant, delivery FROM kept WHERE bytes > ? ORDER BY delivery LIMIT ?)`,
		bytes, bytes, limit)
	if err != nil {
		return int(old), failed("delete what was kept", err)
	}
	large, err := done.RowsAffected()
	return int(old + large), err
}
