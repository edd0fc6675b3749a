// Package sqlite keeps the gateway's store in one SQLite file, through the pure
// Go driver modernc.org/sqlite.
//
// One connection at a time writes and many read: SQLite's write-ahead log lets readers
// see the last commit while a writer works. A commit is on the disk when it
// returns (synchronous=FULL).
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pressly/goose/v3"
	"github.com/rogpeppe/go-internal/lockedfile"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"nutrigate/gateway/fault"
	"nutrigate/gateway/seal"
)

// A Store is safe for concurrent use.
type Store struct {
	path  string
	now   func() time.Time
	write *writer
	// imports is the connection of an import, there as long as the import.
	imports, read *sql.DB
	// Asked at every request, so prepared: the last event of a tenant and of a user.
	tenantRevision, userRevision *sql.Stmt
	takesWebhooks                *sql.Stmt // asked at every request for data that does not say
	body                         *sql.Stmt // of a delivery, asked for each that is sent
	snapshot                     *sql.Stmt
	compressor                   *zstd.Encoder
	decompressor                 *zstd.Decoder
	keyFile                      string
	box                          func() (*seal.Box, error) // opened at its first use
	changes                      chan struct{}
	copying                      sync.WaitGroup // of logs into the file, behind imports
}

// An Option is a setting of Open.
type Option func(*Store)

// KeyFile names the file of the key with which secrets are sealed; without it
// the file lies beside the store, with .key at its end. It is made when it is
// first needed.
func KeyFile(path string) Option { return func(s *Store) { s.keyFile = path } }

// Patience is how long whoever writes waits for an import to end, before it is
// Unavailable; 10 seconds without it.
func Patience(d time.Duration) Option { return func(s *Store) { s.write.patience = d } }

// Open opens the store in the file at path, which is made if it is not there;
// its folder must be. The file path+".lock" guards the migrations, so that
// several processes may start at once.
func Open(ctx context.Context, path string, now func() time.Time, options ...Option) (*Store, error) {
	s := &Store{
		path: path, now: now, keyFile: path + ".key", changes: make(chan struct{}, 1),
		write: &writer{turn: make(chan struct{}, 1), patience: patience},
	}
	for _, o := range options {
		o(s)
	}
	s.box = sync.OnceValues(func() (*seal.Box, error) { return seal.Open(s.keyFile) })
	if err := s.open(ctx, path); err != nil {
		s.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) (err error) {
	if s.compressor, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return err
	}
	if s.decompressor, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*chunkSize)); err != nil {
		return err
	}
	if err := makePrivate(path); err != nil {
		return err
	}
	if s.write.db, err = sql.Open("sqlite", dsn(path, writing)); err != nil {
		return err
	}
	s.write.db.SetMaxOpenConns(1)
	if err := migrate(ctx, s.write.db, path+".lock"); err != nil {
		return err
	}
	if s.imports, err = sql.Open("sqlite", dsn(path, importing)); err != nil {
		return err
	}
	s.imports.SetMaxIdleConns(-1)
	if s.read, err = sql.Open("sqlite", dsn(path, reading)); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(max(4, 2*runtime.NumCPU()))
	s.read.SetMaxIdleConns(max(4, 2*runtime.NumCPU()))
	const last = `SELECT coalesce(max(seq), 0) FROM events WHERE tenant = ?`
	if s.tenantRevision, err = s.read.PrepareContext(ctx, last); err != nil {
		return err
	}
	if s.userRevision, err = s.read.PrepareContext(ctx, last+` AND user_id = ?`); err != nil {
		return err
	}
	if s.takesWebhooks, err = s.read.PrepareContext(ctx, selectWebhooks); err != nil {
		return err
	}
	if s.snapshot, err = s.read.PrepareContext(ctx, `SELECT last FROM clock`); err != nil {
		return err
	}
	s.body, err = s.read.PrepareContext(ctx, `SELECT media_type, body FROM delivery_bodies WHERE tenant = ? AND delivery = ?`)
	return err
}

// Changes tells that this Store has written something that may have to be
// delivered: events, or what makes waiting deliveries due. One signal may stand
// for many; what other processes write, nobody is told of.
func (s *Store) Changes() <-chan struct{} { return s.changes }

func (s *Store) changed() {
	select {
	case s.changes <- struct{}{}:
	default: // one waits to be heard already
	}
}

// makePrivate makes the file, if it is not there, so that its owner alone can
// read it. SQLite gives the files beside it the same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Close waits for no import: one that is open is rolled back.
func (s *Store) Close() error {
	s.copying.Wait()
	var errs []error
	for _, db := range []*sql.DB{s.read, s.imports, s.write.db} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.decompressor != nil {
		s.decompressor.Close()
	}
	return errors.Join(errs...)
}

// What a connection is told, in the driver's terms. Pages of 16 KiB hold some
// eight servings with all their nutrients. A writer keeps 8 MiB of pages at
// hand: the driver's memory for them is several times that, and 32 MiB made a
// long import take 218 MiB in all and no less time (104 MiB now). Its log is cut
// back to 16 MiB once it is copied into the file. Transactions that write take
// the lock as they begin: none has to be undone halfway because another was faster.
//
// An import writes for one user, whose row it reads first and who cannot go
// while it holds the lock: no foreign key needs to be looked at for each of its
// rows, and statements of several rows need no journal of their own for the case
// that one fails. Its log is copied behind it (endImport).
const (
	common    = "_busy_timeout=10000&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_pragma=page_size(16384)&_pragma=cache_size(-8192)"
	writing   = common + "&_foreign_keys=1&_pragma=journal_size_limit(16777216)" // logLimit
	importing = common + "&_foreign_keys=0&_pragma=journal_size_limit(16777216)&_pragma=wal_autocheckpoint(0)"
	reading   = common + "&_foreign_keys=1&_query_only=1"
)

// logLimit is how long the log may stay, in bytes. It is also what SQLite lets
// gather before a commit copies it into the file: 1000 pages.
const logLimit = 16 << 20

// dsn names the file as a URI (https://www.sqlite.org/uri.html), in which any
// path can be written.
func dsn(path, settings string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date, one process at a time.
func migrate(ctx context.Context, db *sql.DB, lock string) error {
	unlock, err := lockedfile.MutexAt(lock).Lock()
	if err != nil {
		return fmt.Errorf("lock the migrations: %w", err)
	}
	defer unlock()
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// failed turns an error of the database into one for the caller where it is
// the caller's to know. doing says what was attempted.
func failed(doing string, err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	switch e.Code() & 0xff { // the primary result code, https://www.sqlite.org/rescode.html
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL:
		return fault.Wrap(fault.Unavailable, fmt.Errorf("%s: %w", doing, err), "the store cannot write now, try again later")
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM: // of the machine, and not of what was asked
		return fault.Wrap(fault.Unavailable, fmt.Errorf("%s: %w", doing, err), "the store cannot be reached now, try again later")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// violates reports whether err is a broken constraint with the extended result code.
func violates(err error, code int) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code() == code
}
