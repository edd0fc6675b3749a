package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

const connectionColumns = `tenant, user_id, route, account, state, every, cap, spent, since, covered_from, covered_to, history, digest,
	next_at, asks, tried, synced, class, reason, failures, failing_since, told, created`

func scanConnection(r row) (store.Connection, error) {
	var c store.Connection
	var every, next, tried, synced, failing, created int64
	var spent string
	err := r.Scan(&c.Tenant, &c.User, &c.Route, &c.Account, &c.State, &every, &c.Cap, &spent, &c.Since, &c.CoveredFrom, &c.CoveredTo,
		&c.History, &c.Digest, &next, &c.Asks, &tried, &synced, &c.Class, &c.Reason, &c.Failures, &failing, &c.Told, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "the user has no connection")
	}
	if err != nil {
		return c, failed("read connection", err)
	}
	c.Every = time.Duration(every) * time.Millisecond
	c.NextAt, c.Tried, c.Synced = instantOf(next), instantOf(tried), instantOf(synced)
	c.FailingSince, c.Created = instantOf(failing), instantOf(created)
	var at []int64
	if err := json.Unmarshal([]byte(spent), &at); err != nil {
		return c, fmt.Errorf("read connection: what was spent: %w", err)
	}
	for _, ms := range at {
		c.Spent = append(c.Spent, instantOf(ms))
	}
	return c, nil
}

// milliseconds writes an instant; none is 0.
func milliseconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

func connectionPlace(tenant, user string) string {
	return listText([]string{"connection", tenant, user})
}

func (s *Store) sealSecret(tenant, user string, secret []byte) ([]byte, error) {
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	sealed, err := box.Seal(secret, connectionPlace(tenant, user))
	if err != nil {
		return nil, fmt.Errorf("seal what a connection needs: %w", err)
	}
	return sealed, nil
}

// PutConnection connects a user, now, with what the route needs to get in. Who
// was connected by the same route to the same account goes on where that was:
// what was fetched, what was spent and what came stay.
func (s *Store) PutConnection(ctx context.Context, c store.Connection, secret []byte) (store.Connection, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return c, failed("put connection", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if _, err := presentUser(ctx, tx, c.Tenant, c.User); err != nil {
		return c, err
	}
	sealed, err := s.sealSecret(c.Tenant, c.User, secret)
	if err != nil {
		return c, err
	}
	const another = `DELETE FROM connections WHERE tenant = ? AND user_id = ? AND (route <> ? OR account <> ?)`
	if _, err := tx.ExecContext(ctx, another, c.Tenant, c.User, c.Route, c.Account); err != nil {
		return c, failed("put connection", err)
	}
	now := s.instant().UnixMilli()
	_, err = tx.ExecContext(ctx, `INSERT INTO connections (tenant, user_id, route, account, state, sealed, every, cap, spent, since, covered_from, covered_to,
			history, digest, next_at, asks, tried, synced, class, reason, failures, failing_since, told, created, holder, held_until)
		VALUES (?, ?, ?, ?, 'live', ?, ?, ?, '[]', ?, '', '', '', '', ?, 0, 0, 0, '', '', 0, 0, FALSE, ?, '', 0)
		ON CONFLICT (tenant, user_id) DO UPDATE SET state = 'live', sealed = excluded.sealed, every = excluded.every, cap = excluded.cap,
			next_at = excluded.next_at, asks = asks + 1, class = '', reason = '', failures = 0, failing_since = 0, told = FALSE`,
		c.Tenant, c.User, c.Route, c.Account, sealed, c.Every.Milliseconds(), c.Cap, c.Since, now, now)
	if err != nil {
		return c, failed("put connection", err)
	}
	stored, err := scanConnection(tx.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections WHERE tenant = ? AND user_id = ?`, c.Tenant, c.User))
	if err != nil {
		return c, err
	}
	if err := tx.Commit(); err != nil {
		return c, failed("put connection", err)
	}
	return stored, nil
}

// Connection returns how the user is connected.
func (s *Store) Connection(ctx context.Context, tenant, user string) (store.Connection, error) {
	c, err := scanConnection(s.read.QueryRowContext(ctx, `SELECT `+connectionColumns+` FROM connections WHERE tenant = ? AND user_id = ?`, tenant, user))
	if err != nil {
		return c, err
	}
	c.Types, err = s.types(ctx, tenant, user)
	return c, err
}

func (s *Store) types(ctx context.Context, tenant, user string) ([]store.Synced, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT type, synced, changed, rows, added, altered, gone, kept FROM connection_types
		WHERE tenant = ? AND user_id = ? ORDER BY type`, tenant, user)
	if err != nil {
		return nil, failed("read what came", err)
	}
	defer rows.Close()
	var all []store.Synced
	for rows.Next() {
		var t store.Synced
		var at, changed int64
		if err := rows.Scan(&t.Type, &at, &changed, &t.Rows, &t.Added, &t.Tally.Changed, &t.Gone, &t.Kept); err != nil {
			return nil, failed("read what came", err)
		}
		t.At, t.Changed = instantOf(at), instantOf(changed)
		all = append(all, t)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read what came", err)
	}
	return all, nil
}

// Connections lists the tenant's connections with users after the given one, in
// the order of their ids; next is empty at the end. A limit of 0 is none.
func (s *Store) Connections(ctx context.Context, tenant, after string, limit int) (all []store.Connection, next string, err error) {
	all, err = s.connections(ctx, `WHERE tenant = ? AND user_id > ? ORDER BY user_id LIMIT ?`, tenant, after, oneMore(limit))
	if err != nil {
		return nil, "", err
	}
	if limit > 0 && len(all) > limit {
		all = all[:limit]
		next = all[limit-1].User
	}
	for i := range all {
		if all[i].Types, err = s.types(ctx, tenant, all[i].User); err != nil {
			return nil, "", err
		}
	}
	return all, next, nil
}

func (s *Store) connections(ctx context.Context, where string, args ...any) ([]store.Connection, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+connectionColumns+` FROM connections `+where, args...) //nolint:gosec // put together of constants
	if err != nil {
		return nil, failed("list connections", err)
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
		return nil, failed("list connections", err)
	}
	return all, nil
}

// ConnectionsOf returns the connections of every tenant to an account of the
// source, for its notices, which know no tenant.
func (s *Store) ConnectionsOf(ctx context.Context, route, account string) ([]store.Connection, error) {
	if account == "" {
		return nil, nil
	}
	return s.connections(ctx, `WHERE route = ? AND account = ?`, route, account)
}

// ConnectionSecret returns what the connection's route needs to get in.
func (s *Store) ConnectionSecret(ctx context.Context, tenant, user string) ([]byte, error) {
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM connections WHERE tenant = ? AND user_id = ?`, tenant, user).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "the user has no connection")
	}
	if err != nil {
		return nil, failed("read what a connection needs", err)
	}
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	return box.Open(sealed, connectionPlace(tenant, user))
}

// ChangeConnection changes a connection and returns it. One whose access was
// taken back is a Conflict: the person has to connect again.
func (s *Store) ChangeConnection(ctx context.Context, tenant, user string, change store.ConnectionChange) (store.Connection, error) {
	c, err := s.Connection(ctx, tenant, user)
	switch {
	case err != nil:
		return c, err
	case c.State == store.Ended:
		return c, fault.New(fault.Conflict, "the access was taken back; the person has to connect again")
	}
	apply(&c, change)
	next := int64(0)
	switch {
	case c.State != store.Live:
	case change.Now || c.NextAt.IsZero():
		next = s.instant().UnixMilli()
		c.Asks++
	default:
		next = c.NextAt.UnixMilli()
	}
	_, err = s.write.ExecContext(ctx, `UPDATE connections SET state = ?, every = ?, since = ?, history = ?, next_at = ?, asks = ?
		WHERE tenant = ? AND user_id = ? AND state <> 'revoked'`, c.State, c.Every.Milliseconds(), c.Since, c.History, next, c.Asks, tenant, user)
	if err != nil {
		return c, failed("change connection", err)
	}
	return s.Connection(ctx, tenant, user)
}

func apply(c *store.Connection, change store.ConnectionChange) {
	if change.State != nil {
		c.State = *change.State
	}
	if change.Every != nil {
		c.Every = *change.Every
	}
	if change.Since != nil {
		c.Since = *change.Since
	}
	if change.History != nil {
		c.History = *change.History
	}
}

// DeleteConnection ends a connection here. What came by it stays.
func (s *Store) DeleteConnection(ctx context.Context, tenant, user string) error {
	done, err := s.write.ExecContext(ctx, `DELETE FROM connections WHERE tenant = ? AND user_id = ?`, tenant, user)
	if err != nil {
		return failed("delete connection", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, "the user has no connection"))
	}
	return nil
}
