package sqlite

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// keyMark begins the keys that are made here; keyBytes are random behind it, of
// which Prefix shows three.
const (
	keyMark   = "nk_"
	keyBytes  = 32
	keyPrefix = len(keyMark) + 4
	keyID     = 16 // hexadecimal digits of the hash
)

// CreateKey makes a random key that lets whoever names devID and it speak for
// the tenant. The key is returned here and never again.
func (s *Store) CreateKey(ctx context.Context, tenant, devID string) (store.Key, string, error) {
	random := make([]byte, keyBytes)
	if _, err := rand.Read(random); err != nil {
		return store.Key{}, "", failed("make key", err)
	}
	key := keyMark + base64.RawURLEncoding.EncodeToString(random)
	if err := s.addKey(ctx, tenant, devID, key, key[:keyPrefix]); err != nil {
		return store.Key{}, "", err
	}
	k, err := scanKey(s.read.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM keys WHERE dev_id = ? AND key_hash = ?`, devID, hash(key)))
	if err != nil {
		return store.Key{}, "", failed("make key", err)
	}
	return k, key, nil
}

// AddKey lets whoever names devID and key speak for the tenant. Only the key's
// SHA-256 is kept: keys are random, so that a slow hash would add nothing. The
// same pair again changes nothing; for another tenant it is a Conflict.
func (s *Store) AddKey(ctx context.Context, tenant, devID, key string) error {
	return s.addKey(ctx, tenant, devID, key, "")
}

func (s *Store) addKey(ctx context.Context, tenant, devID, key, prefix string) error {
	if devID == "" || key == "" {
		return fault.New(fault.Invalid, "dev-id and key must not be empty")
	}
	_, err := s.write.ExecContext(ctx,
		`INSERT INTO keys (tenant, dev_id, key_hash, created, prefix) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tenant, dev_id, key_hash) DO NOTHING`,
		tenant, devID, hash(key), s.now().UnixMilli(), prefix)
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

const keyColumns = `tenant, dev_id, key_hash, prefix, created`

// Keys lists the tenant's keys in the order in which they were made, which
// the clock does not tell: two may be of one millisecond.
func (s *Store) Keys(ctx context.Context, tenant string) ([]store.Key, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+keyColumns+` FROM keys WHERE tenant = ? ORDER BY rowid`, tenant)
	if err != nil {
		return nil, failed("list keys", err)
	}
	defer rows.Close()
	var all []store.Key
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, failed("list keys", err)
		}
		all = append(all, k)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list keys", err)
	}
	return all, nil
}

func scanKey(r row) (store.Key, error) {
	var k store.Key
	var created int64
	if err := r.Scan(&k.Tenant, &k.DevID, &k.ID, &k.Prefix, &created); err != nil {
		return store.Key{}, err
	}
	k.ID, k.Created = k.ID[:keyID], time.UnixMilli(created).UTC()
	return k, nil
}

// RevokeKey takes the key with the id from the tenant: from now on it speaks
// for nobody. NotFound if the tenant has no such key.
func (s *Store) RevokeKey(ctx context.Context, tenant, id string) error {
	if len(id) != keyID || strings.Trim(id, "0123456789abcdef") != "" {
		return fault.New(fault.NotFound, "no such key")
	}
	result, err := s.write.ExecContext(ctx, `DELETE FROM keys WHERE tenant = ? AND substr(key_hash, 1, ?) = ?`, tenant, keyID, id)
	if err != nil {
		return failed("revoke key", err)
	}
	if gone, err := result.RowsAffected(); err != nil || gone == 0 {
		return fault.New(fault.NotFound, "no such key")
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
