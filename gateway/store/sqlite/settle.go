package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"nutrigate/gateway/store"
)

// Due returns deliveries of the endpoint that are to be sent now, those first
// that have been due longest, without those that taken names, up to limit. next
// is when another one will be due; zero if none waits.
func (s *Store) Due(ctx context.Context, tenant, endpoint string, taken func(id string) bool, limit int) (due []store.Parcel, next time.Time, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+deliveryColumns+`, d.parent`+fromDeliveries+`
		WHERE d.tenant = ? AND d.endpoint = ? AND e.state = 'enabled' AND d.next_at IS NOT NULL ORDER BY d.next_at, d.delivery`, tenant, endpoint)
	if err != nil {
		return nil, next, failed("find what is due", err)
	}
	defer rows.Close()
	now := s.now()
	for len(due) < limit && rows.Next() {
		var p store.Parcel
		if p.Delivery, err = scanDelivery(rows, &p.Parent); err != nil {
			return nil, next, failed("find what is due", err)
		}
		if p.NextAt.After(now) {
			next = p.NextAt
			break
		}
		if !taken(p.ID) {
			due = append(due, p)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, next, failed("find what is due", err)
	}
	if err := rows.Close(); err != nil {
		return nil, next, failed("find what is due", err)
	}
	return due, next, s.addBodies(ctx, due)
}

func (s *Store) addBodies(ctx context.Context, parcels []store.Parcel) error {
	for i := range parcels {
		p := &parcels[i]
		err := s.body.QueryRowContext(ctx, p.Tenant, p.ID).Scan(&p.MediaType, &p.Body)
		if err != nil {
			return failed("read a delivery", err)
		}
	}
	return nil
}

const (
	insertAttempt = `INSERT INTO attempts (tenant, delivery, n, at, status, took, class) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	setOutcome    = `UPDATE deliveries SET attempts = ?, state = ?, next_at = ?, last_at = ?, class = ? WHERE tenant = ? AND delivery = ?`
	promote       = `UPDATE deliveries SET next_at = ? WHERE next_at IS NULL AND tenant = ? AND delivery = (SELECT delivery FROM deliveries
		WHERE tenant = ? AND endpoint = ? AND user_id = ? AND state = 'waiting' ORDER BY delivery LIMIT 1)`
)

// Settle stores what came of attempts, all in one transaction. Where that is
// another attempt and the endpoint was disabled meanwhile, the delivery is held.
// An endpoint that has failed for too long is disabled (store.Failing). The
// outcome that disables one says so, and no other does; of that, and of what is
// given up, the log tells those of the tenant's endpoints that want to know. What belongs to an endpoint that is gone is left out.
func (s *Store) Settle(ctx context.Context, outcomes []store.Outcome) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("settle", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	set := settling{Store: s, ctx: ctx, tx: tx, now: s.instant(), endpoints: map[[2]string]*settlingEndpoint{}}
	for i := range outcomes {
		if err := set.one(&outcomes[i]); err != nil {
			return failed("settle", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return failed("settle", err)
	}
	if set.told {
		s.changed()
	}
	return nil
}

// settling is one transaction of Settle.
type settling struct {
	*Store
	told      bool            // something is on the log
	ctx       context.Context //nolint:containedctx // it is that of one call
	tx        *sql.Tx
	now       time.Time
	endpoints map[[2]string]*settlingEndpoint // nil: gone
}

type settlingEndpoint struct {
	store.Endpoint
	failing store.Failing
}

func (s *settling) one(o *store.Outcome) error {
	e, err := s.endpoint(o.Tenant, o.Endpoint)
	if err != nil || e == nil {
		return err
	}
	if err := s.fail(e, o); err != nil {
		return err
	}
	if e.State == store.Disabled {
		o.Disable = ""
	}
	if o.Disable != "" {
		if err := s.disable(e, o.Disable); err != nil {
			return err
		}
	}
	if err := s.flag(e, o); err != nil {
		return err
	}
	if o.State == store.Waiting && e.State == store.Disabled {
		o.State = store.Held
	}
	var next any
	if o.State == store.Waiting {
		next = o.NextAt.UnixMilli()
	}
	at := o.Attempt.At.UnixMilli()
	done, err := s.tx.ExecContext(s.ctx, setOutcome, o.Attempt.N, o.State, next, at, o.Class, o.Tenant, o.ID)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err // it was erased with its user
	}
	_, err = s.tx.ExecContext(s.ctx, insertAttempt, o.Tenant, o.ID, o.Attempt.N, at, o.Attempt.Status, o.Attempt.Took.Milliseconds(), o.Attempt.Class)
	if err != nil {
		return err
	}
	return s.after(e, o)
}

// after does what an outcome means for others than its delivery.
func (s *settling) after(e *settlingEndpoint, o *store.Outcome) error {
	if err := insertParcels(s.ctx, s.tx, e.Endpoint, o.Parts); err != nil {
		return err
	}
	if o.State == store.Dead && len(o.Parts) == 0 {
		if err := s.exhausted(o); err != nil {
			return err
		}
	}
	if o.Type == store.Handshake && o.State == store.Delivered {
		_, err := s.tx.ExecContext(s.ctx, `UPDATE endpoints SET stage = ? WHERE tenant = ? AND endpoint = ? AND stage = ?`,
			store.Active, e.Tenant, e.ID, store.Greeted)
		if err != nil {
			return err
		}
		s.told = true // what waited for it can be told now
	}
	if !o.SlowUntil.IsZero() {
		_, err := s.tx.ExecContext(s.ctx, `UPDATE endpoints SET slow_until = max(slow_until, ?) WHERE tenant = ? AND endpoint = ?`,
			o.SlowUntil.UnixMilli(), e.Tenant, e.ID)
		if err != nil {
			return err
		}
	}
	if !e.Ordered || o.State == store.Waiting {
		return nil
	}
	_, err := s.tx.ExecContext(s.ctx, promote, s.now.UnixMilli(), e.Tenant, e.Tenant, e.ID, o.User)
	return err
}

func (s *settling) endpoint(tenant, id string) (*settlingEndpoint, error) {
	k := [2]string{tenant, id}
	if e, ok := s.endpoints[k]; ok {
		return e, nil
	}
	e := &settlingEndpoint{Endpoint: store.Endpoint{Tenant: tenant, ID: id}}
	var first, last, since int64
	err := s.tx.QueryRowContext(s.ctx, `SELECT state, reason, ordered, failed_first, failed_first_of, failed_last, failed_last_of, failing_since
		FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, id).
		Scan(&e.State, &e.Reason, &e.Ordered, &first, &e.failing.FirstOf, &last, &e.failing.LastOf, &since)
	e.failing.First, e.failing.Last, e.failing.Since = instantOf(first), instantOf(last), instantOf(since)
	if errors.Is(err, sql.ErrNoRows) {
		e, err = nil, nil
	}
	s.endpoints[k] = e
	return e, err
}

// failedTooLong is why an endpoint is disabled that nothing could be delivered to.
const failedTooLong = "every delivery failed for 5 days"

// fail notes that the endpoint failed or did not, and lets it be disabled where
// it has failed for too long. What the receiver has no part in says nothing.
func (s *settling) fail(e *settlingEndpoint, o *store.Outcome) error {
	f := e.failing
	switch {
	case o.State == store.Delivered:
		f = store.Failing{}
	case o.Attempt.Class != "" && o.Attempt.Class != "unsigned" && len(o.Parts) == 0:
		f = f.Failed(o.Attempt.At, o.ID)
	}
	if f == e.failing || e.State != store.Enabled {
		return nil
	}
	if f.Over(o.Attempt.At) && o.Disable == "" {
		o.Disable = failedTooLong
	}
	e.failing = f
	return putFailing(s.ctx, s.tx, e.Tenant, e.ID, f)
}

func putFailing(ctx context.Context, tx *sql.Tx, tenant, endpoint string, f store.Failing) error {
	_, err := tx.ExecContext(ctx, `UPDATE endpoints SET failed_first = ?, failed_first_of = ?, failed_last = ?, failed_last_of = ?, failing_since = ?
		WHERE tenant = ? AND endpoint = ?`, msOf(f.First), f.FirstOf, msOf(f.Last), f.LastOf, msOf(f.Since), tenant, endpoint)
	if err != nil {
		return failed("note how an endpoint fails", err)
	}
	return nil
}

// msOf is an instant as it is stored; 0 is none.
func msOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// flag lets an endpoint that goes on say what stands against it, or, after a
// success, that nothing does any more.
func (s *settling) flag(e *settlingEndpoint, o *store.Outcome) error {
	if e.State != store.Enabled || e.Reason == o.Flag || (o.Flag == "" && o.State != store.Delivered) {
		return nil
	}
	_, err := s.tx.ExecContext(s.ctx, `UPDATE endpoints SET reason = ? WHERE tenant = ? AND endpoint = ?`, o.Flag, e.Tenant, e.ID)
	if err != nil {
		return err
	}
	e.Reason = o.Flag
	return nil
}

func (s *settling) disable(e *settlingEndpoint, reason string) error {
	_, err := s.tx.ExecContext(s.ctx, `UPDATE endpoints SET state = 'disabled', reason = ?, updated = ? WHERE tenant = ? AND endpoint = ?`,
		reason, s.now.UnixMilli(), e.Tenant, e.ID)
	if err != nil {
		return err
	}
	e.State = store.Disabled
	if err := s.tell(e.Tenant, store.EndpointDisabled, store.Operation{Endpoint: e.ID, Reason: reason}); err != nil {
		return err
	}
	return hold(s.ctx, s.tx, e.Tenant, e.ID)
}

// exhausted tells that a delivery was given up; not of one that told of such
// itself, or two endpoints could go on about each other for ever.
func (s *settling) exhausted(o *store.Outcome) error {
	if store.Operational(o.Type) {
		return nil
	}
	return s.tell(o.Tenant, store.DeliveryExhausted, store.Operation{
		Endpoint: o.Endpoint, Delivery: o.ID, Type: o.Type, User: o.User, Attempts: o.Attempts, Class: o.Class,
	})
}

// tell appends to the log where another endpoint of the tenant wants to know.
func (s *settling) tell(tenant, typ string, o store.Operation) error {
	var wanted bool
	err := s.tx.QueryRowContext(s.ctx, `SELECT EXISTS (SELECT 1 FROM endpoints, json_each(types) t WHERE tenant = ? AND endpoint <> ? AND t.value = ?)`,
		tenant, o.Endpoint, typ).Scan(&wanted)
	if err != nil || !wanted {
		return err
	}
	o.At = s.now.UTC()
	detail, err := json.Marshal(o)
	if err != nil {
		return err
	}
	s.told = true
	return s.appendEvent(s.ctx, s.tx, store.Event{Tenant: tenant, Type: typ, Detail: detail})
}
