package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// AddAccesses keeps accesses, all or none. Those that are kept already stay.
func (s *Store) AddAccesses(ctx context.Context, all []store.Access) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("keep accesses", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	insert, err := tx.PrepareContext(ctx, `INSERT INTO accesses (`+accessColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
	if err != nil {
		return failed("keep accesses", err)
	}
	defer insert.Close()
	for i := range all {
		a := &all[i]
		_, err := insert.ExecContext(ctx, a.Tenant, a.ID, a.At.UnixMilli(), a.Interaction, a.Client, a.Address, a.User, a.Resource, a.Query, a.Outcome, a.Reason)
		if err != nil {
			return failed("keep accesses", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return failed("keep accesses", err)
	}
	return nil
}

const accessColumns = `tenant, access, at, interaction, client, address, user_id, resource, query, outcome, reason`

// Access returns one access of the tenant; NotFound if there is none.
func (s *Store) Access(ctx context.Context, tenant, id string) (store.Access, error) {
	return scanAccess(s.read.QueryRowContext(ctx, `SELECT `+accessColumns+` FROM accesses WHERE tenant = ? AND access = ?`, tenant, id))
}

// Accesses returns what was asked for.
func (s *Store) Accesses(ctx context.Context, q store.AccessQuery) ([]store.Access, error) {
	where, args := `tenant = ? AND access > ?`, []any{q.Tenant, q.After}
	if !q.From.IsZero() {
		where, args = where+` AND access >= ?`, append(args, accessAt(q.From))
	}
	if !q.To.IsZero() {
		where, args = where+` AND access < ?`, append(args, accessAt(q.To))
	}
	if q.Users != nil {
		where += ` AND user_id IN (` + strings.TrimSuffix(strings.Repeat("?, ", len(q.Users)), ", ") + `)`
		for _, u := range q.Users {
			args = append(args, u)
		}
	}
	limit := -1
	if q.Limit > 0 {
		limit = q.Limit
	}
	//nolint:gosec // put together of constants
	rows, err := s.read.QueryContext(ctx, `SELECT `+accessColumns+` FROM accesses WHERE `+where+` ORDER BY access LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, failed("list accesses", err)
	}
	defer rows.Close()
	var all []store.Access
	for rows.Next() {
		a, err := scanAccess(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list accesses", err)
	}
	return all, nil
}

func scanAccess(r row) (store.Access, error) {
	var a store.Access
	var at int64
	err := r.Scan(&a.Tenant, &a.ID, &at, &a.Interaction, &a.Client, &a.Address, &a.User, &a.Resource, &a.Query, &a.Outcome, &a.Reason)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "no such access")
	}
	if err != nil {
		return a, failed("read access", err)
	}
	a.At = time.UnixMilli(at).UTC()
	return a, nil
}

// PruneAccesses deletes accesses from before the given time, up to limit of
// them, and returns how many those were.
func (s *Store) PruneAccesses(ctx context.Context, before time.Time, limit int) (int, error) {
	done, err := s.write.ExecContext(ctx, `DELETE FROM accesses WHERE (tenant, access) IN (
		SELECT a.tenant, a.access FROM tenants t JOIN accesses a ON a.tenant = t.tenant AND a.access < ? LIMIT ?)`, accessAt(before), limit)
	if err != nil {
		return 0, failed("delete old accesses", err)
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// forgetAccesses leaves of what was read of a user who goes only who asked, and
// when, and how it ended.
func forgetAccesses(ctx context.Context, tx *sql.Tx, u store.User) error {
	if _, err := tx.ExecContext(ctx, `UPDATE accesses SET resource = '', query = '' WHERE tenant = ? AND user_id = ?`, u.Tenant, u.ID); err != nil {
		return failed("forget what was read", err)
	}
	return nil
}

// accessAt sorts before the ids of all accesses of that time or later.
func accessAt(t time.Time) string {
	ms := max(t.UnixMilli(), 0)
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}
