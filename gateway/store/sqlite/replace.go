package sqlite

import (
	"context"
	"slices"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// dayOf replaces the records of one kind on one day from one source.
type dayOf struct {
	*transaction
	kind     record.Kind
	day      record.Date // empty for undated kinds
	source   string
	document string
}

func (d dayOf) replace(ctx context.Context, want []record.Encoded) (store.Tally, error) {
	if err := ctx.Err(); err != nil {
		return store.Tally{}, err
	}
	// The driver starts a goroutine for each statement that can be cancelled. A
	// day is short, and the transaction itself ends with the caller's context.
	ctx = context.WithoutCancel(ctx)
	at := store.KindDay{Kind: d.kind, Day: d.day, Source: d.source}
	document, known := d.days[at]
	if !known && len(want) == 0 {
		return store.Tally{}, nil
	}
	changes, err := d.changes(ctx, known, want)
	if err != nil {
		return store.Tally{}, err
	}
	tally := store.Tally{Added: len(changes.Added), Changed: len(changes.Changed), Gone: len(changes.Gone), Kept: changes.Kept}
	switch {
	case !changes.None():
		err = d.write(ctx, changes, tally)
	case document != d.document:
		err = d.setSource(ctx)
	}
	if err == nil {
		d.days[at] = d.document
	}
	return tally, err
}

// changes compares want with what is stored.
func (d dayOf) changes(ctx context.Context, known bool, want []record.Encoded) (record.Changes, error) {
	if !known {
		return record.ReplaceEncoded(d.user, nil, want), nil
	}
	have, err := d.have(ctx)
	if err != nil {
		return record.Changes{}, err
	}
	if have.says(want) {
		return record.Changes{Kept: len(want)}, nil
	}
	old, err := have.records()
	if err != nil {
		return record.Changes{}, err
	}
	return record.ReplaceEncoded(d.user, old, want), nil
}

// write stores the changes and announces them.
func (d dayOf) write(ctx context.Context, c record.Changes, t store.Tally) error {
	if err := d.add(ctx, c.Added); err != nil {
		return err
	}
	for i := range c.Changed {
		if err := d.change(ctx, &c.Changed[i]); err != nil {
			return err
		}
	}
	for i := range c.Gone {
		if err := d.bury(ctx, &c.Gone[i]); err != nil {
			return err
		}
	}
	return d.announce(ctx, t)
}

// add inserts new records. The values are of basic types: for others
// database/sql would ask reflection, half a million times an import.
func (d dayOf) add(ctx context.Context, added []record.Encoded) error {
	for some := range slices.Chunk(added, rowsAtOnce) {
		insert, err := d.inserting(ctx, len(some)) //nolint:sqlclosecheck // closed with the transaction
		if err != nil {
			return failed("add records", err)
		}
		args := append(d.args[:0], d.tenant, d.user, string(d.kind), d.document, d.at.UnixMilli(), d.source)
		for i := range some {
			r := &some[i]
			args = append(args, string(r.Day), r.Metric(), storedSlot(r.Kind, r.Slot), r.ID, int64(r.Origin.Line), []byte(r.Content))
		}
		d.args = args
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return failed("add records", err)
		}
	}
	return nil
}

// change keeps the version that r replaces and puts r in its place.
func (d dayOf) change(ctx context.Context, r *record.Encoded) error {
	if err := d.keepVersion(ctx, r.ID); err != nil {
		return err
	}
	_, err := d.tx.ExecContext(ctx, `UPDATE records SET version = version + 1, deleted = ?, day = ?, document = ?, line = ?, updated = ?, content = ?
		WHERE tenant = ? AND id = ?`, false, r.Day, d.document, r.Origin.Line, d.at.UnixMilli(), []byte(r.Content), d.tenant, r.ID)
	if err != nil {
		return failed("change record", err)
	}
	return nil
}

// bury makes a tombstone of r: it keeps what it said, and its document is the
// one that no longer has it.
func (d dayOf) bury(ctx context.Context, r *record.Encoded) error {
	if err := d.keepVersion(ctx, r.ID); err != nil {
		return err
	}
	_, err := d.tx.ExecContext(ctx, `UPDATE records SET version = version + 1, deleted = ?, document = ?, line = 0, updated = ?
		WHERE tenant = ? AND id = ?`, true, d.document, d.at.UnixMilli(), d.tenant, r.ID)
	if err != nil {
		return failed("bury record", err)
	}
	return nil
}

func (d dayOf) keepVersion(ctx context.Context, id string) error {
	_, err := d.tx.ExecContext(ctx, `INSERT INTO record_versions (tenant, `+recordColumns+`)
		SELECT tenant, `+recordColumns+` FROM records WHERE tenant = ? AND id = ?`, d.tenant, id)
	if err != nil {
		return failed("keep version", err)
	}
	return nil
}

// announce appends the event, whose number is the day's new revision.
func (d dayOf) announce(ctx context.Context, t store.Tally) error {
	done, err := d.event.ExecContext(ctx, d.tenant, d.user, d.kind, d.day, t.Added, t.Changed, t.Gone, d.at.UnixMilli())
	if err != nil {
		return failed("announce day", err)
	}
	seq, err := done.LastInsertId()
	if err != nil {
		return failed("announce day", err)
	}
	if _, err := d.putDay.ExecContext(ctx, d.tenant, d.user, d.kind, d.day, d.source, seq, d.document); err != nil {
		return failed("announce day", err)
	}
	return nil
}

// setSource notes that another document says the same.
func (d dayOf) setSource(ctx context.Context) error {
	_, err := d.tx.ExecContext(ctx, `UPDATE days SET document = ? WHERE tenant = ? AND user_id = ? AND kind = ? AND day = ? AND source = ?`,
		d.document, d.tenant, d.user, d.kind, d.day, d.source)
	if err != nil {
		return failed("note source", err)
	}
	return nil
}

// kept is what the store has of one kind and day, not yet decoded.
type kept []keptRow

type keptRow struct {
	meta    record.Record
	content []byte
}

func (d dayOf) have(ctx context.Context) (kept, error) {
	text := `SELECT day, slot, id, version, deleted, content FROM records WHERE tenant = ? AND user_id = ? AND kind = ? AND source = ?`
	args := []any{d.tenant, d.user, d.kind, d.source}
	if !d.kind.Undated() {
		text, args = text+` AND day = ?`, append(args, d.day)
	}
	rows, err := d.tx.QueryContext(ctx, text+` ORDER BY day, metric, slot`, args...)
	if err != nil {
		return nil, failed("read the day", err)
	}
	defer rows.Close()
	var all kept
	for rows.Next() {
		var r keptRow
		if err := rows.Scan(&r.meta.Day, &r.meta.Slot, &r.meta.ID, &r.meta.Version, &r.meta.Deleted, &r.content); err != nil {
			return nil, failed("read the day", err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read the day", err)
	}
	return all, nil
}

// says reports whether the living records are exactly those of want, in any
// order. It is what an import of the same days mostly finds, and spares decoding them.
func (k kept) says(want []record.Encoded) bool {
	var old, now []string
	for _, r := range k {
		if !r.meta.Deleted {
			old = append(old, string(r.content))
		}
	}
	if len(old) != len(want) {
		return false
	}
	for i := range want {
		now = append(now, want[i].Content)
	}
	slices.Sort(old)
	slices.Sort(now)
	return slices.Equal(old, now)
}

// records decodes them. What was written by an older version is encoded anew,
// so that only what differs in meaning differs.
func (k kept) records() ([]record.Encoded, error) {
	all := make([]record.Encoded, len(k))
	for i, r := range k {
		decoded, err := record.Decode(r.content)
		if err != nil {
			return nil, err
		}
		decoded.Day, decoded.ID, decoded.Version, decoded.Deleted = r.meta.Day, r.meta.ID, r.meta.Version, r.meta.Deleted
		decoded.Slot = plainSlot(decoded.Kind, r.meta.Slot)
		if all[i], err = record.Encode(decoded); err != nil {
			return nil, err
		}
	}
	return all, nil
}
