package sqlite

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// LimitPages lets the file grow by no more than n pages.
func LimitPages(t *testing.T, s *Store, n int) {
	t.Helper()
	var pages int
	if err := s.writeDB.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	pragma(t, s, "max_page_count", pages+n)
}

// NoBusyWait makes a write fail at once when another program has the file.
func NoBusyWait(t *testing.T, s *Store) {
	t.Helper()
	pragma(t, s, "busy_timeout", 0)
}

func pragma(t *testing.T, s *Store, name string, value int) {
	t.Helper()
	if _, err := s.writeDB.Exec("PRAGMA " + name + " = " + strconv.Itoa(value)); err != nil {
		t.Fatal(err)
	}
}

// TestWrite is a write that inserts a user and then fails, if Fail is set.
type TestWrite struct {
	Ctx  context.Context
	User book.User
	Fail error
}

// WriteTogether runs writes as if they had waited together, and returns their errors.
func WriteTogether(s *Store, writes ...TestWrite) (errs []error) {
	var all []*write
	for _, w := range writes {
		all = append(all, &write{ctx: w.Ctx, run: func(ctx context.Context, tx *transaction) error {
			return errors.Join(tx.InsertUser(ctx, sqlitedb.InsertUserParams{
				ID: sqlitedb.UUID(w.User.ID), Username: w.User.Username,
				UsernameKey: w.User.Username, Role: string(w.User.Role),
				PasswordHash: w.User.PasswordHash,
				CreatedAt:    sqlitedb.Time(tx.now), UpdatedAt: sqlitedb.Time(tx.now),
			}), w.Fail)
		}})
	}
	s.writeTogether(all)
	for _, w := range all {
		errs = append(errs, s.translate(w.ctx, w.err))
	}
	return errs
}
