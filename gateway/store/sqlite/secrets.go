package sqlite

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// What a stored secret is, as Standard Webhooks 1.0.0 names the signatures.
const (
	kindSecret = "v1"
	kindKey    = "v1a"
)

// RotateSecret gives the endpoint a new secret and returns it, which nobody is
// told again, and a new key pair where it has one. For the time keepOld those
// before them sign beside them.
func (s *Store) RotateSecret(ctx context.Context, tenant, id string, keepOld time.Duration) (secret string, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return "", failed("rotate secret", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	e, err := scanEndpoint(tx.QueryRowContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, id))
	if err != nil {
		return "", err
	}
	until := s.instant().Add(max(keepOld, 0)).UnixMilli()
	_, err = tx.ExecContext(ctx, `UPDATE endpoint_secrets SET expires = ? WHERE tenant = ? AND endpoint = ? AND coalesce(expires, ?) >= ?`,
		until, tenant, id, until, until)
	if err != nil {
		return "", failed("rotate secret", err)
	}
	if secret, err = s.addSecret(ctx, tx, tenant, id); err != nil {
		return "", err
	}
	if e.Ed25519 {
		if _, err := s.addPair(ctx, tx, tenant, id); err != nil {
			return "", err
		}
	}
	if err := tx.Commit(); err != nil {
		return "", failed("rotate secret", err)
	}
	return secret, nil
}

// secretBytes is what Standard Webhooks 1.0.0 allows: 24 to 64.
const secretBytes = 32

// addSecret gives the endpoint another secret, and returns it.
func (s *Store) addSecret(ctx context.Context, tx *sql.Tx, tenant, endpoint string) (string, error) {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // which never fails
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	return secret, s.keep(ctx, tx, tenant, endpoint, kindSecret, secret)
}

// addPair gives the endpoint another key pair, and returns the public key. Both
// are written as in Standard Webhooks 1.0.0, section "Signature scheme".
func (s *Store) addPair(ctx context.Context, tx *sql.Tx, tenant, endpoint string) (string, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return "", fmt.Errorf("make a key pair: %w", err)
	}
	if err := s.keep(ctx, tx, tenant, endpoint, kindKey, "whsk_"+base64.StdEncoding.EncodeToString(private)); err != nil {
		return "", err
	}
	shown := "whpk_" + base64.StdEncoding.EncodeToString(public)
	if _, err := tx.ExecContext(ctx, `UPDATE endpoints SET public_key = ? WHERE tenant = ? AND endpoint = ?`, shown, tenant, endpoint); err != nil {
		return "", failed("keep a public key", err)
	}
	return shown, nil
}

// keep stores a secret, sealed.
func (s *Store) keep(ctx context.Context, tx *sql.Tx, tenant, endpoint, kind, secret string) error {
	box, err := s.box()
	if err != nil {
		return err
	}
	sealed, err := box.Seal([]byte(secret), secretPlace(tenant, endpoint))
	if err != nil {
		return fmt.Errorf("seal a secret: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO endpoint_secrets (tenant, endpoint, number, sealed, created, kind)
		SELECT ?, ?, coalesce(max(number), 0) + 1, ?, ?, ? FROM endpoint_secrets WHERE tenant = ? AND endpoint = ?`,
		tenant, endpoint, sealed, s.instant().UnixMilli(), kind, tenant, endpoint)
	if err != nil {
		return failed("keep a secret", err)
	}
	return nil
}

// putKey makes or deletes the key pair where e wants one, or no longer does, and
// returns e with the public key.
func (s *Store) putKey(ctx context.Context, tx *sql.Tx, e store.Endpoint, public string) (store.Endpoint, error) {
	e.PublicKey = public
	if e.Ed25519 == (public != "") {
		return e, nil
	}
	if e.Ed25519 {
		var err error
		e.PublicKey, err = s.addPair(ctx, tx, e.Tenant, e.ID)
		return e, err
	}
	e.PublicKey = ""
	for _, text := range []string{
		`DELETE FROM endpoint_secrets WHERE tenant = ? AND endpoint = ? AND kind = 'v1a'`,
		`UPDATE endpoints SET public_key = '' WHERE tenant = ? AND endpoint = ?`,
	} {
		if _, err := tx.ExecContext(ctx, text, e.Tenant, e.ID); err != nil {
			return e, failed("delete a key pair", err)
		}
	}
	return e, nil
}

func secretPlace(tenant, endpoint string) string {
	return listText([]string{"endpoint", tenant, endpoint})
}

func headersPlace(tenant, endpoint string) string {
	return listText([]string{"headers", tenant, endpoint})
}

// Secrets returns the endpoint's secrets and private keys that are valid now,
// the newest first. They differ in how they begin: whsec_ and whsk_.
func (s *Store) Secrets(ctx context.Context, tenant, endpoint string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT sealed FROM endpoint_secrets
		WHERE tenant = ? AND endpoint = ? AND (expires IS NULL OR expires > ?) ORDER BY number DESC`,
		tenant, endpoint, s.now().UnixMilli())
	if err != nil {
		return nil, failed("read secrets", err)
	}
	defer rows.Close()
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	var all []string
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return nil, failed("read secrets", err)
		}
		secret, err := box.Open(sealed, secretPlace(tenant, endpoint))
		if err != nil {
			return nil, fmt.Errorf("secret of endpoint %s: %w", endpoint, err)
		}
		all = append(all, string(secret))
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read secrets", err)
	}
	return all, nil
}

// putHeaders stores the header fields that are sent with each delivery, sealed;
// nil leaves those that are there.
func (s *Store) putHeaders(ctx context.Context, tx *sql.Tx, e store.Endpoint, names []string) (store.Endpoint, error) {
	if e.Headers == nil {
		e.HeaderNames = names
		return e, nil
	}
	e.HeaderNames = slices.AppendSeq([]string{}, maps.Keys(e.Headers))
	slices.Sort(e.HeaderNames)
	box, err := s.box()
	if err != nil {
		return e, err
	}
	sealed, err := box.Seal([]byte(listText(e.Headers)), headersPlace(e.Tenant, e.ID))
	if err != nil {
		return e, fmt.Errorf("seal header fields: %w", err)
	}
	e.Headers = nil // nobody has to see them again
	_, err = tx.ExecContext(ctx, `UPDATE endpoints SET header_names = ?, headers = ? WHERE tenant = ? AND endpoint = ?`,
		listText(e.HeaderNames), sealed, e.Tenant, e.ID)
	if err != nil {
		return e, failed("keep header fields", err)
	}
	return e, nil
}

// Headers returns the header fields that are sent to the endpoint with each delivery.
func (s *Store) Headers(ctx context.Context, tenant, endpoint string) (map[string]string, error) {
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT headers FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, endpoint).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "no such endpoint")
	}
	if err != nil {
		return nil, failed("read header fields", err)
	}
	if len(sealed) == 0 {
		return nil, nil
	}
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	text, err := box.Open(sealed, headersPlace(tenant, endpoint))
	if err != nil {
		return nil, fmt.Errorf("header fields of endpoint %s: %w", endpoint, err)
	}
	var fields map[string]string
	if err := json.Unmarshal(text, &fields); err != nil { // whose text may quote a value
		return nil, fmt.Errorf("header fields of endpoint %s: not a JSON object", endpoint)
	}
	return fields, nil
}

// Seal returns plain so that Unseal alone can read it, with the same place.
func (s *Store) Seal(plain []byte, place string) ([]byte, error) {
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	return box.Seal(plain, place)
}

// Unseal returns what was sealed for the place by whoever has the same key.
func (s *Store) Unseal(sealed []byte, place string) ([]byte, error) {
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	return box.Open(sealed, place)
}
