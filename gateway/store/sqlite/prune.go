package sqlite

import (
	"context"
	"fmt"
	"time"
)

// Prune deletes what was delivered and made before the given time, up to limit
// deliveries, and returns how many those were. What is held or dead stays.
func (s *Store) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	done, err := s.write.ExecContext(ctx, `DELETE FROM deliveries WHERE (tenant, delivery) IN (
		SELECT d.tenant, d.delivery FROM tenants t JOIN deliveries d ON d.tenant = t.tenant AND d.delivery < ?
		WHERE d.state = 'delivered' LIMIT ?)`, idBefore(before), limit)
	if err != nil {
		return 0, failed("delete old deliveries", err)
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// idBefore sorts before the ids of all deliveries that were made then or later,
// since they begin with the time (RFC 9562 section 5.7).
func idBefore(t time.Time) string {
	ms := t.UnixMilli()
	return fmt.Sprintf("msg_%08x-%04x", ms>>16, ms&0xffff)
}
