package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

const exportColumns = `tenant, export, client, request, ask, place, as_of, state, class, created, expires, holder, held_until`

// AddExport keeps a new export under a random id, to be worked on. AsOf is the
// instant of this commit: what was stored before it has an earlier one, and what
// is stored later a later one. A client that has so many that are not over gets
// no more: RateLimited.
func (s *Store) AddExport(ctx context.Context, e store.Export, most int) (store.Export, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return e, fmt.Errorf("make the id of an export: %w", err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return e, failed("add export", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	var waiting int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM exports INDEXED BY exports_waiting WHERE state = 'waiting' AND tenant = ? AND client = ?`,
		e.Tenant, e.Client).Scan(&waiting); err != nil {
		return e, failed("add export", err)
	}
	if waiting >= most {
		return e, fault.New(fault.RateLimited, "%d exports are not over yet; wait for one, or delete one", waiting)
	}
	e.ID, e.State, e.Created = id.String(), store.ExportWaiting, s.instant()
	if e.AsOf, err = s.tick(ctx, tx); err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO exports (`+exportColumns+`, worked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, '', 0, 0)`,
		e.Tenant, e.ID, e.Client, e.Request, string(e.Ask), string(e.Place), e.AsOf.UnixMilli(), e.State, e.Created.UnixMilli(), e.Expires.UnixMilli())
	if violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY) {
		return e, fault.New(fault.NotFound, "no such tenant")
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return e, failed("add export", err)
	}
	s.changed()
	return e, nil
}

// Export returns the tenant's export with the id.
func (s *Store) Export(ctx context.Context, tenant, id string) (store.Export, error) {
	return scanExport(s.read.QueryRowContext(ctx, `SELECT `+exportColumns+` FROM exports WHERE tenant = ? AND export = ?`, tenant, id))
}

// Exports lists those of all tenants, for the process that looks after their files.
func (s *Store) Exports(ctx context.Context) ([]store.Export, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+exportColumns+` FROM exports`)
	if err != nil {
		return nil, failed("list exports", err)
	}
	defer rows.Close()
	var all []store.Export
	for rows.Next() {
		e, err := scanExport(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list exports", err)
	}
	return all, nil
}

// TakeExport lets the holder work until the given time for the export that has
// waited longest and for which nobody else works; NotFound if there is none.
func (s *Store) TakeExport(ctx context.Context, holder string, until time.Time) (store.Export, error) {
	now := s.instant().UnixMilli()
	var any int
	// Most of the time there is none, and whoever only reads waits for nobody.
	err := s.read.QueryRowContext(ctx, `SELECT 1 FROM exports INDEXED BY exports_waiting
		WHERE state = 'waiting' AND (held_until <= ? OR holder = ?) LIMIT 1`, now, holder).Scan(&any)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Export{}, fault.New(fault.NotFound, "no export waits")
	}
	if err != nil {
		return store.Export{}, failed("take export", err)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return store.Export{}, failed("take export", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	e, err := scanExport(tx.QueryRowContext(ctx, `UPDATE exports SET holder = ?, held_until = ?, worked = ? WHERE (tenant, export) = (
		SELECT tenant, export FROM exports INDEXED BY exports_waiting
		WHERE state = 'waiting' AND (held_until <= ? OR holder = ?) ORDER BY worked, created LIMIT 1) RETURNING `+exportColumns,
		holder, until.UnixMilli(), now, now, holder))
	if err != nil {
		return e, err
	}
	if err := tx.Commit(); err != nil {
		return e, failed("take export", err)
	}
	return e, nil
}

// AdvanceExport stores how far an export has come, or that it is over, together
// with the people of whom its files have something since. It is a Conflict where
// the holder may work for it no longer, or where one of the people is not there
// any more: then nothing of that stretch may stay.
func (s *Store) AdvanceExport(ctx context.Context, e store.Export, people []string) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("advance export", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	done, err := tx.ExecContext(ctx, `UPDATE exports SET place = ?, state = ?, class = ?, expires = ?, held_until = ?
		WHERE tenant = ? AND export = ? AND holder = ? AND state = 'waiting'`,
		string(e.Place), e.State, e.Class, e.Expires.UnixMilli(), msOf(e.Until), e.Tenant, e.ID, e.Holder)
	if err != nil {
		return failed("advance export", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.Conflict, "the export is not ours, or over"))
	}
	if err := addExported(ctx, tx, e, people); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("advance export", err)
	}
	return nil
}

func addExported(ctx context.Context, tx *sql.Tx, e store.Export, people []string) error {
	if len(people) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, `INSERT INTO export_people (tenant, user_id, export)
		SELECT tenant, user_id, ? FROM users WHERE tenant = ? AND user_id = ? AND left_at = 0
		ON CONFLICT DO UPDATE SET export = excluded.export`)
	if err != nil {
		return failed("advance export", err)
	}
	defer insert.Close()
	for _, id := range people {
		done, err := insert.ExecContext(ctx, e.ID, e.Tenant, id)
		if err != nil {
			return failed("advance export", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.Conflict, "somebody was erased meanwhile"))
		}
	}
	return nil
}

// DeleteExport deletes an export; its files go with the next look at them.
func (s *Store) DeleteExport(ctx context.Context, tenant, id string) error {
	done, err := s.write.ExecContext(ctx, `DELETE FROM exports WHERE tenant = ? AND export = ?`, tenant, id)
	if err != nil {
		return failed("delete export", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, "no such export"))
	}
	s.changed()
	return nil
}

// ExpireExports deletes those whose time has come.
func (s *Store) ExpireExports(ctx context.Context) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM exports WHERE expires <= ?`, s.instant().UnixMilli()); err != nil {
		return failed("delete old exports", err)
	}
	return nil
}

// Erased lists the tenant's users who were deauthenticated within a time, from
// excluded and to included.
func (s *Store) Erased(ctx context.Context, tenant string, from, to time.Time) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT user_id FROM users WHERE tenant = ? AND left_at > ? AND left_at <= ? ORDER BY user_id`,
		tenant, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, failed("list erased users", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, failed("list erased users", err)
		}
		all = append(all, id)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list erased users", err)
	}
	return all, nil
}

// eraseExports fails the exports whose files have something of the user, and
// forgets that they had.
func eraseExports(ctx context.Context, tx *sql.Tx, u store.User) error {
	_, err := tx.ExecContext(ctx, `UPDATE exports SET state = ?, class = ?, place = '{}' WHERE tenant = ? AND export IN (
		SELECT export FROM export_people WHERE tenant = ? AND user_id = ?)`, store.ExportFailed, store.PersonErased, u.Tenant, u.Tenant, u.ID)
	if err == nil {
		_, err = tx.ExecContext(ctx, `DELETE FROM export_people WHERE tenant = ? AND user_id = ?`, u.Tenant, u.ID)
	}
	if err != nil {
		return failed("erase a user's exports", err)
	}
	return nil
}

func scanExport(r row) (store.Export, error) {
	var e store.Export
	var ask, place string
	var asOf, created, expires, until int64
	err := r.Scan(&e.Tenant, &e.ID, &e.Client, &e.Request, &ask, &place, &asOf, &e.State, &e.Class, &created, &expires, &e.Holder, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fault.New(fault.NotFound, "no such export")
	}
	if err != nil {
		return e, failed("read export", err)
	}
	e.Ask, e.Place = []byte(ask), []byte(place)
	e.AsOf, e.Created, e.Expires = time.UnixMilli(asOf).UTC(), time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	e.Until = instantOf(until)
	return e, nil
}
