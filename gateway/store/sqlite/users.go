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

const userColumns = `tenant, user_id, reference, zone, active, created, version, updated, connected, left_at`

// User returns the tenant's user with the public id, deauthenticated or not.
func (s *Store) User(ctx context.Context, tenant, id string) (store.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE tenant = ? AND user_id = ?`, tenant, id))
}

// UserByReference returns the user whom the tenant calls reference.
func (s *Store) UserByReference(ctx context.Context, tenant, reference string) (store.User, error) {
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE tenant = ? AND reference = ? AND reference <> '' AND left_at = 0`, tenant, reference))
}

// Users returns the tenant's users with ids after the given one, sorted by id,
// without those who were deauthenticated; next is empty at the end. A limit of
// 0 is none.
func (s *Store) Users(ctx context.Context, tenant, after string, limit int) (users []store.User, next string, err error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+userColumns+` FROM users WHERE tenant = ? AND user_id > ? AND left_at = 0 ORDER BY user_id LIMIT ?`,
		tenant, after, oneMore(limit))
	if err != nil {
		return nil, "", failed("list users", err)
	}
	defer rows.Close()
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, "", err
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, "", failed("list users", err)
	}
	if limit > 0 && len(users) > limit {
		users = users[:limit]
		next = users[limit-1].ID
	}
	return users, next, nil
}

// oneMore is the LIMIT that shows whether anything follows; SQLite takes -1 for none.
func oneMore(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit + 1
}

// PutUser makes a user where u has no ID, with a random one, and otherwise
// sets the Zone and Active of the user who has it. It returns the user as
// stored; a change raises its Version, and the same again changes nothing. A
// Reference that the tenant has already is a Conflict.
func (s *Store) PutUser(ctx context.Context, u store.User) (store.User, error) {
	if u.Tenant == "" {
		return store.User{}, fault.BadParam("user", "a user needs a tenant")
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return store.User{}, failed("put user", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	put := s.updateUser
	if u.ID == "" {
		put = s.createUser
	}
	stored, err := put(ctx, tx, u)
	if err != nil {
		return store.User{}, err
	}
	if err := tx.Commit(); err != nil {
		return store.User{}, failed("put user", err)
	}
	s.changed()
	return stored, nil
}

func (s *Store) createUser(ctx context.Context, tx *sql.Tx, u store.User) (store.User, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return u, fmt.Errorf("make a user id: %w", err)
	}
	at, err := s.tick(ctx, tx)
	if err != nil {
		return u, err
	}
	u.ID, u.Version, u.Created, u.Updated = id.String(), 1, at, at
	_, err = tx.ExecContext(ctx, `INSERT INTO users (`+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		u.Tenant, u.ID, u.Reference, u.Zone, u.Active, at.UnixMilli(), u.Version, at.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return u, fault.New(fault.NotFound, "no such tenant")
	case violates(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
		return u, fault.New(fault.Conflict, "a user with this reference is there already")
	case err != nil:
		return u, failed("add user", err)
	}
	return u, announceUser(ctx, tx, u, store.Tally{Added: 1})
}

func (s *Store) updateUser(ctx context.Context, tx *sql.Tx, u store.User) (store.User, error) {
	old, err := presentUser(ctx, tx, u.Tenant, u.ID)
	if err != nil || (old.Zone == u.Zone && old.Active == u.Active) {
		return old, err
	}
	old.Zone, old.Active = u.Zone, u.Active
	return s.newVersion(ctx, tx, old)
}

// ChangeUser changes a user. The same again changes nothing; a Reference that
// another user of the tenant has is a Conflict.
func (s *Store) ChangeUser(ctx context.Context, tenant, id string, c store.UserChange) (store.User, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return store.User{}, failed("change user", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	u, err := presentUser(ctx, tx, tenant, id)
	if err != nil {
		return store.User{}, err
	}
	old := u
	if c.Reference != nil {
		u.Reference = *c.Reference
	}
	if c.Active != nil {
		u.Active = *c.Active
	}
	if u == old {
		return u, nil
	}
	if u, err = s.newVersion(ctx, tx, u); err != nil {
		return store.User{}, err
	}
	if err := tx.Commit(); err != nil {
		return store.User{}, failed("change user", err)
	}
	s.changed()
	return u, nil
}

// newVersion stores a changed user, keeps what the Patient was, and announces it.
func (s *Store) newVersion(ctx context.Context, tx *sql.Tx, u store.User) (store.User, error) {
	if err := keepUserVersion(ctx, tx, u); err != nil {
		return u, err
	}
	var err error
	if u.Updated, err = s.tick(ctx, tx); err != nil {
		return u, err
	}
	u.Version++
	_, err = tx.ExecContext(ctx, `UPDATE users SET reference = ?, zone = ?, active = ?, version = ?, updated = ? WHERE tenant = ? AND user_id = ?`,
		u.Reference, u.Zone, u.Active, u.Version, u.Updated.UnixMilli(), u.Tenant, u.ID)
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
		return u, fault.New(fault.Conflict, "a user with this reference is there already")
	case err != nil:
		return u, failed("update user", err)
	}
	return u, announceUser(ctx, tx, u, store.Tally{Changed: 1})
}

// presentUser returns a user within a transaction, unless deauthenticated.
func presentUser(ctx context.Context, tx *sql.Tx, tenant, id string) (store.User, error) {
	u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE tenant = ? AND user_id = ?`, tenant, id))
	if err == nil {
		err = u.Here()
	}
	return u, err
}

// announceUser appends the event of a new or changed user.
func announceUser(ctx context.Context, tx *sql.Tx, u store.User, t store.Tally) error {
	_, err := tx.ExecContext(ctx, insertEvent, u.Tenant, u.ID, "user", "", t.Added, t.Changed, t.Gone, u.Updated.UnixMilli())
	if err != nil {
		return failed("announce user", err)
	}
	return nil
}

// instant is now, as exactly as the store keeps it.
func (s *Store) instant() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// row is what *sql.Row and *sql.Rows have in common.
type row interface{ Scan(into ...any) error }

func scanUser(r row) (store.User, error) {
	var u store.User
	var created, updated, connected, left int64
	err := r.Scan(&u.Tenant, &u.ID, &u.Reference, &u.Zone, &u.Active, &created, &u.Version, &updated, &connected, &left)
	if errors.Is(err, sql.ErrNoRows) {
		return u, fault.New(fault.NotFound, "no such user")
	}
	if err != nil {
		return u, failed("read user", err)
	}
	u.Created, u.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	if connected != 0 {
		u.Connected = time.UnixMilli(connected).UTC()
	}
	u.Left = left != 0
	return u, nil
}
