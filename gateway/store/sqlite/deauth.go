package sqlite

import (
	"context"
	"database/sql"

	"nutrigate/gateway/store"
)

// Deauthenticate removes everything that is kept of a user: records with all
// their versions, documents, and deliveries of data. The user stays as one who
// left, whom nobody finds, so that whoever tells of the event knows whom it was
// about. The event is appended in the same transaction.
func (s *Store) Deauthenticate(ctx context.Context, e store.Event) error {
	return s.leave(ctx, e, func(*sql.Tx) error { return nil })
}

// Revoke is Deauthenticate by the person, whose session is used up with it. A
// session that was used before is Gone.
func (s *Store) Revoke(ctx context.Context, session string, e store.Event) error {
	return s.leave(ctx, e, func(tx *sql.Tx) error { return s.useSession(ctx, tx, e.Tenant, session) })
}

func (s *Store) leave(ctx context.Context, e store.Event, first func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("deauthenticate", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if err := first(tx); err != nil {
		return err
	}
	u, err := presentUser(ctx, tx, e.Tenant, e.User)
	if err != nil {
		return err
	}
	if err := s.eraseData(ctx, tx, u); err != nil {
		return err
	}
	u.Active, u.Zone = false, ""
	if _, err := s.newVersion(ctx, tx, u); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM user_versions WHERE tenant = ? AND user_id = ?`, u.Tenant, u.ID); err != nil {
		return failed("erase a user's versions", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE users SET left_at = ? WHERE tenant = ? AND user_id = ?`, s.instant().UnixMilli(), u.Tenant, u.ID)
	if err != nil {
		return failed("deauthenticate", err)
	}
	if err := s.appendEvent(ctx, tx, e); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("deauthenticate", err)
	}
	s.changed()
	return nil
}

// eraseData removes the user's rows in every table that says something of the
// person. Chunks go with their documents, bytes with their deliveries, and exports
// fail that hold the person. What tells of the connection alone is still sent.
func (s *Store) eraseData(ctx context.Context, tx *sql.Tx, u store.User) error {
	for _, rows := range []string{
		"record_versions WHERE", "records WHERE", "days WHERE", "documents WHERE", "connections WHERE", "authorizations WHERE", "launches WHERE",
		"deliveries WHERE type IN ('activity', 'athlete', 'body', 'daily', 'menstruation', 'nutrition', 'sleep', 'notification') AND",
	} {
		//nolint:gosec // put together of constants
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+rows+` tenant = ? AND user_id = ?`, u.Tenant, u.ID); err != nil {
			return failed("erase a user's data", err)
		}
	}
	if err := forgetAccesses(ctx, tx, u); err != nil {
		return err
	}
	if err := eraseExports(ctx, tx, u); err != nil {
		return err
	}
	return s.lineUp(ctx, tx, u.Tenant)
}
