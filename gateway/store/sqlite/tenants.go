package sqlite

import (
	"context"

	"nutrigate/gateway/fault"
)

// PutTenant makes the tenant if it is not there.
func (s *Store) PutTenant(ctx context.Context, tenant string) error {
	if tenant == "" {
		return fault.BadParam("tenant", "the tenant has no name")
	}
	_, err := s.write.ExecContext(ctx, `INSERT INTO tenants (tenant, created) VALUES (?, ?) ON CONFLICT DO NOTHING`,
		tenant, s.now().UnixMilli())
	if err != nil {
		return failed("add tenant", err)
	}
	return nil
}

// Tenants lists the tenants by name. It is for the operator's commands; no
// request asks for it.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT tenant FROM tenants ORDER BY tenant`)
	if err != nil {
		return nil, failed("list tenants", err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return nil, failed("list tenants", err)
		}
		all = append(all, tenant)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list tenants", err)
	}
	return all, nil
}
