package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// AddLaunch keeps a launch, and forgets those of the tenant that ended long ago.
// NotFound where the tenant has no such user.
func (s *Store) AddLaunch(ctx context.Context, l store.Launch) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("add launch", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if l.User != "" {
		if _, err := presentUser(ctx, tx, l.Tenant, l.User); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM launches WHERE tenant = ? AND expires < ?`, l.Tenant, s.now().Add(-sessionsKept).UnixMilli()); err != nil {
		return failed("forget launches", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO launches (tenant, launch, secret_hash, client_id, user_id, practitioner, expires, used) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
		l.Tenant, l.ID, hash(l.Secret), l.Client, l.User, l.Practitioner, l.Expires.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return fault.New(fault.NotFound, "no such tenant")
	case err != nil:
		return failed("add launch", err)
	}
	if err := tx.Commit(); err != nil {
		return failed("add launch", err)
	}
	return nil
}

const launchColumns = `tenant, launch, client_id, user_id, practitioner, expires, used <> 0`

// LaunchBySecret returns the launch with the secret, used or expired as it may
// be. Like Authenticate, it is asked before anyone knows the tenant.
func (s *Store) LaunchBySecret(ctx context.Context, secret string) (store.Launch, error) {
	l := store.Launch{Secret: secret}
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT `+launchColumns+` FROM launches WHERE secret_hash = ?`, hash(secret)).
		Scan(&l.Tenant, &l.ID, &l.Client, &l.User, &l.Practitioner, &expires, &l.Used)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Launch{}, fault.New(fault.NotFound, "no such launch")
	}
	if err != nil {
		return store.Launch{}, failed("read launch", err)
	}
	l.Expires = time.UnixMilli(expires).UTC()
	return l, nil
}

// useLaunch uses a launch up. One that was used before is Gone.
func (s *Store) useLaunch(ctx context.Context, on executor, tenant, id string) error {
	done, err := on.ExecContext(ctx, `UPDATE launches SET used = ? WHERE tenant = ? AND launch = ? AND used = 0`, s.instant().UnixMilli(), tenant, id)
	if err != nil {
		return failed("use launch", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Gone, "the launch was used before"))
	}
	return nil
}
