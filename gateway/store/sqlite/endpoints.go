package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

const endpointColumns = `tenant, endpoint, url, description, types, payload, format, ordered, rate, concurrency, timeout, schedule, state, reason, created, updated`

// endpointShown are the columns that scanEndpoint reads: those that are set as a
// whole, and those that are not.
const endpointShown = endpointColumns + `, failing_since, public_key, header_names, subscription, stage, told`

// AppendEvent appends to the log what is not about records.
func (s *Store) AppendEvent(ctx context.Context, e store.Event) error {
	if e.Tenant == "" || e.Type == "" {
		return fault.New(fault.Invalid, "an event needs a tenant and a type")
	}
	if err := s.appendEvent(ctx, s.write, e); err != nil {
		return err
	}
	s.changed()
	return nil
}

// executor is what *sql.DB and *sql.Tx have in common.
type executor interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

func (s *Store) appendEvent(ctx context.Context, on executor, e store.Event) error {
	_, err := on.ExecContext(ctx, `INSERT INTO events (tenant, user_id, kind, day, added, changed, gone, at, detail, reference)
		VALUES (?, ?, ?, '', 0, 0, 0, ?, ?, ?)`,
		e.Tenant, e.User, e.Type, s.instant().UnixMilli(), string(e.Detail), e.Reference)
	if err != nil {
		return failed("append event", err)
	}
	return nil
}

// PutEndpoint makes an endpoint where e has no ID, with a random one and a
// secret that nobody is told again; the log before it is not sent. Otherwise it
// sets all of the endpoint that has the ID. Disabling it holds what waits.
// Settings that cannot be are an Invalid fault; whether the URL may be called
// is for the caller to check first.
func (s *Store) PutEndpoint(ctx context.Context, e store.Endpoint) (made store.Endpoint, secret string, err error) {
	if e, err = e.Normal(); err != nil {
		return e, "", err
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return e, "", failed("put endpoint", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if e.ID == "" {
		e, secret, err = s.createEndpoint(ctx, tx, e)
	} else {
		e, err = s.updateEndpoint(ctx, tx, e)
	}
	if err != nil {
		return e, "", err
	}
	if err := tx.Commit(); err != nil {
		return e, "", failed("put endpoint", err)
	}
	s.changed()
	return e, secret, nil
}

func (s *Store) createEndpoint(ctx context.Context, tx *sql.Tx, e store.Endpoint) (store.Endpoint, string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return e, "", fmt.Errorf("make an endpoint id: %w", err)
	}
	e.ID, e.Created, e.Updated = id.String(), s.instant(), s.instant()
	subscription, _, err := subscriptionValues(e)
	if err != nil {
		return e, "", err
	}
	values := append(endpointValues(e), e.Tenant, subscription)
	_, err = tx.ExecContext(ctx, `INSERT INTO endpoints (`+endpointColumns+`, seq, slow_until, holder, held_until, subscription)
		SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(seq), 0) FROM events WHERE tenant = ?), 0, '', 0, ?`, values...)
	if violates(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY) {
		return e, "", fault.New(fault.NotFound, "no such tenant")
	}
	if err != nil {
		return e, "", failed("add endpoint", err)
	}
	secret, err := s.addSecret(ctx, tx, e.Tenant, e.ID)
	if err != nil {
		return e, "", err
	}
	if e, err = s.putKey(ctx, tx, e, ""); err != nil {
		return e, "", err
	}
	e, err = s.putHeaders(ctx, tx, e, nil)
	return e, secret, err
}

func (s *Store) updateEndpoint(ctx context.Context, tx *sql.Tx, e store.Endpoint) (store.Endpoint, error) {
	old, err := scanEndpoint(tx.QueryRowContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? AND endpoint = ?`, e.Tenant, e.ID))
	if err != nil {
		return e, err
	}
	e.Created, e.Updated = old.Created, s.instant()
	if e.State == "" {
		e.State, e.Reason = old.State, old.Reason
	}
	if e.State == store.Enabled {
		e.Reason = ""
	}
	if e.State != old.State || e.URL != old.URL {
		if err := putFailing(ctx, tx, e.Tenant, e.ID, store.Failing{}); err != nil {
			return e, err
		}
		e.FailingSince = time.Time{}
	}
	if (e.Subscription == nil) != (old.Subscription == nil) {
		return e, fault.New(fault.Conflict, "an endpoint does not become a subscription, nor the other way")
	}
	subscription, stage, err := subscriptionValues(e)
	if err != nil {
		return e, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE endpoints SET (`+endpointColumns+`) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?), slow_until = 0,
		subscription = ?, stage = ? WHERE tenant = ? AND endpoint = ?`, append(endpointValues(e), subscription, stage, e.Tenant, e.ID)...)
	if err != nil {
		return e, failed("update endpoint", err)
	}
	if e, err = s.putKey(ctx, tx, e, old.PublicKey); err != nil {
		return e, err
	}
	if e, err = s.putHeaders(ctx, tx, e, old.HeaderNames); err != nil {
		return e, err
	}
	if e.State == store.Disabled && old.State != store.Disabled {
		return e, hold(ctx, tx, e.Tenant, e.ID)
	}
	if e.Ordered != old.Ordered {
		return e, s.line(ctx, tx, e)
	}
	return e, nil
}

// endpointValues are those of endpointColumns.
func endpointValues(e store.Endpoint) []any {
	if e.Types == nil {
		e.Types = []string{}
	}
	waits := make([]int64, len(e.Schedule))
	for i, wait := range e.Schedule {
		waits[i] = wait.Milliseconds()
	}
	return []any{
		e.Tenant, e.ID, e.URL, e.Description, listText(e.Types), e.Payload, e.Format, e.Ordered, e.Rate, e.Concurrency,
		e.Timeout.Milliseconds(), listText(waits), e.State, e.Reason, e.Created.UnixMilli(), e.Updated.UnixMilli(),
	}
}

// subscriptionValues are the columns of an endpoint's subscription.
func subscriptionValues(e store.Endpoint) (text any, stage store.Stage, err error) {
	if e.Subscription == nil {
		return nil, 0, nil
	}
	doc, err := json.Marshal(e.Subscription)
	if err != nil {
		return nil, 0, fmt.Errorf("keep a subscription: %w", err)
	}
	return string(doc), e.Subscription.Stage, nil
}

// listText writes a list of texts or numbers, which always succeeds.
func listText(list any) string {
	text, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Endpoint returns the tenant's endpoint with the id.
func (s *Store) Endpoint(ctx context.Context, tenant, id string) (store.Endpoint, error) {
	return scanEndpoint(s.read.QueryRowContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, id))
}

// Endpoints lists the tenant's endpoints in the order in which they were made.
func (s *Store) Endpoints(ctx context.Context, tenant string) ([]store.Endpoint, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? ORDER BY rowid`, tenant)
	if err != nil {
		return nil, failed("list endpoints", err)
	}
	return scanEndpoints(rows)
}

func scanEndpoints(rows *sql.Rows) ([]store.Endpoint, error) {
	defer rows.Close()
	var all []store.Endpoint
	for rows.Next() {
		e, err := scanEndpoint(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list endpoints", err)
	}
	return all, nil
}

func scanEndpoint(r row) (store.Endpoint, error) {
	var e store.Endpoint
	var types, schedule, names, subscription []byte
	var stage store.Stage
	var told int64
	var timeout, created, updated, failing int64
	err := r.Scan(&e.Tenant, &e.ID, &e.URL, &e.Description, &types, &e.Payload, &e.Format, &e.Ordered, &e.Rate, &e.Concurrency,
		&timeout, &schedule, &e.State, &e.Reason, &created, &updated, &failing, &e.PublicKey, &names, &subscription, &stage, &told)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fault.New(fault.NotFound, "no such endpoint")
	}
	if err != nil {
		return e, failed("read endpoint", err)
	}
	var waits []int64
	if err := errors.Join(json.Unmarshal(types, &e.Types), json.Unmarshal(schedule, &waits), json.Unmarshal(names, &e.HeaderNames)); err != nil {
		return e, fmt.Errorf("read endpoint: %w", err)
	}
	for _, wait := range waits {
		e.Schedule = append(e.Schedule, time.Duration(wait)*time.Millisecond)
	}
	if subscription != nil {
		e.Subscription = &store.Subscription{}
		if err := json.Unmarshal(subscription, e.Subscription); err != nil {
			return e, fmt.Errorf("read endpoint: %w", err)
		}
		e.Subscription.Stage, e.Subscription.Told = stage, told
	}
	e.Timeout = time.Duration(timeout) * time.Millisecond
	e.FailingSince, e.Ed25519 = instantOf(failing), e.PublicKey != ""
	e.Created, e.Updated = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
	return e, nil
}

// DeleteEndpoint deletes the endpoint with its secrets and deliveries.
func (s *Store) DeleteEndpoint(ctx context.Context, tenant, id string) error {
	done, err := s.write.ExecContext(ctx, `DELETE FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, id)
	if err != nil {
		return failed("delete endpoint", err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return fault.New(fault.NotFound, "no such endpoint")
}
