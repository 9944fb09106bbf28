package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lectern-project/lectern/internal/book"
)

// retryAfter is after how long a database that is down is worth another try.
const retryAfter = time.Second

// SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	undefinedTable       = "42P01"
	readOnly             = "25006" // a standby server, which may become the primary one
)

// IsAway reports whether err, of Open or Migrate, says that the server cannot be reached or is not up
// yet, so that the same may succeed later; not that it refuses the user, the database or its schema.
func IsAway(err error) bool {
	if book.CodeOf(err) != book.Unavailable {
		return false
	}
	state := stateOf(err)
	switch state[:min(2, len(state))] {
	case "":
		var connect *pgconn.ConnectError
		var network *net.OpError
		return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)
	case "08", "53", "55", "57", "58":
		return true
	}
	return state == readOnly || state == serializationFailure || state == deadlockDetected
}

// translate turns what the driver returns into the errors of the contract. It goes by codes and
// types only.
func (s *Store) translate(ctx context.Context, err error) error {
	var known *book.Error
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return book.Wrap(book.Deadline, err, "the database did not answer in time")
	case ctx.Err() != nil:
		return book.Wrap(book.Canceled, err, "the request was canceled")
	case errors.As(err, &refused):
		return s.translateState(refused.Code, err)
	case unreachable(err):
		return s.unavailable(err, "cannot be reached; check that it runs and that its address "+
			"is right")
	}
	return book.Wrap(book.Internal, err, "the database refused a statement; the log says why")
}

// unreachable reports whether err is of the connection and not of a statement.
func unreachable(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed)
}

func (s *Store) unavailable(err error, why string) error {
	return &book.Error{
		Code: book.Unavailable, RetryAfter: retryAfter, Err: err,
		Message: "database " + s.name + " " + why,
	}
}

func (s *Store) translateState(state string, err error) error {
	switch state {
	case "23502", "23514", "22001", "22003", "54000": // null, check, too long, range, too large
		return book.Wrap(book.Invalid, err, "a value is outside of what may be stored")
	case "22021", "22P05":
		return book.Wrap(book.Invalid, err, "a text holds the character U+0000 or is not UTF-8; "+
			"take it out")
	case uniqueViolation:
		return book.Wrap(book.Conflict, err, "it is there already")
	case "53100":
		return s.unavailable(err, "has a full disk; make room, nothing was lost")
	case "53300":
		return s.unavailable(err, "has no connection left; raise its max_connections, or lower "+
			"pool_max_conns in the URL")
	case readOnly:
		return s.unavailable(err, "is read-only; use the address of the primary server")
	case "3D000":
		return s.unavailable(err, "does not exist; create it")
	case "42501":
		return s.unavailable(err, "refuses this user a permission; make it the owner of the tables")
	case serializationFailure, deadlockDetected:
		return s.unavailable(err, "is too busy; try again")
	case "57014": // canceled by the server's statement_timeout
		return book.Wrap(book.Deadline, err, "the database did not answer in time")
	case "XX001", "XX002":
		return s.unavailable(err, "is damaged; restore it from a backup")
	}
	switch state[:min(2, len(state))] {
	case "08", "53", "55", "57", "58": // connection, resources, locks, operator, system
		return s.unavailable(err, "is not available now; try again")
	case "28":
		return s.unavailable(err, "refuses the user name or the password; check the URL")
	}
	return book.Wrap(book.Internal, err, "the database refused a statement; the log says why")
}

// taken reports whether err says that a unique value is there already.
func taken(err error) bool { return stateOf(err) == uniqueViolation }

// dangling reports whether err says that a row refers to one that is absent.
func dangling(err error) bool { return stateOf(err) == foreignKeyViolation }

func stateOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
