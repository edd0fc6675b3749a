package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Authorize keeps what a client was allowed, with its first tokens, and uses the
// launch up with which a person did so, unless that is empty. It returns the
// authorization with its ID. A launch that was used before is Gone.
func (s *Store) Authorize(ctx context.Context, a store.Authorization, launch string, tokens ...store.Token) (store.Authorization, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return a, failed("authorize", err)
	}
	a.ID, a.Created = id.String(), s.instant()
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return a, failed("authorize", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if launch != "" {
		if err := s.useLaunch(ctx, tx, a.Tenant, launch); err != nil {
			return a, err
		}
	}
	if a.Patient != "" {
		if _, err := presentUser(ctx, tx, a.Tenant, a.Patient); err != nil {
			return a, err
		}
	}
	if err := s.addAuthorization(ctx, tx, a); err != nil {
		return a, err
	}
	if err := addTokens(ctx, tx, a, tokens); err != nil {
		return a, err
	}
	if err := tx.Commit(); err != nil {
		return a, failed("authorize", err)
	}
	return a, nil
}

// addAuthorization keeps an authorization, and forgets those of the tenant that
// have ended.
func (s *Store) addAuthorization(ctx context.Context, tx *sql.Tx, a store.Authorization) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM authorizations WHERE tenant = ? AND expires < ?`, a.Tenant, s.now().UnixMilli()); err != nil {
		return failed("forget authorizations", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO authorizations (tenant, authorization, client_id, user_id, practitioner, scopes, redirect, challenge, nonce, created, expires)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Tenant, a.ID, a.Client, a.Patient, a.Practitioner, a.Scopes, a.Redirect, a.Challenge, a.Nonce, a.Created.UnixMilli(), a.Expires.UnixMilli())
	switch {
	case violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY):
		return fault.New(fault.NotFound, "no such client")
	case err != nil:
		return failed("authorize", err)
	}
	return nil
}

func addTokens(ctx context.Context, tx *sql.Tx, a store.Authorization, tokens []store.Token) error {
	for _, t := range tokens {
		_, err := tx.ExecContext(ctx, `INSERT INTO tokens (tenant, token_hash, authorization, kind, expires, used) VALUES (?, ?, ?, ?, ?, 0)`,
			a.Tenant, hash(t.Secret), a.ID, t.Kind, t.Expires.UnixMilli())
		if err != nil {
			return failed("add token", err)
		}
	}
	return nil
}

const selectToken = `SELECT a.tenant, a.authorization, a.client_id, a.user_id, a.practitioner, a.scopes, a.redirect, a.challenge, a.nonce, a.created, a.expires,
		t.kind, t.expires, t.used
	FROM tokens t JOIN authorizations a ON a.tenant = t.tenant AND a.authorization = t.authorization WHERE t.token_hash = ?`

// Token returns what a token stands for, expired as it may be; NotFound if
// there is no such token. Like Authenticate, it is asked before anyone knows
// the tenant.
func (s *Store) Token(ctx context.Context, secret string) (store.Token, store.Authorization, error) {
	t, a, err := scanToken(s.read.QueryRowContext(ctx, selectToken, hash(secret)))
	t.Secret = secret
	return t, a, err
}

func scanToken(r row) (t store.Token, a store.Authorization, err error) {
	var created, ends, expires, usedAt int64
	err = r.Scan(&a.Tenant, &a.ID, &a.Client, &a.Patient, &a.Practitioner, &a.Scopes, &a.Redirect, &a.Challenge, &a.Nonce, &created, &ends,
		&t.Kind, &expires, &usedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return t, a, fault.New(fault.NotFound, "no such token")
	}
	if err != nil {
		return t, a, failed("read token", err)
	}
	a.Created, a.Expires, t.Expires = time.UnixMilli(created).UTC(), time.UnixMilli(ends).UTC(), time.UnixMilli(expires).UTC()
	t.Used = usedAt != 0
	return t, a, nil
}

// Exchange uses a code or a refresh token up and adds those that take its
// place. One that was used before is Gone, and everything that its
// authorization allowed ends: somebody else has it (RFC 9700 section 4.14.2).
func (s *Store) Exchange(ctx context.Context, tenant, secret string, tokens ...store.Token) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("exchange token", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	old, a, err := scanToken(tx.QueryRowContext(ctx, selectToken+` AND t.tenant = ?`, hash(secret), tenant))
	switch {
	case err != nil:
		return err
	case old.Used:
		err = fault.New(fault.Gone, "the token was used before")
		_, failure := tx.ExecContext(ctx, `DELETE FROM authorizations WHERE tenant = ? AND authorization = ?`, tenant, a.ID)
		return errors.Join(failure, tx.Commit(), err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE tokens SET used = ? WHERE tenant = ? AND token_hash = ?`, s.instant().UnixMilli(), tenant, hash(secret)); err != nil {
		return failed("exchange token", err)
	}
	// What has expired and is no trap for whoever has it is no longer needed.
	if _, err := tx.ExecContext(ctx, `DELETE FROM tokens WHERE tenant = ? AND authorization = ? AND kind = ? AND expires < ?`,
		tenant, a.ID, store.AccessToken, s.now().UnixMilli()); err != nil {
		return failed("forget tokens", err)
	}
	if err := addTokens(ctx, tx, a, tokens); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("exchange token", err)
	}
	return nil
}

// EndAuthorization ends what was allowed, with all its tokens. NotFound if the
// tenant has no such authorization.
func (s *Store) EndAuthorization(ctx context.Context, tenant, id string) error {
	done, err := s.write.ExecContext(ctx, `DELETE FROM authorizations WHERE tenant = ? AND authorization = ?`, tenant, id)
	if err != nil {
		return failed("end authorization", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, "no such authorization"))
	}
	return nil
}

// EndToken ends one access token.
func (s *Store) EndToken(ctx context.Context, tenant, secret string) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM tokens WHERE tenant = ? AND token_hash = ? AND kind = ?`, tenant, hash(secret), store.AccessToken); err != nil {
		return failed("end token", err)
	}
	return nil
}

// signingPlace is what a sealed signing key is sealed for.
const signingPlace = "signing key"

// SigningKey returns the gateway's newest signing key, which make makes where
// there is none yet.
func (s *Store) SigningKey(ctx context.Context, make func() ([]byte, error)) ([]byte, error) {
	box, err := s.box()
	if err != nil {
		return nil, failed("read signing key", err)
	}
	const newest = `SELECT sealed FROM signing_keys ORDER BY created DESC, kid LIMIT 1`
	var sealed []byte
	err = s.read.QueryRowContext(ctx, newest).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		sealed, err = s.addSigningKey(ctx, newest, make)
	}
	if err != nil {
		return nil, failed("read signing key", err)
	}
	return box.Open(sealed, signingPlace)
}

// addSigningKey makes a key unless another process was faster.
func (s *Store) addSigningKey(ctx context.Context, newest string, make func() ([]byte, error)) ([]byte, error) {
	key, err := make()
	if err != nil {
		return nil, err
	}
	box, err := s.box()
	if err != nil {
		return nil, err
	}
	sealed, err := box.Seal(key, signingPlace)
	if err != nil {
		return nil, err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	var there []byte
	if err := tx.QueryRowContext(ctx, newest).Scan(&there); !errors.Is(err, sql.ErrNoRows) {
		return there, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO signing_keys (kid, sealed, created) VALUES (?, ?, ?)`, uuid.NewString(), sealed, s.instant().UnixMilli())
	if err != nil && !violates(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return nil, err
	}
	return sealed, tx.Commit()
}
