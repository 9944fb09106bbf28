// Package sqlite implements the relational store in one SQLite file, for the embedded mode.
//
// The file is in WAL mode with synchronous=FULL: what a method acknowledged survives a power cut.
// All writes go through one connection, one after another, and those that wait for it share a
// transaction; reads have connections of their own, do not wait for writes and see one state each.
// Statements are generated into sqlitedb from the files in queries; those that sqlc cannot express
// are in passage.go.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"

	_ "modernc.org/sqlite" // registers the driver
)

// Store is a relational store in one file. Make it with Open.
type Store struct {
	path  string
	clock func() time.Time

	readDB, writeDB *sql.DB
	read, write     *sqlitedb.Queries
	writes          writes
}

var _ store.Store = (*Store)(nil)

// Option changes how a Store works.
type Option func(*Store)

// WithClock makes the store take the time of leases, watches and timestamps from now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.clock = now } }

// Open opens the database file at path, creates it when it is absent, and brings an older schema
// up to date. The folder must be there and writable. Errors: Conflict when the file belongs to a
// newer version or is not a database of ours; Unavailable when it cannot be opened, written or
// read, with a message that says why.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, book.Wrap(book.Unavailable, err, "cannot find the folder of database %s", path)
	}
	s := &Store{path: path, clock: time.Now}
	for _, option := range options {
		option(s)
	}
	if err := s.create(); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(s.translate(ctx, err), s.closeAll())
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context) (err error) {
	s.writeDB, err = sql.Open("sqlite", dsn(s.path, "_txlock=immediate", "_pragma=synchronous(FULL)"))
	if err != nil {
		return err
	}
	s.writeDB.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.readDB, err = sql.Open("sqlite", dsn(s.path, "_pragma=query_only(1)")); err != nil {
		return err
	}
	readers := 2 * max(2, runtime.GOMAXPROCS(0))
	s.readDB.SetMaxOpenConns(readers)
	s.readDB.SetMaxIdleConns(readers)
	if s.write, err = sqlitedb.Prepare(ctx, s.writeDB); err != nil {
		return err
	}
	s.read, err = sqlitedb.Prepare(ctx, s.readDB)
	return err
}

// dsn names the file as a URI, in which "?", "#" and "%" of the path are escaped. Each connection
// keeps 16 MiB of pages; what a statement may have to undo stays in memory, too.
func dsn(path string, settings ...string) string {
	settings = append([]string{
		"_pragma=busy_timeout(5000)", "_pragma=foreign_keys(1)",
		"_pragma=cache_size(-16384)", "_pragma=temp_store(MEMORY)",
	}, settings...)
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(settings, "&")
}

// Identity implements store.Store.
func (s *Store) Identity(ctx context.Context) (uuid.UUID, error) {
	id, err := s.read.Identity(ctx)
	return uuid.UUID(id), s.translate(ctx, err)
}

// Ping returns nil when the file answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.read.CountChunks(ctx)
	return s.translate(ctx, err)
}

// Close releases the file.
func (s *Store) Close() error {
	return s.translate(context.Background(), s.closeAll())
}

func (s *Store) closeAll() error {
	var first error
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, queries := range []*sqlitedb.Queries{s.read, s.write} {
		if queries != nil {
			keep(queries.Close())
		}
	}
	// The writer is closed last: the last connection folds the write-ahead log into the file.
	for _, db := range []*sql.DB{s.readDB, s.writeDB} {
		if db != nil {
			keep(db.Close())
		}
	}
	return first
}

// now is the store's clock, as exact as a column holds it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }
