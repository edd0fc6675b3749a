package sqlite

import (
	"context"
	"database/sql"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// What waits for a paused endpoint is held, and need not be written again to say so.
const shownState = `CASE WHEN d.state = 'waiting' AND e.state <> 'enabled' THEN 'held' ELSE d.state END`

const deliveryColumns = `d.tenant, d.endpoint, d.delivery, d.user_id, d.type, ` + shownState + `, d.attempts, d.next_at, d.created,
	d.reference, d.trace, d.class, d.size, d.method, d.path, d.first_event, d.last_event`

const fromDeliveries = ` FROM deliveries d JOIN endpoints e ON e.tenant = d.tenant AND e.endpoint = d.endpoint `

const defaultPage = 100

// Deliveries answers q, the newest first; next is empty at the end.
func (s *Store) Deliveries(ctx context.Context, q store.DeliveryQuery) (found []store.Delivery, next string, err error) {
	if q.Limit <= 0 {
		q.Limit = defaultPage
	}
	where, args := deliveriesWhere(store.ReplayQuery{
		Tenant: q.Tenant, ID: q.ID, Endpoint: q.Endpoint, User: q.User, State: q.State, From: q.From, To: q.To,
	})
	if q.After != "" {
		where += ` AND d.delivery < ?`
		args = append(args, q.After)
	}
	//nolint:gosec // put together of constants
	rows, err := s.read.QueryContext(ctx, `SELECT `+deliveryColumns+fromDeliveries+where+` ORDER BY d.delivery DESC LIMIT ?`,
		append(args, oneMore(q.Limit))...)
	if err != nil {
		return nil, "", failed("list deliveries", err)
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return nil, "", failed("list deliveries", err)
		}
		found = append(found, d)
	}
	if err := rows.Err(); err != nil {
		return nil, "", failed("list deliveries", err)
	}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		next = found[q.Limit-1].ID
	}
	return found, next, nil
}

// deliveriesWhere is the condition of a query for deliveries.
func deliveriesWhere(q store.ReplayQuery) (string, []any) {
	text, args := `WHERE d.tenant = ?`, []any{q.Tenant}
	and := func(condition string, value any) {
		text += ` AND ` + condition
		args = append(args, value)
	}
	for _, c := range []struct{ condition, value string }{
		{`d.delivery = ?`, q.ID},
		{`d.endpoint = ?`, q.Endpoint},
		{`d.user_id = ?`, q.User},
		{shownState + ` = ?`, q.State},
	} {
		if c.value != "" {
			and(c.condition, c.value)
		}
	}
	if !q.From.IsZero() {
		and(`d.created >= ?`, q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		and(`d.created < ?`, q.To.UnixMilli())
	}
	return text, args
}

func scanDelivery(r row, more ...any) (store.Delivery, error) {
	var d store.Delivery
	var next sql.NullInt64
	var created int64
	err := r.Scan(append([]any{
		&d.Tenant, &d.Endpoint, &d.ID, &d.User, &d.Type, &d.State, &d.Attempts, &next, &created,
		&d.Reference, &d.TraceID, &d.Class, &d.Size, &d.Method, &d.Path, &d.First, &d.Last,
	}, more...)...)
	d.Created = time.UnixMilli(created).UTC()
	if next.Valid {
		d.NextAt = time.UnixMilli(next.Int64).UTC()
	}
	return d, err
}

// Attempts lists the attempts of a delivery, in their order.
func (s *Store) Attempts(ctx context.Context, tenant, delivery string) ([]store.Attempt, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT n, at, status, took, class FROM attempts WHERE tenant = ? AND delivery = ? ORDER BY n`, tenant, delivery)
	if err != nil {
		return nil, failed("list attempts", err)
	}
	defer rows.Close()
	var all []store.Attempt
	for rows.Next() {
		var a store.Attempt
		var at, took int64
		if err := rows.Scan(&a.N, &at, &a.Status, &took, &a.Class); err != nil {
			return nil, failed("list attempts", err)
		}
		a.At, a.Took = time.UnixMilli(at).UTC(), time.Duration(took)*time.Millisecond
		all = append(all, a)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list attempts", err)
	}
	if len(all) == 0 {
		return nil, s.isDelivery(ctx, tenant, delivery)
	}
	return all, nil
}

// isDelivery returns NotFound unless the tenant has the delivery.
func (s *Store) isDelivery(ctx context.Context, tenant, delivery string) error {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE tenant = ? AND delivery = ?`, tenant, delivery).Scan(&n)
	if err != nil {
		return failed("look a delivery up", err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "no such delivery")
	}
	return nil
}

// Payloads counts the deliveries of the endpoint that carry the data of the same
// request as the one, without those that were split; 0 if none announced their
// number. It is asked when one is split, which is seldom.
func (s *Store) Payloads(ctx context.Context, one store.Delivery) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT CASE WHEN sum(type = 'large_request_sending') > 0
			THEN sum(type NOT IN ('large_request_sending', 'large_request_processing') AND class <> 'split') ELSE 0 END
		FROM deliveries WHERE tenant = ? AND user_id = ? AND endpoint = ? AND reference = ?`,
		one.Tenant, one.User, one.Endpoint, one.Reference).Scan(&n)
	if err != nil {
		return 0, failed("count the deliveries of a request", err)
	}
	return n, nil
}
