package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// CreateClient makes a client of the tenant and gives it an ID. Where it is to
// have a secret, that is returned here and never again.
func (s *Store) CreateClient(ctx context.Context, c store.Client) (made store.Client, secret string, err error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return c, "", failed("make client", err)
	}
	c.ID, c.Created = id.String(), s.instant()
	secretHash := ""
	if c.HasSecret {
		random := make([]byte, keyBytes)
		_, _ = rand.Read(random) // which never fails
		secret = base64.RawURLEncoding.EncodeToString(random)
		secretHash = hash(secret)
	}
	redirects, err := json.Marshal(c.Redirects)
	if err != nil {
		return c, "", failed("make client", err)
	}
	_, err = s.write.ExecContext(ctx, `INSERT INTO clients (tenant, client_id, name, kind, redirects, launch, jwks, jwks_uri, secret_hash, scopes, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Tenant, c.ID, c.Name, c.Kind, string(redirects), c.Launch, string(c.JWKS), c.JWKSURI, secretHash, c.Scopes, c.Created.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return c, "", fault.New(fault.NotFound, "no such tenant")
	case err != nil:
		return c, "", failed("make client", err)
	}
	return c, secret, nil
}

const clientColumns = `tenant, client_id, name, kind, redirects, launch, jwks, jwks_uri, secret_hash <> '', scopes, created`

// Client returns the client with the id. Like Authenticate, it is asked before
// anyone knows the tenant.
func (s *Store) Client(ctx context.Context, id string) (store.Client, error) {
	return scanClient(s.read.QueryRowContext(ctx, `SELECT `+clientColumns+` FROM clients WHERE client_id = ?`, id))
}

// Clients lists the tenant's clients in the order in which they were made.
func (s *Store) Clients(ctx context.Context, tenant string) ([]store.Client, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+clientColumns+` FROM clients WHERE tenant = ? ORDER BY rowid`, tenant)
	if err != nil {
		return nil, failed("list clients", err)
	}
	defer rows.Close()
	var all []store.Client
	for rows.Next() {
		c, err := scanClient(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list clients", err)
	}
	return all, nil
}

func scanClient(r row) (store.Client, error) {
	var c store.Client
	var redirects, jwks string
	var created int64
	err := r.Scan(&c.Tenant, &c.ID, &c.Name, &c.Kind, &redirects, &c.Launch, &jwks, &c.JWKSURI, &c.HasSecret, &c.Scopes, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "no such client")
	}
	if err == nil {
		err = json.Unmarshal([]byte(redirects), &c.Redirects)
	}
	if err != nil {
		return c, failed("read client", err)
	}
	if jwks != "" {
		c.JWKS = []byte(jwks)
	}
	c.Created = time.UnixMilli(created).UTC()
	return c, nil
}

// ClientBySecret returns the client with the id if the secret is its own; an
// Unauthorized fault if not.
func (s *Store) ClientBySecret(ctx context.Context, id, secret string) (store.Client, error) {
	c, err := scanClient(s.read.QueryRowContext(ctx, `SELECT `+clientColumns+` FROM clients WHERE client_id = ? AND secret_hash = ?`, id, hash(secret)))
	if fault.KindOf(err) == fault.NotFound {
		return c, fault.New(fault.Unauthorized, "unknown client or secret")
	}
	return c, err
}

// DeleteClient deletes a client with all that it was allowed, and what it has
// subscribed to. NotFound if the tenant has no such client.
func (s *Store) DeleteClient(ctx context.Context, tenant, id string) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("delete client", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	done, err := tx.ExecContext(ctx, `DELETE FROM clients WHERE tenant = ? AND client_id = ?`, tenant, id)
	if err != nil {
		return failed("delete client", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, "no such client"))
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM endpoints WHERE tenant = ? AND subscription IS NOT NULL AND json_extract(subscription, '$.client') = ?`, tenant, id)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return failed("delete client", err)
	}
	return nil
}

// UseAssertion takes the id of a client's assertion, which expires then. One
// that was taken before is a Conflict, also after a restart.
func (s *Store) UseAssertion(ctx context.Context, tenant, client, id string, expires time.Time) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("use assertion", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if _, err := tx.ExecContext(ctx, `DELETE FROM assertions WHERE tenant = ? AND client_id = ? AND expires < ?`, tenant, client, s.now().UnixMilli()); err != nil {
		return failed("forget assertions", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO assertions (tenant, client_id, jti_hash, expires) VALUES (?, ?, ?, ?)`,
		tenant, client, hash(id), expires.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
		return fault.New(fault.Conflict, "the assertion was used before")
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return fault.New(fault.NotFound, "no such client")
	case err != nil:
		return failed("use assertion", err)
	}
	if err := tx.Commit(); err != nil {
		return failed("use assertion", err)
	}
	return nil
}
