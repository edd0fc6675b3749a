package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// daysText is how days are stored.
func daysText(days []record.Date) string {
	texts := make([]string, len(days))
	for i, day := range days {
		texts[i] = string(day)
	}
	return strings.Join(texts, ",")
}

// Supersede gives up what is held for the endpoint and tells only of days of
// which a later batch tells that is held, waits or was delivered, and returns
// how many those were. What tells of no days as a whole stays.
func (s *Store) Supersede(ctx context.Context, tenant, endpoint string) (int, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, failed("supersede", err)
	}
	defer func() { _ = tx.Rollback() }() // which does nothing after the commit
	if _, err := scanEndpoint(tx.QueryRowContext(ctx, `SELECT `+endpointShown+` FROM endpoints WHERE tenant = ? AND endpoint = ?`, tenant, endpoint)); err != nil {
		return 0, err
	}
	needless, err := superseded(ctx, tx, tenant, endpoint)
	if err != nil {
		return 0, failed("supersede", err)
	}
	for _, id := range needless {
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 'dead', class = 'superseded' WHERE tenant = ? AND delivery = ?`, tenant, id)
		if err != nil {
			return 0, failed("supersede", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, failed("supersede", err)
	}
	return len(needless), nil
}

// superseded returns the ids of what a later batch makes needless.
func superseded(ctx context.Context, tx *sql.Tx, tenant, endpoint string) (ids []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT delivery, user_id, type, state, days, batch FROM deliveries
		WHERE tenant = ? AND endpoint = ? AND days <> '' AND state <> 'dead' ORDER BY delivery DESC`, tenant, endpoint)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	latest := map[[3]string]string{} // the batch that tells of a user, type and day
	for rows.Next() {
		var id, user, typ, state, days, batch string
		if err := rows.Scan(&id, &user, &typ, &state, &days, &batch); err != nil {
			return nil, err
		}
		needless := state == store.Held
		for day := range strings.SplitSeq(days, ",") {
			by, told := latest[[3]string{user, typ, day}]
			needless = needless && told && by != batch
		}
		if needless {
			ids = append(ids, id)
			continue
		}
		for day := range strings.SplitSeq(days, ",") {
			if k := [3]string{user, typ, day}; latest[k] == "" {
				latest[k] = batch
			}
		}
	}
	return ids, rows.Err()
}
