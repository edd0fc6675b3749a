package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// Snapshot returns the instant of the last commit that changed records or users.
// What Records shows as of it does not change any more: every later change has a
// later instant, whatever the clocks of the machines do.
func (s *Store) Snapshot(ctx context.Context) (time.Time, error) {
	var last int64
	if err := s.snapshot.QueryRowContext(ctx).Scan(&last); err != nil {
		return time.Time{}, failed("read the last commit", err)
	}
	return time.UnixMilli(last).UTC(), nil
}

// tick returns the instant of the transaction, later than that of any commit
// before it: now, or where two fall into one millisecond, the next.
func (s *Store) tick(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	var at int64
	err := tx.QueryRowContext(ctx, `UPDATE clock SET last = max(last + 1, ?) RETURNING last`, s.instant().UnixMilli()).Scan(&at)
	if err != nil {
		return time.Time{}, failed("take the time of a commit", err)
	}
	return time.UnixMilli(at).UTC(), nil
}
