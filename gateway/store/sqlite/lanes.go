package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// Lanes lists the endpoints of all tenants, for the process that delivers.
func (s *Store) Lanes(ctx context.Context) ([]store.Lane, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, (SELECT coalesce(max(seq), 0) FROM events l WHERE l.tenant = e.tenant),
		announced, checked, slow_until, holder, held_until, `+endpointShown+` FROM endpoints e`)
	if err != nil {
		return nil, failed("list lanes", err)
	}
	defer rows.Close()
	var all []store.Lane
	for rows.Next() {
		var l store.Lane
		var checked, slow, until int64
		if l.Endpoint, err = scanEndpoint(behind{rows, []any{&l.Seq, &l.Last, &l.Announced, &checked, &slow, &l.Holder, &until}}); err != nil {
			return nil, err
		}
		l.Checked, l.SlowUntil, l.Until = instantOf(checked), instantOf(slow), instantOf(until)
		all = append(all, l)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list lanes", err)
	}
	return all, nil
}

// behind is a row that has columns before those that are asked for.
type behind struct {
	row
	first []any
}

func (b behind) Scan(into ...any) error { return b.row.Scan(append(b.first, into...)...) }

// instantOf reads a stored instant; 0 is none.
func instantOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Lease lets the holder work until the given time for every endpoint that it
// works for already, or that nobody does any more.
func (s *Store) Lease(ctx context.Context, holder string, until time.Time) error {
	_, err := s.write.ExecContext(ctx, `UPDATE endpoints SET holder = ?, held_until = ? WHERE holder = ? OR held_until <= ?`,
		holder, until.UnixMilli(), holder, s.now().UnixMilli())
	if err != nil {
		return failed("lease endpoints", err)
	}
	return nil
}

// Release lets others work at once for what the holder worked for.
func (s *Store) Release(ctx context.Context, holder string) error {
	_, err := s.write.ExecContext(ctx, `UPDATE endpoints SET holder = '', held_until = 0 WHERE holder = ?`, holder)
	if err != nil {
		return failed("release endpoints", err)
	}
	return nil
}

// Log returns what the tenant's log has after an event, up to limit lines.
func (s *Store) Log(ctx context.Context, tenant string, after int64, limit int) ([]store.Logged, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT seq, user_id, kind, day, gone, at, detail IS NULL, coalesce(detail, ''), coalesce(reference, '') FROM events
		WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?`, tenant, after, limit)
	if err != nil {
		return nil, failed("read the log", err)
	}
	defer rows.Close()
	var all []store.Logged
	for rows.Next() {
		var l store.Logged
		var detail string
		var at int64
		if err := rows.Scan(&l.Seq, &l.User, &l.Kind, &l.Day, &l.Gone, &at, &l.Records, &detail, &l.Reference); err != nil {
			return nil, failed("read the log", err)
		}
		l.Detail, l.At = []byte(detail), time.UnixMilli(at).UTC()
		all = append(all, l)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read the log", err)
	}
	return all, nil
}

const (
	insertDelivery = `INSERT INTO deliveries (tenant, delivery, endpoint, user_id, type, state, attempts, next_at, created, last_at, class, reference, trace, parent, size, days, batch, method, path, first_event, last_event)
		VALUES (?, ?, ?, ?, ?, ?, 0, CASE WHEN ? THEN NULL WHEN ? AND EXISTS (SELECT 1 FROM deliveries
			WHERE tenant = ? AND endpoint = ? AND user_id = ? AND state = 'waiting') THEN NULL ELSE ? END, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertBody = `INSERT INTO delivery_bodies (tenant, delivery, media_type, body) VALUES (?, ?, ?, ?)`
)

// Emit stores deliveries and moves the endpoint's place in the log, in one
// transaction. It is a Conflict where the place is another by now, or the
// endpoint another's. What comes while the endpoint is disabled is held.
func (s *Store) Emit(ctx context.Context, em store.Emission) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failed("emit", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	var e store.Endpoint
	err = tx.QueryRowContext(ctx, `UPDATE endpoints SET seq = ?, announced = max(announced, ?), checked = max(checked, ?), stage = max(stage, ?), told = max(told, ?)
		WHERE tenant = ? AND endpoint = ? AND seq = ? AND holder = ? RETURNING state, ordered`,
		em.To, em.Announced, msOf(em.Checked), em.Stage, lastEvent(em.Parcels), em.Tenant, em.Endpoint, em.From, em.Holder).Scan(&e.State, &e.Ordered)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.Conflict, "the endpoint is not ours, or at another place in the log")
	}
	if err != nil {
		return failed("emit", err)
	}
	e.Tenant, e.ID = em.Tenant, em.Endpoint
	if err := insertParcels(ctx, tx, e, em.Parcels); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return failed("emit", err)
	}
	return nil
}

// lastEvent is the number of the last event that the parcels tell of.
func lastEvent(parcels []store.Parcel) int64 {
	var last int64
	for i := range parcels {
		last = max(last, parcels[i].Last)
	}
	return last
}

// headStart is by how much what is new is due before what is history. It is no
// more than a day, so that history does not wait for ever where much is new.
const headStart = 24 * time.Hour

// insertParcels stores deliveries to be sent at once, or held where the endpoint
// is disabled; one that is dead already stays so.
func insertParcels(ctx context.Context, tx *sql.Tx, e store.Endpoint, parcels []store.Parcel) error {
	if len(parcels) == 0 {
		return nil
	}
	row, err := tx.PrepareContext(ctx, insertDelivery)
	if err != nil {
		return failed("emit", err)
	}
	defer row.Close()
	body, err := tx.PrepareContext(ctx, insertBody)
	if err != nil {
		return failed("emit", err)
	}
	defer body.Close()
	for i := range parcels {
		p := &parcels[i]
		state := cmp.Or(p.State, store.Waiting)
		if state == store.Waiting && e.State == store.Disabled {
			state = store.Held
		}
		created := p.Created.UnixMilli()
		due := created
		if !p.History {
			due -= headStart.Milliseconds()
		}
		_, err := row.ExecContext(ctx, e.Tenant, p.ID, e.ID, p.User, p.Type, state, state != store.Waiting, e.Ordered, e.Tenant, e.ID, p.User,
			due, created, p.Class, p.Reference, p.TraceID, p.Parent, len(p.Body), daysText(p.Days), p.Batch, p.Method, p.Path, p.First, p.Last)
		if err != nil {
			return failed("emit", err)
		}
		if state == store.Dead {
			continue // it never had bytes
		}
		if _, err := body.ExecContext(ctx, e.Tenant, p.ID, p.MediaType, p.Body); err != nil {
			return failed("emit", err)
		}
	}
	return nil
}
