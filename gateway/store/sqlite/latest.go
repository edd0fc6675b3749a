package sqlite

import (
	"context"
	"strings"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Latest returns the last day of which the user has records, when a delivery
// about the user was last tried, of those that are kept, and when the user's
// connection last fetched.
func (s *Store) Latest(ctx context.Context, tenant, user string) (store.Latest, error) {
	// One step in the index for each kind, and not all days of all kinds.
	const ofKind = `SELECT * FROM (SELECT day FROM records WHERE tenant = ? AND user_id = ? AND kind = ? AND NOT deleted ORDER BY day DESC LIMIT 1)`
	var arms []string
	var args []any
	for _, kind := range record.Kinds() {
		if !kind.Undated() {
			arms, args = append(arms, ofKind), append(args, tenant, user, kind)
		}
	}
	var l store.Latest
	var sent, polled int64
	err := s.read.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(day), '') FROM (`+strings.Join(arms, ` UNION ALL `)+`)),
		(SELECT coalesce(max(last_at), 0) FROM deliveries WHERE tenant = ? AND user_id = ?),
		(SELECT coalesce(max(synced), 0) FROM connections WHERE tenant = ? AND user_id = ?)`,
		append(args, tenant, user, tenant, user)...).Scan(&l.Day, &sent, &polled)
	if err != nil {
		return l, failed("read what is latest of a user", err)
	}
	l.Sent, l.Polled = instantOf(sent), instantOf(polled)
	return l, nil
}
