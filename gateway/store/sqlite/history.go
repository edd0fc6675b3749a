package sqlite

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// A moment is a place in the order of history: a commit of a user, and within it
// a row of one of the two tables.
type moment struct {
	At   int64  `json:"t"`
	User string `json:"u"`
	// Old says that it is among the replaced versions, which come second.
	Old bool  `json:"o,omitempty"`
	Row int64 `json:"r,omitempty"` // those below it are left; 0: the commit is done
}

func (m moment) String() string {
	doc, err := json.Marshal(m)
	if err != nil { // texts and numbers always encode
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(doc)
}

func parseMoment(s string) (m moment, err error) {
	doc, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(doc, &m)
	}
	if err != nil {
		return m, fault.Wrap(fault.Invalid, err, "this page is not one that a link named")
	}
	return m, nil
}

// maxCommits is how many commits one page looks at: most have what is asked for,
// and where few do the page is short, and its Next goes on behind them.
const maxCommits = 500

// History answers q with versions of records. A page may have fewer than its
// limit, or none, and still a Next.
func (s *Store) History(ctx context.Context, q store.HistoryQuery) (store.Page, error) {
	var page store.Page
	at := moment{At: math.MaxInt64}
	if !q.Until.IsZero() {
		at.At = q.Until.UnixMilli() + 1 // before all of that instant
	}
	if q.After != "" {
		var err error
		if at, err = parseMoment(q.After); err != nil {
			return page, err
		}
	}
	for range maxCommits {
		if at.Row == 0 {
			next, err := s.commitBefore(ctx, q, at)
			if errors.Is(err, sql.ErrNoRows) {
				return page, nil
			}
			if err != nil {
				return page, failed("read history", err)
			}
			at = next
		}
		var err error
		if at, err = s.ofCommit(ctx, q, at, &page); err != nil {
			return page, err
		}
		if len(page.Records) == q.Limit {
			break
		}
	}
	page.Next = at.String()
	return page, nil
}

// commitBefore returns the last commit before another. It asks each user's index
// for its end, so that its cost grows with the users and not with what they have.
// Users' commits of one instant come by descending id.
func (s *Store) commitBefore(ctx context.Context, q store.HistoryQuery, before moment) (moment, error) {
	bound := `CASE WHEN u.user_id < ? THEN ? ELSE ? END`
	last := func(table string) string {
		return `coalesce((SELECT max(t.updated) FROM ` + table + ` t WHERE t.tenant = u.tenant AND t.user_id = u.user_id AND t.updated <= ` + bound + `), -1)`
	}
	args := []any{before.User, before.At, before.At - 1, before.User, before.At, before.At - 1, q.Tenant}
	of := ``
	if q.Users != nil {
		of = ` AND u.user_id IN ` + placeholders(len(q.Users)+1)
		args = append(args, "")
		for _, user := range q.Users {
			args = append(args, user)
		}
	}
	since := int64(0)
	if !q.Since.IsZero() {
		since = q.Since.UnixMilli()
	}
	next := moment{Row: math.MaxInt64}
	err := s.read.QueryRowContext(ctx, `SELECT user_id, at FROM (
			SELECT u.user_id, max(`+last("records")+`, `+last("record_versions")+`) AS at FROM users u WHERE u.tenant = ?`+of+`)
		WHERE at >= ? ORDER BY at DESC, user_id DESC LIMIT 1`, append(args, since)...).Scan(&next.User, &next.At)
	return next, err
}

// ofCommit adds to the page what a commit has, up to the page's limit, and
// returns where the next page goes on.
func (s *Store) ofCommit(ctx context.Context, q store.HistoryQuery, at moment, page *store.Page) (moment, error) {
	for {
		left := q.Limit - len(page.Records)
		if left <= 0 {
			return at, nil
		}
		last, n, err := s.ofTable(ctx, q, at, left, page)
		switch {
		case err != nil:
			return at, err
		case n == left:
			at.Row = last
		case at.Old:
			return moment{At: at.At, User: at.User}, nil
		default:
			at.Old, at.Row = true, math.MaxInt64
		}
	}
}

// ofTable reads the rows of a commit that one of the two tables has.
func (s *Store) ofTable(ctx context.Context, q store.HistoryQuery, at moment, limit int, page *store.Page) (last int64, n int, err error) {
	table := `records`
	if at.Old {
		table = `record_versions`
	}
	where := `t.tenant = ? AND t.user_id = ? AND t.updated = ? AND t.rowid < ?`
	args := []any{q.Tenant, at.User, at.At, at.Row}
	if q.Kinds != nil {
		where += ` AND t.kind IN ` + placeholders(len(q.Kinds)+1)
		args = append(args, "")
		for _, k := range q.Kinds {
			args = append(args, k)
		}
	}
	if !q.At.IsZero() && at.At < q.At.UnixMilli() {
		where += ` AND NOT t.deleted`
		if at.Old {
			where += ` AND coalesce(
				(SELECT v.updated FROM record_versions v WHERE v.tenant = t.tenant AND v.user_id = t.user_id AND v.id = t.id AND v.version = t.version + 1),
				(SELECT r.updated FROM records r WHERE r.tenant = t.tenant AND r.id = t.id)) > ?`
			args = append(args, q.At.UnixMilli())
		}
	}
	rows, err := s.read.QueryContext(ctx, `SELECT t.rowid, `+recordColumns+` FROM `+table+` t WHERE `+where+` ORDER BY t.rowid DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return 0, 0, failed("read history", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRecord(numberedRow{rows, &last})
		if err != nil {
			return 0, 0, err
		}
		page.Records = append(page.Records, r)
		n++
	}
	if err := rows.Err(); err != nil {
		return 0, 0, failed("read history", err)
	}
	return last, n, nil
}

// numberedRow is a row with its number before its columns.
type numberedRow struct {
	row
	number *int64
}

func (r numberedRow) Scan(into ...any) error {
	return r.row.Scan(append([]any{r.number}, into...)...)
}

func keepUserVersion(ctx context.Context, tx *sql.Tx, u store.User) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO user_versions (tenant, user_id, version, active, updated)
		SELECT tenant, user_id, version, active, updated FROM users WHERE tenant = ? AND user_id = ?`, u.Tenant, u.ID)
	if err != nil {
		return failed("keep version of user", err)
	}
	return nil
}

// UserVersions returns every version of a user that is known, newest first.
// Those that were replaced have what a Patient is made from, and no more.
func (s *Store) UserVersions(ctx context.Context, tenant, id string) ([]store.User, error) {
	newest, err := s.User(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT version, active, updated FROM user_versions WHERE tenant = ? AND user_id = ? ORDER BY version DESC`, tenant, id)
	if err != nil {
		return nil, failed("read versions", err)
	}
	defer rows.Close()
	all := []store.User{newest}
	for rows.Next() {
		old := store.User{Tenant: tenant, ID: id, Zone: newest.Zone, Created: newest.Created}
		var updated int64
		if err := rows.Scan(&old.Version, &old.Active, &updated); err != nil {
			return nil, failed("read versions", err)
		}
		old.Updated = readInstant(updated)
		all = append(all, old)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read versions", err)
	}
	return all, nil
}

// UserHistory answers q with versions of users who are here. Users of a tenant
// are few beside their records, so that all of them are sorted for each page.
func (s *Store) UserHistory(ctx context.Context, q store.HistoryQuery) (store.UserPage, error) {
	var page store.UserPage
	after := moment{At: math.MaxInt64}
	if q.After != "" {
		var err error
		if after, err = parseMoment(q.After); err != nil {
			return page, err
		}
	}
	where, args := userHistory(q)
	//nolint:gosec // put together of constants
	rows, err := s.read.QueryContext(ctx, `SELECT user_id, version, active, updated, zone, created FROM (
			SELECT tenant, user_id, version, active, updated, zone, created, 0 AS old, 0 AS replaced FROM users WHERE left_at = 0
			UNION ALL
			SELECT v.tenant, v.user_id, v.version, v.active, v.updated, u.zone, u.created, 1, coalesce(
				(SELECT w.updated FROM user_versions w WHERE w.tenant = v.tenant AND w.user_id = v.user_id AND w.version = v.version + 1), u.updated)
			FROM user_versions v JOIN users u ON u.tenant = v.tenant AND u.user_id = v.user_id WHERE u.left_at = 0)
		WHERE `+where+` AND (updated, user_id, version) < (?, ?, ?) ORDER BY updated DESC, user_id DESC, version DESC LIMIT ?`,
		append(args, after.At, after.User, after.Row, oneMore(q.Limit))...)
	if err != nil {
		return page, failed("read users' history", err)
	}
	defer rows.Close()
	for rows.Next() {
		u := store.User{Tenant: q.Tenant}
		var updated, created int64
		if err := rows.Scan(&u.ID, &u.Version, &u.Active, &updated, &u.Zone, &created); err != nil {
			return page, failed("read users' history", err)
		}
		u.Updated, u.Created = readInstant(updated), readInstant(created)
		page.Users = append(page.Users, u)
	}
	if err := rows.Err(); err != nil {
		return page, failed("read users' history", err)
	}
	if q.Limit > 0 && len(page.Users) > q.Limit {
		page.Users = page.Users[:q.Limit]
		last := page.Users[q.Limit-1]
		page.Next = moment{At: last.Updated.UnixMilli(), User: last.ID, Row: int64(last.Version)}.String()
	}
	return page, nil
}

func userHistory(q store.HistoryQuery) (where string, args []any) {
	where, args = `tenant = ?`, []any{q.Tenant}
	if q.Users != nil {
		where += ` AND user_id IN ` + placeholders(len(q.Users)+1)
		args = append(args, "")
		for _, user := range q.Users {
			args = append(args, user)
		}
	}
	if !q.Since.IsZero() {
		where, args = where+` AND updated >= ?`, append(args, q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		where, args = where+` AND updated <= ?`, append(args, q.Until.UnixMilli())
	}
	if !q.At.IsZero() {
		where, args = where+` AND (old = 0 OR updated >= ? OR replaced > ?)`, append(args, q.At.UnixMilli(), q.At.UnixMilli())
	}
	return where, args
}

func readInstant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
