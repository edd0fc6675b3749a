package sqlite

import (
	"context"

	"nutrigate/gateway/store"
)

// Plan returns how SQLite answers a search of one user's records.
func (s *Store) Plan(ctx context.Context, q store.Query) ([]string, error) {
	after, err := parseCursor(q.After)
	if err != nil {
		return nil, err
	}
	text, args := statement(arms(q), q, q.User, after)
	rows, err := s.read.QueryContext(ctx, `EXPLAIN QUERY PLAN `+text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}
