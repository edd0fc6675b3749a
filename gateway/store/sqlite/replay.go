package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// calm is how long a delivery that has just been sent is not sent again: a
// second click is not a second wish.
const calm = 2 * time.Second

// Replay makes deliveries due at once, with the ids that they have or as copies
// with new ones, and returns how many those are. One that waits for a later attempt has it now; one that
// is due already is not sent twice. An endpoint that is not enabled is a
// Conflict where the query names it or the delivery; otherwise what is its own
// stays as it is.
func (s *Store) Replay(ctx context.Context, q store.ReplayQuery) (int, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, failed("replay", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if err := s.replayable(ctx, tx, q); err != nil {
		return 0, err
	}
	n, err := s.replay(ctx, tx, q)
	if err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, failed("replay", err)
	}
	s.changed()
	return n, nil
}

// replayable returns a fault where what the query names is not there or cannot be sent.
func (s *Store) replayable(ctx context.Context, tx *sql.Tx, q store.ReplayQuery) error {
	if q.ID == "" && q.Endpoint == "" {
		return nil
	}
	var found, enabled int
	text, what := `SELECT count(*), coalesce(sum(e.state = 'enabled'), 0) FROM endpoints e WHERE e.tenant = ? AND e.endpoint = ?`, "endpoint"
	args := []any{q.Tenant, q.Endpoint}
	if q.ID != "" {
		text, what = `SELECT count(*), coalesce(sum(e.state = 'enabled'), 0)`+fromDeliveries+`WHERE d.tenant = ? AND d.delivery = ?`, "delivery"
		args = []any{q.Tenant, q.ID}
	}
	if err := tx.QueryRowContext(ctx, text, args...).Scan(&found, &enabled); err != nil {
		return failed("replay", err)
	}
	if found == 0 {
		return fault.New(fault.NotFound, "no such %s", what)
	}
	if enabled == 0 {
		return fault.New(fault.Conflict, "the endpoint is not enabled: enable it first")
	}
	return nil
}

func (s *Store) replay(ctx context.Context, tx *sql.Tx, q store.ReplayQuery) (int, error) {
	now := s.instant()
	where, args := deliveriesWhere(q)
	where += ` AND e.state = 'enabled' AND d.class NOT IN ('split', 'unrepresentable', 'superseded') AND d.last_at < ? AND NOT (d.state = 'waiting' AND coalesce(d.next_at, 0) <= ?)`
	args = append(args, now.Add(-calm).UnixMilli(), now.UnixMilli())
	if q.State == "" && q.ID == "" {
		where += ` AND d.state IN ('held', 'dead')`
	}
	if q.NewID {
		return s.copyAll(ctx, tx, q.Tenant, where, args)
	}
	//nolint:gosec // put together of constants
	done, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 'waiting', next_at = ? WHERE (tenant, delivery) IN (SELECT d.tenant, d.delivery`+
		fromDeliveries+where+`)`, append([]any{now.UnixMilli()}, args...)...)
	if err != nil {
		return 0, failed("replay", err)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("replay: %w", err)
	}
	return int(n), s.lineUp(ctx, tx, q.Tenant)
}

// copyAll sends copies of what the condition chooses, and returns how many.
func (s *Store) copyAll(ctx context.Context, tx *sql.Tx, tenant, where string, args []any) (int, error) {
	ids, err := texts(tx.QueryContext(ctx, `SELECT d.delivery`+fromDeliveries+where+` ORDER BY d.delivery`, args...))
	if err != nil {
		return 0, failed("replay", err)
	}
	for _, id := range ids {
		if err := s.copyOne(ctx, tx, tenant, id); err != nil {
			return 0, failed("replay", err)
		}
	}
	return len(ids), s.lineUp(ctx, tx, tenant)
}

// copyOne sends a copy of a delivery under a new id. It is as old as the first
// one: a receiver that has newer data keeps that.
func (s *Store) copyOne(ctx context.Context, tx *sql.Tx, tenant, id string) error {
	random, err := uuid.NewV7()
	if err != nil {
		return err
	}
	now, fresh := s.instant().UnixMilli(), "msg_"+random.String()
	for _, step := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO deliveries (tenant, delivery, endpoint, user_id, type, state, attempts, next_at, created, last_at, class, reference, trace, parent, size, days, batch, method, path, first_event, last_event)
			SELECT tenant, ?, endpoint, user_id, type, 'waiting', 0, ?, created, 0, '', reference, ?, parent, size, days, batch, method, path, first_event, last_event
			FROM deliveries WHERE tenant = ? AND delivery = ?`, []any{fresh, now, fresh, tenant, id}},
		{`INSERT INTO delivery_bodies (tenant, delivery, media_type, body)
			SELECT tenant, ?, media_type, body FROM delivery_bodies WHERE tenant = ? AND delivery = ?`, []any{fresh, tenant, id}},
		{`UPDATE deliveries SET last_at = ? WHERE tenant = ? AND delivery = ?`, []any{now, tenant, id}},
		{`UPDATE deliveries SET state = 'dead', class = 'superseded', next_at = NULL
			WHERE tenant = ? AND delivery = ? AND state <> 'delivered'`, []any{tenant, id}},
	} {
		if _, err := tx.ExecContext(ctx, step.text, step.args...); err != nil {
			return err
		}
	}
	return nil
}

// texts reads rows of one text.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// lineUp puts the deliveries of the tenant's ordered endpoints in their order.
func (s *Store) lineUp(ctx context.Context, tx *sql.Tx, tenant string) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? AND ordered`, tenant)
	if err != nil {
		return failed("list endpoints", err)
	}
	ordered, err := scanEndpoints(rows)
	if err != nil {
		return err
	}
	for _, e := range ordered {
		if err := s.line(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// line lets only the oldest delivery of each user be due where the endpoint is
// ordered, and every one where it is not.
func (s *Store) line(ctx context.Context, tx *sql.Tx, e store.Endpoint) error {
	const mine = ` WHERE tenant = ? AND endpoint = ? AND state = 'waiting'`
	now := s.instant().UnixMilli()
	args := []any{now, e.Tenant, e.ID}
	text := `UPDATE deliveries SET next_at = ?` + mine + ` AND next_at IS NULL`
	if e.Ordered {
		text = `UPDATE deliveries AS d SET next_at = CASE WHEN EXISTS (SELECT 1 FROM deliveries o
			WHERE o.tenant = d.tenant AND o.endpoint = d.endpoint AND o.user_id = d.user_id AND o.state = 'waiting' AND o.delivery < d.delivery)
			THEN NULL ELSE coalesce(next_at, ?) END` + mine
	}
	if _, err := tx.ExecContext(ctx, text, args...); err != nil {
		return failed("put deliveries in order", err)
	}
	return nil
}

// hold lets nothing of the endpoint be sent until it is replayed.
func hold(ctx context.Context, tx *sql.Tx, tenant, endpoint string) error {
	_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 'held', next_at = NULL WHERE tenant = ? AND endpoint = ? AND state = 'waiting'`,
		tenant, endpoint)
	if err != nil {
		return failed("hold deliveries", err)
	}
	return nil
}
