package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, u book.User) (book.User, error) {
	row, err := s.read.InsertUser(ctx, postgresdb.InsertUserParams{
		ID:           u.ID,
		Username:     u.Username,
		UsernameKey:  strings.ToLower(u.Username),
		Email:        u.Email,
		EmailKey:     emailKey(u.Email),
		PasswordHash: u.PasswordHash,
		Role:         string(u.Role),
		Disabled:     u.Disabled,
		TokenVersion: int64(u.TokenVersion),
	})
	return s.user(ctx, row, accountTaken(err))
}

// UserByID implements store.Users.
func (s *Store) UserByID(ctx context.Context, id uuid.UUID) (book.User, error) {
	row, err := s.read.UserByID(ctx, id)
	return s.user(ctx, row, err)
}

// UserByLogin implements store.Users.
func (s *Store) UserByLogin(ctx context.Context, login string) (book.User, error) {
	row, err := s.read.UserByLogin(ctx, strings.ToLower(login))
	return s.user(ctx, row, err)
}

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(ctx context.Context, u book.User) (book.User, error) {
	row, err := s.read.UpdateUser(ctx, postgresdb.UpdateUserParams{
		ID:           u.ID,
		Username:     u.Username,
		UsernameKey:  strings.ToLower(u.Username),
		Email:        u.Email,
		EmailKey:     emailKey(u.Email),
		PasswordHash: u.PasswordHash,
		Role:         string(u.Role),
		Disabled:     u.Disabled,
		TokenVersion: int64(u.TokenVersion),
	})
	return s.user(ctx, row, accountTaken(err))
}

// ListUsers implements store.Users.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]book.User, error) {
	rows, err := s.read.ListUsers(ctx, postgresdb.ListUsersParams{
		After: strings.ToLower(after), RowLimit: int64(limit),
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

func (s *Store) user(ctx context.Context, row postgresdb.User, err error) (book.User, error) {
	if errors.Is(err, pgx.ErrNoRows) {
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
func emailKey(email string) *string {
	if email == "" {
		return nil
	}
	key := strings.ToLower(email)
	return &key
}

func userOf(row postgresdb.User) book.User {
	return book.User{
		ID:           row.ID,
		Username:     row.Username,
		Email:        row.Email,
		PasswordHash: row.PasswordHash,
		Role:         book.Role(row.Role),
		Disabled:     row.Disabled,
		TokenVersion: int(row.TokenVersion),
		CreatedAt:    row.CreatedAt,
		UpdatedAt:    row.UpdatedAt,
	}
}
