package sqlite

import (
	"context"
	"database/sql"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// LeaseConnections lets the holder work until the given time for connections
// that are due and for which nobody works, and returns them, those first that
// are due longest. Nobody else gets them before.
func (s *Store) LeaseConnections(ctx context.Context, holder string, until time.Time, limit int) ([]store.Connection, error) {
	now := s.instant().UnixMilli()
	var some bool
	if err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM connections WHERE `+due+`)`, now).Scan(&some); err != nil || !some {
		if err != nil {
			return nil, failed("lease connections", err)
		}
		return nil, nil // which is so nearly always, and needs no lock
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, failed("lease connections", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	all, err := lease(ctx, tx, now, holder, until, limit)
	if err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, failed("lease connections", err)
	}
	return all, nil
}

const due = `next_at > 0 AND next_at <= ?1 AND held_until <= ?1`

func lease(ctx context.Context, tx *sql.Tx, now int64, holder string, until time.Time, limit int) ([]store.Connection, error) {
	rows, err := tx.QueryContext(ctx, `UPDATE connections SET holder = ?2, held_until = ?3
		WHERE (tenant, user_id) IN (SELECT tenant, user_id FROM connections WHERE `+due+` ORDER BY next_at LIMIT ?4)
		RETURNING `+connectionColumns, now, holder, until.UnixMilli(), limit)
	if err != nil {
		return nil, failed("lease connections", err)
	}
	defer rows.Close()
	var all []store.Connection
	for rows.Next() {
		c, err := scanConnection(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("lease connections", err)
	}
	return all, nil
}

var errNotHeld = fault.New(fault.Conflict, "another process works for the connection, or it is gone")

// SpendExport counts an export that the holder is about to make. Beyond the
// connection's cap it is RateLimited, and nothing may be asked for.
func (s *Store) SpendExport(ctx context.Context, tenant, user, holder string) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("spend an export", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	c, err := scanConnection(tx.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections
		WHERE tenant = ? AND user_id = ? AND holder = ?`, tenant, user, holder))
	if fault.KindOf(err) == fault.NotFound {
		return errNotHeld
	}
	if err != nil || c.Cap == 0 {
		return err
	}
	now := s.instant()
	if c.Free(1, now).After(now) {
		return fault.New(fault.RateLimited, "no more than %d exports in 24 hours", c.Cap)
	}
	at := []int64{}
	for _, one := range c.Spent[max(0, len(c.Spent)+1-c.Cap):] {
		at = append(at, one.UnixMilli())
	}
	at = append(at, now.UnixMilli())
	if _, err := tx.ExecContext(ctx, `UPDATE connections SET spent = ? WHERE tenant = ? AND user_id = ?`, listText(at), tenant, user); err != nil {
		return failed("spend an export", err)
	}
	if err := tx.Commit(); err != nil {
		return failed("spend an export", err)
	}
	return nil
}

// SettleConnection stores what came of the holder's work. If somebody asked for
// another fetch meanwhile, it is due at once. It is a Conflict where another
// process works for the connection by now, and then nothing is stored.
func (s *Store) SettleConnection(ctx context.Context, n store.Settlement) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("settle connection", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	holder := n.Holder
	if n.Until.IsZero() {
		holder = ""
	}
	done, err := tx.ExecContext(ctx, `UPDATE connections SET covered_from = ?, covered_to = ?, digest = ?, tried = ?, synced = ?, class = ?, reason = ?,
			failures = ?, failing_since = ?, told = ?, holder = ?, held_until = ?, state = CASE WHEN ? THEN 'revoked' ELSE state END,
			since = CASE WHEN since = '' THEN ? ELSE since END,
			next_at = CASE WHEN ? OR state <> 'live' THEN 0 WHEN asks > ? THEN ? ELSE ? END
		WHERE tenant = ? AND user_id = ? AND holder = ?`,
		n.CoveredFrom, n.CoveredTo, n.Digest, milliseconds(n.Tried), milliseconds(n.Synced), n.Class, n.Reason,
		n.Failures, milliseconds(n.FailingSince), n.Told, holder, milliseconds(n.Until), n.End, n.Since,
		n.End, n.Asks, s.instant().UnixMilli(), milliseconds(n.NextAt), n.Tenant, n.User, n.Holder)
	if err != nil {
		return failed("settle connection", err)
	}
	if count, err := done.RowsAffected(); err != nil || count == 0 {
		if err == nil {
			err = errNotHeld
		}
		return err
	}
	if n.Secret != nil {
		sealed, err := s.sealSecret(n.Tenant, n.User, n.Secret)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE connections SET sealed = ? WHERE tenant = ? AND user_id = ?`, sealed, n.Tenant, n.User); err != nil {
			return failed("settle connection", err)
		}
	}
	if n.Same {
		_, err := tx.ExecContext(ctx, `UPDATE connection_types SET synced = ?, kept = kept + added + altered, added = 0, altered = 0, gone = 0
			WHERE tenant = ? AND user_id = ?`, milliseconds(n.Synced), n.Tenant, n.User)
		if err != nil {
			return failed("settle connection", err)
		}
	}
	for _, t := range n.Came {
		if err := putType(ctx, tx, n.Tenant, n.User, t); err != nil {
			return err
		}
	}
	for _, e := range n.Events {
		e.Tenant, e.User = n.Tenant, n.User
		if err := s.appendEvent(ctx, tx, e); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return failed("settle connection", err)
	}
	if len(n.Events) > 0 {
		s.changed()
	}
	return nil
}

func putType(ctx context.Context, on executor, tenant, user string, t store.Synced) error {
	_, err := on.ExecContext(ctx, `INSERT INTO connection_types (tenant, user_id, type, synced, changed, rows, added, altered, gone, kept)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, user_id, type) DO UPDATE SET synced = excluded.synced, rows = excluded.rows, added = excluded.added,
			altered = excluded.altered, gone = excluded.gone, kept = excluded.kept,
			changed = CASE WHEN excluded.changed > 0 THEN excluded.changed ELSE changed END`,
		tenant, user, t.Type, milliseconds(t.At), milliseconds(t.Changed), t.Rows, t.Added, t.Tally.Changed, t.Gone, t.Kept)
	if err != nil {
		return failed("note what came", err)
	}
	return nil
}
