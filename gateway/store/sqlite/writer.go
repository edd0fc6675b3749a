package sqlite

import (
	"context"
	"database/sql"
	"time"

	"nutrigate/gateway/fault"
)

// patience is how long writing waits for an import to end, and SQLite for
// another process (_busy_timeout).
const patience = 10 * time.Second

// A writer is the connection that writes. An import has it for seconds, all
// else for moments; so who waits to write waits for the import's turn to end,
// up to its patience, and then for moments.
type writer struct {
	db       *sql.DB
	turn     chan struct{} // has room for the one whose turn it is
	patience time.Duration
}

// BeginTx starts a transaction; Unavailable if an import takes too long.
func (w *writer) BeginTx(ctx context.Context, o *sql.TxOptions) (*sql.Tx, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	defer w.pass()
	return w.db.BeginTx(ctx, o)
}

// ExecContext runs one statement; Unavailable if an import takes too long.
func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	defer w.pass()
	return w.db.ExecContext(ctx, query, args...)
}

// take waits for the turn; pass ends it.
func (w *writer) take(ctx context.Context) error {
	select {
	case w.turn <- struct{}{}:
		return nil
	default: // somebody else's turn
	}
	ending := time.NewTimer(w.patience)
	defer ending.Stop()
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-ending.C:
		return fault.New(fault.Unavailable, "the store is busy with an import, try again later")
	}
}

func (w *writer) pass() { <-w.turn }
