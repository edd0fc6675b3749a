package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"nutrigate/gateway/store"
	"nutrigate/mapping/record"
)

// Begin starts an import for one user. It waits while another is open, and is
// Unavailable if that takes too long.
func (s *Store) Begin(ctx context.Context, tenant, user string) (store.Import, error) {
	if err := s.write.take(ctx); err != nil {
		return nil, failed("begin import", err)
	}
	tx, err := s.imports.BeginTx(ctx, nil)
	if err != nil {
		s.write.pass()
		return nil, failed("begin import", err)
	}
	im := &transaction{tx: tx, end: sync.OnceFunc(s.endImport), store: s, tenant: tenant, user: user}
	if err := im.prepare(ctx); err != nil {
		im.Rollback()
		return nil, err
	}
	return im, nil
}

// transaction is one import.
type transaction struct {
	tx           *sql.Tx
	end          func() // after it is over, whichever way
	store        *Store
	tenant, user string
	at           time.Time
	// days is what the user has, so that the first import of a day need not look.
	days map[store.KindDay]string
	// What a first import repeats is prepared: insert by how many rows it has.
	insert        [rowsAtOnce + 1]*sql.Stmt
	event, putDay *sql.Stmt
	args          []any // of the last insert, for the next
}

const (
	insertEvent = `INSERT INTO events (tenant, user_id, kind, day, added, changed, gone, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	putDay      = `INSERT INTO days (tenant, user_id, kind, day, source, revision, document) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, user_id, kind, day, source) DO UPDATE SET revision = excluded.revision, document = excluded.document`
)

func (im *transaction) prepare(ctx context.Context) error {
	if _, err := presentUser(ctx, im.tx, im.tenant, im.user); err != nil {
		return err
	}
	if err := im.works(ctx); err != nil {
		return err
	}
	var err error
	if im.at, err = im.store.tick(ctx, im.tx); err != nil {
		return err
	}
	if err := im.loadDays(ctx); err != nil {
		return failed("begin import", err)
	}
	for _, p := range []struct {
		into **sql.Stmt
		text string
	}{
		{&im.event, insertEvent},
		{&im.putDay, putDay},
	} {
		if *p.into, err = im.tx.PrepareContext(ctx, p.text); err != nil { //nolint:sqlclosecheck // closed with the transaction
			return failed("begin import", err)
		}
	}
	return nil
}

// rowsAtOnce is how many records one INSERT has at most: what SQLite does for a
// statement takes longer than what it does for a row.
const rowsAtOnce = 32

// OR ROLLBACK says that a failure undoes the import, as it does anyway. Else
// SQLite would keep a journal for each statement of several rows, to be able to
// undo that one alone. What the rows share has numbers, the rest follows.
const insertRecords = `INSERT OR ROLLBACK INTO records
	(tenant, user_id, kind, document, updated, source, day, metric, slot, id, line, content, version, deleted) VALUES `

// inserting returns the statement for n records.
func (im *transaction) inserting(ctx context.Context, n int) (_ *sql.Stmt, err error) {
	if im.insert[n] == nil {
		rows := strings.Repeat(`, (?1, ?2, ?3, ?4, ?5, ?6, ?, ?, ?, ?, ?, ?, 1, FALSE)`, n)
		im.insert[n], err = im.tx.PrepareContext(ctx, insertRecords+rows[len(", "):]) //nolint:sqlclosecheck // closed with the transaction
	}
	return im.insert[n], err
}

func (im *transaction) loadDays(ctx context.Context) error {
	rows, err := im.tx.QueryContext(ctx, `SELECT kind, day, source, document FROM days WHERE tenant = ? AND user_id = ?`, im.tenant, im.user)
	if err != nil {
		return err
	}
	defer rows.Close()
	im.days = map[store.KindDay]string{}
	for rows.Next() {
		var at store.KindDay
		var document string
		if err := rows.Scan(&at.Kind, &at.Day, &at.Source, &document); err != nil {
			return err
		}
		im.days[at] = document
	}
	return rows.Err()
}

func (im *transaction) Sources() map[store.KindDay]string {
	return maps.Clone(im.days)
}

func (im *transaction) AddDocument(ctx context.Context, d store.RawDocument, body io.Reader) error {
	if d.Received.IsZero() {
		d.Received = im.at
	}
	done, err := im.tx.ExecContext(ctx,
		`UPDATE documents SET name = ?, zone = ?, as_of = ? WHERE tenant = ? AND user_id = ? AND document = ?`,
		d.Name, d.Zone, d.AsOf, im.tenant, im.user, d.ID)
	if err != nil {
		return failed("keep document", err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = im.tx.ExecContext(ctx,
		`INSERT INTO documents (tenant, user_id, document, name, kind, zone, as_of, received, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		im.tenant, im.user, d.ID, d.Name, d.Kind, d.Zone, d.AsOf, d.Received.UnixMilli())
	if err != nil {
		return failed("keep document", err)
	}
	size, err := im.addChunks(ctx, d.ID, body)
	if err != nil {
		return err
	}
	_, err = im.tx.ExecContext(ctx, `UPDATE documents SET size = ? WHERE tenant = ? AND user_id = ? AND document = ?`,
		size, im.tenant, im.user, d.ID)
	if err != nil {
		return failed("keep document", err)
	}
	return nil
}

// addChunks stores the body and returns its size.
func (im *transaction) addChunks(ctx context.Context, document string, body io.Reader) (size int64, err error) {
	chunk, packed := make([]byte, chunkSize), []byte(nil)
	for n := 0; ; n++ {
		read, err := io.ReadFull(body, chunk)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return 0, fmt.Errorf("keep document: read it: %w", err)
		}
		if read == 0 {
			return size, nil
		}
		size += int64(read)
		packed = im.store.compressor.EncodeAll(chunk[:read], packed[:0])
		_, err = im.tx.ExecContext(ctx, `INSERT INTO document_chunks (tenant, user_id, document, chunk, body) VALUES (?, ?, ?, ?, ?)`,
			im.tenant, im.user, document, n, packed)
		if err != nil {
			return 0, failed("keep document", err)
		}
	}
}

func (im *transaction) Replace(ctx context.Context, source, document string, kinds []record.Kind, day record.Date, records []record.Encoded) (store.Tally, error) {
	var total store.Tally
	byKind := map[record.Kind][]record.Encoded{}
	for _, r := range records {
		if !slices.Contains(kinds, r.Kind) || (!r.Kind.Undated() && r.Day != day) || r.Source != source {
			return total, fmt.Errorf("replace %s of %q: a record of kind %s, day %s, source %q is not part of it", day, source, r.Kind, r.Day, r.Source)
		}
		byKind[r.Kind] = append(byKind[r.Kind], r)
	}
	for _, kind := range kinds {
		d := dayOf{transaction: im, kind: kind, day: day, source: source, document: document}
		if kind.Undated() {
			d.day = ""
		}
		tally, err := d.replace(ctx, byKind[kind])
		if err != nil {
			return total, fmt.Errorf("replace %s of %s: %w", kind, day, err)
		}
		total = total.Plus(tally)
	}
	return total, nil
}

func (im *transaction) Commit() error {
	defer im.end()
	if err := im.tx.Commit(); err != nil {
		return failed("commit import", err)
	}
	im.store.changed()
	return nil
}

func (im *transaction) Rollback() {
	defer im.end()
	// An error means that it is over already, by Commit or by a lost connection:
	// either way SQLite keeps nothing that was not committed.
	_ = im.tx.Rollback()
}

// endImport lets others write. A log that became long is copied into the file
// behind the import, beside whoever reads or writes: what it holds is on the disk
// already, and copying it takes a fifth of a long import.
func (s *Store) endImport() {
	s.write.pass()
	if log, err := os.Stat(s.path + "-wal"); err != nil || log.Size() <= logLimit {
		return
	}
	s.copying.Go(func() {
		// With an error, the next who writes copies what is left.
		_, _ = s.read.Exec(`PRAGMA wal_checkpoint(PASSIVE)`) //nolint:noctx // whoever imported may be gone
	})
}
