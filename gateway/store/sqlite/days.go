package sqlite

import (
	"context"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Days returns the days between from and to on which anything of the given
// kinds was ever stored, and when it last changed; no kinds are all, and empty
// bounds are open. Undated kinds come first, whatever the bounds, as the empty day.
func (s *Store) Days(ctx context.Context, tenant, user string, kinds []record.Kind, from, to record.Date) ([]store.DayRevision, error) {
	if len(kinds) == 0 {
		kinds = record.Kinds()
	}
	args := []any{tenant, user}
	for _, k := range kinds {
		args = append(args, k)
	}
	if to == "" {
		to = "9999-12-31"
	}
	//nolint:gosec // adds question marks only
	text := `SELECT day, max(revision) FROM days
		WHERE tenant = ? AND user_id = ? AND kind IN ` + placeholders(len(kinds)) + `
		AND (day = '' OR day BETWEEN ? AND ?) GROUP BY day ORDER BY day`
	rows, err := s.read.QueryContext(ctx, text, append(args, from, to)...)
	if err != nil {
		return nil, failed("list days", err)
	}
	defer rows.Close()
	var days []store.DayRevision
	for rows.Next() {
		var d store.DayRevision
		if err := rows.Scan(&d.Day, &d.Revision); err != nil {
			return nil, failed("list days", err)
		}
		days = append(days, d)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list days", err)
	}
	return days, nil
}

// Revision returns the number of the last event of the user, or of the tenant
// where user is empty; 0 if there was none. It is one step in an index.
func (s *Store) Revision(ctx context.Context, tenant, user string) (revision int64, err error) {
	last := s.tenantRevision.QueryRowContext
	args := []any{tenant}
	if user != "" {
		last, args = s.userRevision.QueryRowContext, append(args, user)
	}
	if err := last(ctx, args...).Scan(&revision); err != nil {
		return 0, failed("read revision", err)
	}
	return revision, nil
}
