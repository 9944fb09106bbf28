package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID is what the first migration writes into the file's header.
const applicationID = 1281712995

// create makes an empty file that only its owner may read, unless there is a file: SQLite would
// make one that others can read, and its log files follow it.
func (s *Store) create() error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		return f.Close()
	}
	folder := filepath.Dir(s.path)
	info, statErr := os.Stat(s.path)
	switch {
	case statErr == nil && info.IsDir():
		return book.Wrap(book.Unavailable, err,
			"database %s is a folder; name a file in it", s.path)
	case errors.Is(err, fs.ErrNotExist):
		return book.Wrap(book.Unavailable, err,
			"cannot create database %s: there is no folder %s; create it", s.path, folder)
	case errors.Is(err, fs.ErrPermission):
		return book.Wrap(book.Unavailable, err, "no permission to read and write database %s; "+
			"give this user write access to it and to the folder %s", s.path, folder)
	case errors.Is(err, syscall.EROFS):
		return book.Wrap(book.Unavailable, err, "database %s is on a read-only file system; "+
			"use a data directory that can be written", s.path)
	case errors.Is(err, syscall.ENOSPC):
		return book.Wrap(book.Unavailable, err,
			"cannot create database %s: the disk is full; make room", s.path)
	}
	return book.Wrap(book.Unavailable, err, "cannot open database %s; check the path", s.path)
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	if err := s.checkOurs(ctx); err != nil {
		return err
	}
	// The mode is kept in the file; it is set only now that the file is known to be ours.
	if _, err := s.writeDB.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	return s.provide(ctx, func(p *goose.Provider, schema store.Schema) error {
		if err := schema.CheckNotNewer(); err != nil {
			return err
		}
		if schema.Check() == nil {
			return nil
		}
		_, err := p.Up(ctx)
		return err
	})
}

// Migrate brings the schema of the database file up to date, as Open does.
func Migrate(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	return s.Close()
}

// MigrateDown takes the newest migration back. What the older schema cannot hold is lost. No other
// process may use the file. Conflict when there is none to take back, or the schema is newer or
// dirty. Open brings the file up to date again.
func MigrateDown(ctx context.Context, path string) error {
	return inspect(ctx, path, func(p *goose.Provider, s store.Schema) error {
		if err := s.CheckNotNewer(); err != nil {
			return err
		}
		switch {
		case len(s.Missing) > 0:
			return s.Check()
		case s.Version == 0:
			return book.Errorf(book.Conflict, "database %s has no schema to take back", path)
		}
		_, err := p.Down(ctx)
		return err
	})
}

// Schema returns the state of the file's schema; of an absent file it is empty.
func Schema(ctx context.Context, path string) (schema store.Schema, err error) {
	err = inspect(ctx, path, func(_ *goose.Provider, s store.Schema) error {
		schema = s
		return nil
	})
	return schema, err
}

// inspect runs use over the file as it is, or over an empty database when it is absent.
func inspect(
	ctx context.Context, path string, use func(p *goose.Provider, s store.Schema) error,
) (err error) {
	s := &Store{path: path}
	name := ":memory:"
	if _, statErr := os.Stat(path); statErr == nil {
		name = dsn(path, "_txlock=immediate", "_pragma=synchronous(FULL)")
	}
	if s.writeDB, err = sql.Open("sqlite", name); err != nil {
		return s.translate(ctx, err)
	}
	defer s.writeDB.Close() //nolint:errcheck // what was done is committed
	s.writeDB.SetMaxOpenConns(1)
	if err := s.checkOurs(ctx); err != nil {
		return s.translate(ctx, err)
	}
	return s.translate(ctx, s.provide(ctx, use))
}

func (s *Store) provide(
	ctx context.Context, use func(p *goose.Provider, s store.Schema) error,
) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writeDB, files,
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	schema := store.Schema{Database: s.path}
	if schema.Version, schema.Known, err = provider.GetVersions(ctx); err != nil {
		return err
	}
	all, err := provider.Status(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State == goose.StatePending && m.Source.Version < schema.Version {
			schema.Missing = append(schema.Missing, m.Source.Version)
		}
	}
	return use(provider, schema)
}

// checkOurs refuses a database that another program made.
func (s *Store) checkOurs(ctx context.Context) error {
	var id, tables int
	row := s.writeDB.QueryRowContext(ctx,
		"SELECT (SELECT application_id FROM pragma_application_id), count(*) FROM sqlite_schema "+
			"WHERE name <> 'goose_db_version' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
	if err := row.Scan(&id, &tables); err != nil {
		return err
	}
	if tables > 0 && id != applicationID {
		return book.Errorf(book.Conflict, "file %s is the database of another program; "+
			"use another data directory", s.path)
	}
	return nil
}
