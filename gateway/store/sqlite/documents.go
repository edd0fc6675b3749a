package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/store"
)

// chunkSize is how much of a document one row holds, before compression.
const chunkSize = 1 << 20

// Documents lists the user's raw documents in the order in which they came.
func (s *Store) Documents(ctx context.Context, tenant, user string) ([]store.RawDocument, error) {
	if _, err := s.User(ctx, tenant, user); err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT document, name, kind, zone, as_of, received, size FROM documents
		WHERE tenant = ? AND user_id = ? ORDER BY received, name, document`, tenant, user)
	if err != nil {
		return nil, failed("list documents", err)
	}
	defer rows.Close()
	var all []store.RawDocument
	for rows.Next() {
		var d store.RawDocument
		var received int64
		if err := rows.Scan(&d.ID, &d.Name, &d.Kind, &d.Zone, &d.AsOf, &received, &d.Size); err != nil {
			return nil, failed("list documents", err)
		}
		d.Received = time.UnixMilli(received).UTC()
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, failed("list documents", err)
	}
	return all, nil
}

// Document opens a raw document. ctx holds for as long as it is read, and no
// more than one chunk of it is in memory.
func (s *Store) Document(ctx context.Context, tenant, user, id string) (io.ReadSeekCloser, error) {
	d := &document{ctx: ctx, store: s, key: []any{tenant, user, id}, held: -1}
	err := s.read.QueryRowContext(ctx, `SELECT size FROM documents WHERE tenant = ? AND user_id = ? AND document = ?`, d.key...).Scan(&d.size)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "no such document")
	}
	if err != nil {
		return nil, failed("open document", err)
	}
	return d, nil
}

// document reads a raw document.
type document struct {
	ctx   context.Context //nolint:containedctx // io.Reader has no context of its own
	store *Store
	key   []any // tenant, user, document
	size  int64
	at    int64
	held  int64 // number of the chunk in body; -1 if none
	body  []byte
}

func (d *document) Read(p []byte) (int, error) {
	if d.at >= d.size {
		return 0, io.EOF
	}
	if chunk := d.at / chunkSize; chunk != d.held {
		if err := d.hold(chunk); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.body[min(d.at%chunkSize, int64(len(d.body))):])
	if n == 0 && len(p) > 0 {
		return 0, fmt.Errorf("read document: %w", io.ErrUnexpectedEOF)
	}
	d.at += int64(n)
	return n, nil
}

// hold reads a chunk into body.
func (d *document) hold(chunk int64) error {
	var packed []byte
	err := d.store.read.QueryRowContext(d.ctx,
		`SELECT body FROM document_chunks WHERE tenant = ? AND user_id = ? AND document = ? AND chunk = ?`,
		append(d.key[:3:3], chunk)...).Scan(&packed)
	if err != nil {
		return failed("read document", err)
	}
	d.held = -1
	if d.body, err = d.store.decompressor.DecodeAll(packed, d.body[:0]); err != nil {
		return fmt.Errorf("read document: decompress: %w", err)
	}
	d.held = chunk
	return nil
}

func (d *document) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += d.at
	case io.SeekEnd:
		offset += d.size
	}
	if offset < 0 {
		return 0, errors.New("read document: seek before its start")
	}
	d.at = offset
	return offset, nil
}

func (d *document) Close() error {
	d.body, d.held, d.size = nil, -1, 0
	return nil
}
