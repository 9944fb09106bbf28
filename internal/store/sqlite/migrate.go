package sqlite

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"

	"github.com/lectern-project/lectern/internal/book"
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
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writeDB, files)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case current > target:
		return book.Errorf(book.Conflict, "database %s has schema version %d, this program knows "+
			"up to %d; use the newer program that wrote it, or another data directory",
			s.path, current, target)
	case current == target:
		return nil
	}
	_, err = provider.Up(ctx)
	return err
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
