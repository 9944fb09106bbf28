package sqlite

import (
	"context"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/lectern-project/lectern/internal/book"
)

// busyRetry is after how long a busy file is worth another try.
const busyRetry = time.Second

// translate turns what the driver returns into the errors of the contract. It goes by codes only.
func (s *Store) translate(ctx context.Context, err error) error {
	var known *book.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return book.Wrap(book.Deadline, err, "the database did not answer in time")
	case ctx.Err() != nil:
		return book.Wrap(book.Canceled, err, "the request was canceled")
	}
	switch code := codeOf(err); code & 0xff {
	case sqlite3.SQLITE_FULL:
		return book.Wrap(book.Unavailable, err,
			"the disk of database %s is full; make room, nothing was lost", s.path)
	case sqlite3.SQLITE_READONLY:
		return book.Wrap(book.Unavailable, err, "database %s is read-only; give this user write "+
			"access to it and to its folder", s.path)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return book.Wrap(book.Unavailable, err, "cannot open database %s; check that its folder is "+
			"there and that this user may write to it", s.path)
	case sqlite3.SQLITE_NOTADB:
		return book.Wrap(book.Conflict, err, "file %s is not a database; move it away, "+
			"or use another data directory", s.path)
	case sqlite3.SQLITE_CORRUPT:
		return book.Wrap(book.Unavailable, err,
			"database %s is damaged; restore it from a backup", s.path)
	case sqlite3.SQLITE_IOERR:
		return book.Wrap(book.Unavailable, err,
			"database %s cannot be read or written; check its disk", s.path)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &book.Error{
			Code: book.Unavailable, RetryAfter: busyRetry, Err: err,
			Message: "database " + s.path + " is in use by another program; try again, or stop it",
		}
	case sqlite3.SQLITE_CONSTRAINT:
		return translateConstraint(code, err)
	}
	return book.Wrap(book.Internal, err, "the database refused a statement; the log says why")
}

func translateConstraint(code int, err error) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL,
		sqlite3.SQLITE_CONSTRAINT_DATATYPE:
		return book.Wrap(book.Invalid, err, "a value is outside of what may be stored")
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return book.Wrap(book.Conflict, err, "it is there already")
	}
	return book.Wrap(book.Internal, err, "the database refused a statement; the log says why")
}

func codeOf(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// taken reports whether err says that a unique value is there already.
func taken(err error) bool {
	code := codeOf(err)
	return code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// dangling reports whether err says that a row refers to one that is absent.
func dangling(err error) bool { return codeOf(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY }

// forbidden reports whether a trigger refused the statement.
func forbidden(err error) bool { return codeOf(err) == sqlite3.SQLITE_CONSTRAINT_TRIGGER }
