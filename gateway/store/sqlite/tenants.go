package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"

	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
)

// PutTenant makes the tenant if it is not there.
func (s *Store) PutTenant(ctx context.Context, tenant string) error {
	if tenant == "" {
		return fault.BadParam("tenant", "the tenant has no name")
	}
	_, err := s.write.ExecContext(ctx, `INSERT INTO tenants (tenant, created) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		tenant, s.now().UnixMilli())
	if err != nil {
		return failed("add tenant", err)
	}
	return nil
}

// Tenants lists the tenants by name. It is for the operator's commands; no
// request asks for it.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT tenant FROM tenants ORDER BY tenant`)
	if err != nil {
		return nil, failed("list tenants", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return nil, failed("list tenants", err)
		}
		all = append(all, tenant)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list tenants", err)
	}
	return all, nil
}

// AddKey lets whoever names devID and key speak for the tenant. Only the key's
// SHA-256 is kept: keys are random, so that a slow hash would add nothing. The
// same pair again changes nothing; for another tenant it is a Conflict.
func (s *Store) AddKey(ctx context.Context, tenant, devID, key string) error {
	if devID == "" || key == "" {
		return fault.New(fault.Invalid, "dev-id and key must not be empty")
	}
	_, err := s.write.ExecContext(ctx,
		`INSERT INTO keys (tenant, dev_id, key_hash, created) VALUES (?, ?, ?, ?) ON CONFLICT (tenant, dev_id, key_hash) DO NOTHING`,
		tenant, devID, hash(key), s.now().UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return fault.New(fault.NotFound, "no such tenant")
	case violates(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
		return fault.New(fault.Conflict, "this dev-id and key belong to another tenant")
	case err != nil:
		return failed("add key", err)
	}
	return nil
}

// Authenticate returns the tenant of devID and key, or an Unauthorized fault.
func (s *Store) Authenticate(ctx context.Context, devID, key string) (tenant string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT tenant FROM keys WHERE dev_id = ? AND key_hash = ?`, devID, hash(key)).Scan(&tenant)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.Unauthorized, "unknown dev-id or key")
	}
	if err != nil {
		return "", failed("authenticate", err)
	}
	return tenant, nil
}

func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
