package sqlite

import (
	"context"

	"nutrigate/gateway/store"
)

// Notified returns the notifications of a subscription that tell of events from
// one number to another, both included, in their order, up to limit. What was
// deleted since, by its age or with its person, is not among them.
func (s *Store) Notified(ctx context.Context, tenant, endpoint string, from, to int64, limit int) ([]store.Parcel, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+deliveryColumns+fromDeliveries+`
		WHERE d.tenant = ? AND d.endpoint = ? AND d.last_event > 0 AND d.last_event >= ? AND d.first_event <= ? AND d.class <> 'superseded'
		ORDER BY d.last_event LIMIT ?`, tenant, endpoint, from, to, limit)
	if err != nil {
		return nil, failed("read notifications", err)
	}
	defer rows.Close()
	var all []store.Parcel
	for rows.Next() {
		var p store.Parcel
		if p.Delivery, err = scanDelivery(rows); err != nil {
			return nil, failed("read notifications", err)
		}
		all = append(all, p)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("read notifications", err)
	}
	if err := rows.Close(); err != nil {
		return nil, failed("read notifications", err)
	}
	return all, s.addBodies(ctx, all)
}
