package sqlite

import (
	"context"

	"nutrigate/gateway/store"
)

// Fail appends an event about a user whose source fails, unless it has failed
// since the last import: then whoever listens knows already.
func (s *Store) Fail(ctx context.Context, e store.Event) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("note a failing source", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if _, err := presentUser(ctx, tx, e.Tenant, e.User); err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `UPDATE users SET failed_at = ? WHERE tenant = ? AND user_id = ? AND failed_at = 0`,
		s.instant().UnixMilli(), e.Tenant, e.User)
	if err != nil {
		return failed("note a failing source", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.appendEvent(ctx, tx, e); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("note a failing source", err)
	}
	s.changed()
	return nil
}

// works notes that the source works again, as soon as the import is committed.
func (im *transaction) works(ctx context.Context) error {
	_, err := im.tx.ExecContext(ctx, `UPDATE users SET failed_at = 0 WHERE tenant = ? AND user_id = ? AND failed_at <> 0`, im.tenant, im.user)
	if err != nil {
		return failed("note a source that works", err)
	}
	return nil
}
