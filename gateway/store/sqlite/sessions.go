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

// sessionsKept is how long a session is kept after its end, so that whoever
// comes late is told why it does not work.
const sessionsKept = 24 * time.Hour

// AddSession keeps a session, and forgets those of the tenant that ended long ago.
func (s *Store) AddSession(ctx context.Context, n store.Session) error {
	_, err := s.write.ExecContext(ctx, `DELETE FROM sessions WHERE tenant = ? AND expires < ?`, n.Tenant, s.now().Add(-sessionsKept).UnixMilli())
	if err != nil {
		return failed("forget sessions", err)
	}
	_, err = s.write.ExecContext(ctx, `INSERT INTO sessions (tenant, session_hash, leaving, user_id, reference, success, failure, expires, used)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`, n.Tenant, hash(n.ID), n.Leaving, n.User, n.Reference, n.Success, n.Failure, n.Expires.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return fault.New(fault.NotFound, "no such tenant")
	case err != nil:
		return failed("add session", err)
	}
	return nil
}

// Session returns the session with the id, used or expired as it may be. Like
// Authenticate, it is asked before anyone knows the tenant.
func (s *Store) Session(ctx context.Context, id string) (store.Session, error) {
	n := store.Session{ID: id}
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT tenant, leaving, user_id, reference, success, failure, expires, used <> 0 FROM sessions WHERE session_hash = ?`, hash(id)).
		Scan(&n.Tenant, &n.Leaving, &n.User, &n.Reference, &n.Success, &n.Failure, &expires, &n.Used)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Session{}, fault.New(fault.NotFound, "no such session")
	}
	if err != nil {
		return store.Session{}, failed("read session", err)
	}
	n.Expires = time.UnixMilli(expires).UTC()
	return n, nil
}

// EndSession uses a session up with nobody connected, and appends the event. One
// that was used before is Gone.
func (s *Store) EndSession(ctx context.Context, id string, e store.Event) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("end session", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if err := s.useSession(ctx, tx, e.Tenant, id); err != nil {
		return err
	}
	if err := s.appendEvent(ctx, tx, e); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("end session", err)
	}
	s.changed()
	return nil
}

func (s *Store) useSession(ctx context.Context, on executor, tenant, id string) error {
	done, err := on.ExecContext(ctx, `UPDATE sessions SET used = ? WHERE tenant = ? AND session_hash = ? AND used = 0`,
		s.instant().UnixMilli(), tenant, hash(id))
	if err != nil {
		return failed("use session", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Gone, "the session was used before"))
	}
	return nil
}

func (im *transaction) Connect(ctx context.Context, session string, events []store.Event) error {
	if err := im.store.useSession(ctx, im.tx, im.tenant, session); err != nil {
		return err
	}
	_, err := im.tx.ExecContext(ctx, `UPDATE users SET connected = ? WHERE tenant = ? AND user_id = ?`, im.at.UnixMilli(), im.tenant, im.user)
	if err != nil {
		return failed("connect user", err)
	}
	if err := im.Activate(ctx); err != nil {
		return err
	}
	for _, e := range events {
		e.Tenant, e.User = im.tenant, im.user
		if err := im.store.appendEvent(ctx, im.tx, e); err != nil {
			return err
		}
	}
	return nil
}

func (im *transaction) Activate(ctx context.Context) error {
	u, err := presentUser(ctx, im.tx, im.tenant, im.user)
	if err != nil || u.Active {
		return err
	}
	u.Active = true
	_, err = im.store.newVersion(ctx, im.tx, u)
	return err
}
