package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, u book.User) (book.User, error) {
	err := s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		u.CreatedAt, u.UpdatedAt = tx.now, tx.now
		return tx.insertUser(ctx, u)
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

func (tx *transaction) insertUser(ctx context.Context, u book.User) error {
	return accountTaken(tx.InsertUser(ctx, sqlitedb.InsertUserParams{
		ID:           sqlitedb.UUID(u.ID),
		Username:     u.Username,
		UsernameKey:  strings.ToLower(u.Username),
		Email:        u.Email,
		EmailKey:     emailKey(u.Email),
		PasswordHash: u.PasswordHash,
		Role:         string(u.Role),
		Disabled:     u.Disabled,
		TokenVersion: int64(u.TokenVersion),
		CreatedAt:    sqlitedb.Time(u.CreatedAt),
		UpdatedAt:    sqlitedb.Time(u.UpdatedAt),
	}))
}

// UserByID implements store.Users.
func (s *Store) UserByID(ctx context.Context, id uuid.UUID) (book.User, error) {
	row, err := s.read.UserByID(ctx, sqlitedb.UUID(id))
	return s.user(ctx, row, err)
}

// UserByLogin implements store.Users.
func (s *Store) UserByLogin(ctx context.Context, login string) (book.User, error) {
	row, err := s.read.UserByLogin(ctx, strings.ToLower(login))
	return s.user(ctx, row, err)
}

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(
	ctx context.Context, id uuid.UUID, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(ctx context.Context, tx *transaction) error {
		u, err = tx.changeUser(ctx, id, change)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

func (tx *transaction) changeUser(
	ctx context.Context, id uuid.UUID, change func(u *book.User) error,
) (book.User, error) {
	row, err := tx.UserByID(ctx, sqlitedb.UUID(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = noAccount()
	}
	if err != nil {
		return book.User{}, err
	}
	_, err = tx.DepartureOf(ctx, row.ID)
	if err == nil {
		return book.User{}, book.ErrDeparting()
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return book.User{}, err
	}
	return tx.changeRow(ctx, row, change)
}

func (tx *transaction) changeRow(
	ctx context.Context, row sqlitedb.User, change func(u *book.User) error,
) (book.User, error) {
	old := userOf(row)
	u := old
	if err := change(&u); err != nil {
		return book.User{}, err
	}
	row, err := tx.UpdateUser(ctx, sqlitedb.UpdateUserParams{
		Username:     u.Username,
		UsernameKey:  strings.ToLower(u.Username),
		Email:        u.Email,
		EmailKey:     emailKey(u.Email),
		PasswordHash: u.PasswordHash,
		Role:         string(u.Role),
		Disabled:     u.Disabled,
		TokenVersion: int64(u.TokenVersion),
		UpdatedAt:    sqlitedb.Time(tx.now),
		ID:           row.ID,
	})
	if err != nil {
		return book.User{}, accountTaken(err)
	}
	u = userOf(row)
	if !old.KeepsResets(u) {
		if err := tx.DeleteReset(ctx, &row.ID); err != nil {
			return book.User{}, err
		}
	}
	if old.Administers() && !u.Administers() {
		return u, tx.requireAdmin(ctx)
	}
	return u, nil
}

// requireAdmin returns an error when no administrator is left.
func (tx *transaction) requireAdmin(ctx context.Context) error {
	n, err := tx.CountAdmins(ctx)
	if err == nil && n == 0 {
		return book.ErrLastAdmin()
	}
	return err
}

// CountAdmins implements store.Users.
func (s *Store) CountAdmins(ctx context.Context) (int, error) {
	n, err := s.read.CountAdmins(ctx)
	return int(n), s.translate(ctx, err)
}

// ListUsers implements store.Users.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]book.User, error) {
	rows, err := s.read.ListUsers(ctx, sqlitedb.ListUsersParams{
		UsernameKey: strings.ToLower(after), Limit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	users := make([]book.User, len(rows))
	for i, row := range rows {
		users[i] = userOf(row)
	}
	return users, nil
}

func (s *Store) user(ctx context.Context, row sqlitedb.User, err error) (book.User, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return book.User{}, noAccount()
	}
	if err != nil {
		return book.User{}, s.translate(ctx, err)
	}
	return userOf(row), nil
}

func noAccount() error { return book.Errorf(book.NotFound, "there is no such account") }

// accountTaken turns a violated uniqueness into the contract's error.
func accountTaken(err error) error {
	if taken(err) {
		return book.Wrap(book.Conflict, err,
			"the username or e-mail address is taken; choose another")
	}
	return err
}

// emailKey is what e-mail addresses are compared by; null for no address, which any number of
// accounts may have.
func emailKey(email string) sql.NullString {
	return sql.NullString{String: strings.ToLower(email), Valid: email != ""}
}

func userOf(row sqlitedb.User) book.User {
	return book.User{
		ID:           uuid.UUID(row.ID),
		Username:     row.Username,
		Email:        row.Email,
		PasswordHash: row.PasswordHash,
		Role:         book.Role(row.Role),
		Disabled:     row.Disabled,
		TokenVersion: int(row.TokenVersion),
		CreatedAt:    time.Time(row.CreatedAt),
		UpdatedAt:    time.Time(row.UpdatedAt),
	}
}
