package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

const selectWebhooks = `SELECT direct, EXISTS (SELECT 1 FROM endpoints e WHERE e.tenant = t.tenant AND e.state <> ?)
	FROM tenants t WHERE t.tenant = ?`

// Webhooks returns how the tenant takes data that is asked for.
func (s *Store) Webhooks(ctx context.Context, tenant string) (store.Webhooks, error) {
	var w store.Webhooks
	err := s.takesWebhooks.QueryRowContext(ctx, store.Disabled, tenant).Scan(&w.Direct, &w.Endpoint)
	if errors.Is(err, sql.ErrNoRows) {
		return w, fault.New(fault.NotFound, "no such tenant")
	}
	if err != nil {
		return w, failed("read settings", err)
	}
	return w, nil
}

// SetDirect says whether the tenant's requests that do not say are answered
// with the data although there is an endpoint.
func (s *Store) SetDirect(ctx context.Context, tenant string, direct bool) error {
	done, err := s.write.ExecContext(ctx, `UPDATE tenants SET direct = ? WHERE tenant = ?`, direct, tenant)
	if err != nil {
		return failed("write settings", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fault.New(fault.NotFound, "no such tenant"))
	}
	return nil
}
