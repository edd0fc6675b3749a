package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

const recordColumns = `user_id, kind, day, metric, slot, id, version, deleted, document, line, updated, content`

// Records answers q. A user whom the tenant does not have is NotFound.
func (s *Store) Records(ctx context.Context, q store.Query) (store.Page, error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return store.Page{}, err
	}
	var found []store.Stored
	switch {
	case q.IDs != nil:
		found, err = s.byID(ctx, q, after)
	case q.User != "":
		found, err = s.ofUser(ctx, q, q.User, after)
	default:
		found, err = s.ofUsers(ctx, q, after)
	}
	if err == nil && len(found) == 0 && q.User != "" {
		_, err = s.User(ctx, q.Tenant, q.User) // nothing, because there is no such user?
	}
	if err != nil {
		return store.Page{}, err
	}
	return page(found, q.Limit), nil
}

// page cuts what was read, which may be one more than asked.
func page(found []store.Stored, limit int) store.Page {
	if limit <= 0 || len(found) <= limit {
		return store.Page{Records: found}
	}
	found = found[:limit]
	return store.Page{Records: found, Next: found[limit-1].Place()}
}

// CountRecords returns how many records Records would find without a limit and
// from the start. A user whom the tenant does not have is NotFound.
func (s *Store) CountRecords(ctx context.Context, q store.Query) (int, error) {
	q.Limit, q.After = 0, ""
	if q.IDs != nil {
		page, err := s.Records(ctx, q)
		return len(page.Records), err
	}
	users := q.Users
	switch {
	case q.User != "":
		if _, err := s.User(ctx, q.Tenant, q.User); err != nil {
			return 0, err
		}
		users = []string{q.User}
	case q.Users == nil:
		all, _, err := s.Users(ctx, q.Tenant, "", 0)
		if err != nil {
			return 0, err
		}
		for i := range all {
			users = append(users, all[i].ID)
		}
	}
	total := 0
	for _, user := range users {
		text, args := counting(arms(q), q, user)
		var n int
		if err := s.read.QueryRowContext(ctx, text, args...).Scan(&n); err != nil {
			return 0, failed("count records", err)
		}
		total += n
	}
	return total, nil
}

// ofUsers asks user after user until the page is full: each is a search of its
// own in the index, and nothing is sorted across users.
func (s *Store) ofUsers(ctx context.Context, q store.Query, after cursor) ([]store.Stored, error) {
	var found []store.Stored
	rows, err := s.read.QueryContext(ctx, `SELECT user_id FROM users WHERE tenant = ? AND user_id >= ? ORDER BY user_id`, q.Tenant, after.User)
	if err != nil {
		return nil, failed("list users", err)
	}
	defer rows.Close()
	for rows.Next() && (q.Limit <= 0 || len(found) <= q.Limit) {
		var user string
		if err := rows.Scan(&user); err != nil {
			return nil, failed("list users", err)
		}
		if q.Users != nil && !slices.Contains(q.Users, user) {
			continue
		}
		more, err := s.ofUser(ctx, q, user, after)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list users", err)
	}
	return found, nil
}

// ofUser reads what one user has behind the cursor, one more than the limit.
func (s *Store) ofUser(ctx context.Context, q store.Query, user string, after cursor) ([]store.Stored, error) {
	if after.User > user {
		return nil, nil
	}
	if after.User < user {
		after = cursor{}
	}
	text, args := statement(arms(q), q, user, after)
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, failed("search records", err)
	}
	return scanRecords(rows)
}

// byID looks the ids up and applies the rest of the query to what it finds.
func (s *Store) byID(ctx context.Context, q store.Query, after cursor) ([]store.Stored, error) {
	if len(q.IDs) == 0 {
		return nil, nil
	}
	args := []any{q.Tenant}
	for _, id := range q.IDs {
		args = append(args, id)
	}
	text := `SELECT ` + recordColumns + ` FROM records WHERE tenant = ? AND id IN ` + placeholders(len(q.IDs)) //nolint:gosec // adds question marks only
	rows, err := s.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, failed("look records up", err)
	}
	found, err := scanRecords(rows)
	if err != nil {
		return nil, err
	}
	if found, err = s.asOf(ctx, found, q); err != nil {
		return nil, err
	}
	order := func(a, b cursor) int { return a.compare(b) }
	if q.Backward {
		order = func(a, b cursor) int { return cmp.Or(cmp.Compare(a.User, b.User), b.compare(a)) }
	}
	found = slices.DeleteFunc(found, func(r store.Stored) bool {
		return !meets(&r, q) || (after != cursor{} && order(cursorOf(&r), after) <= 0)
	})
	slices.SortFunc(found, func(a, b store.Stored) int { return order(cursorOf(&a), cursorOf(&b)) })
	return found, nil
}

// asOf puts in place of records that have changed since what they were then.
func (s *Store) asOf(ctx context.Context, found []store.Stored, q store.Query) ([]store.Stored, error) {
	if q.AsOf.IsZero() {
		return found, nil
	}
	var then []store.Stored
	for i := range found {
		if !found[i].Updated.After(q.AsOf) {
			then = append(then, found[i])
			continue
		}
		versions, err := s.Versions(ctx, q.Tenant, found[i].ID)
		if err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(versions, func(v store.Stored) bool { return !v.Updated.After(q.AsOf) }); at >= 0 {
			then = append(then, versions[at])
		}
	}
	return then, nil
}

// meets reports whether r is what q asks for beside its id.
func meets(r *store.Stored, q store.Query) bool {
	if (r.Deleted && !q.Deleted) || r.Updated.Before(q.Since) {
		return false
	}
	if (q.User != "" && q.User != r.User) || (q.User == "" && q.Users != nil && !slices.Contains(q.Users, r.User)) {
		return false
	}
	if !r.Kind.Undated() && (r.Day < q.From || (q.To != "" && r.Day > q.To)) {
		return false
	}
	return len(q.Select) == 0 || slices.ContainsFunc(q.Select, func(s store.Selector) bool {
		return s.Kind == r.Kind && (s.Metric == "" || s.Metric == r.Metric())
	})
}

// Record returns the newest version of a record; a tombstone has Deleted set.
func (s *Store) Record(ctx context.Context, tenant, id string) (store.Stored, error) {
	r, err := scanRecord(s.read.QueryRowContext(ctx, `SELECT `+recordColumns+` FROM records WHERE tenant = ? AND id = ?`, tenant, id))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Stored{}, fault.New(fault.NotFound, "no such record")
	}
	return r, err
}

// Versions returns every version of a record, newest first.
func (s *Store) Versions(ctx context.Context, tenant, id string) ([]store.Stored, error) {
	newest, err := s.Record(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT `+recordColumns+` FROM record_versions WHERE tenant = ? AND user_id = ? AND id = ? AND version < ? ORDER BY version DESC`,
		tenant, newest.User, id, newest.Version)
	if err != nil {
		return nil, failed("read versions", err)
	}
	older, err := scanRecords(rows)
	return append([]store.Stored{newest}, older...), err
}

// scanRecords reads all rows and closes them.
func scanRecords(rows *sql.Rows) ([]store.Stored, error) {
	defer rows.Close()
	var all []store.Stored
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read records", err)
	}
	return all, nil
}

func scanRecord(from row) (store.Stored, error) {
	var (
		r       store.Stored
		meta    record.Record
		metric  string
		updated int64
		content []byte
	)
	err := from.Scan(&r.User, &meta.Kind, &meta.Day, &metric, &meta.Slot, &meta.ID, &meta.Version, &meta.Deleted,
		&meta.Origin.Document, &meta.Origin.Line, &updated, &content)
	if err != nil {
		return r, failed("read record", err)
	}
	if r.Record, err = record.Decode(content); err != nil {
		return r, fmt.Errorf("record %s: %w", meta.ID, err)
	}
	r.ID, r.Slot, r.Day = meta.ID, plainSlot(meta.Kind, meta.Slot), meta.Day
	r.Version, r.Deleted, r.Origin = meta.Version, meta.Deleted, meta.Origin
	r.Updated = time.UnixMilli(updated).UTC()
	return r, nil
}
