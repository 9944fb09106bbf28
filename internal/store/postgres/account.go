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

// adminsLock is the key of the advisory lock under which administrators are taken away.
const adminsLock = 0x4c656374_0002 // "Lect", 2

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, u book.User) (book.User, error) {
	var created book.User
	err := s.updateRecorded(ctx, func(tx *transaction) (err error) {
		created, err = tx.insertUser(ctx, u)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return created, nil
}

func (tx *transaction) insertUser(ctx context.Context, u book.User) (book.User, error) {
	row, err := tx.InsertUser(ctx, postgresdb.InsertUserParams{
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
	return userOf(row), accountTaken(err)
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
func (s *Store) UpdateUser(
	ctx context.Context, id uuid.UUID, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
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
	row, err := tx.LockUser(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = noAccount()
	}
	if err != nil {
		return book.User{}, err
	}
	_, err = tx.DepartureOf(ctx, id)
	if err == nil {
		return book.User{}, book.ErrDeparting()
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return book.User{}, err
	}
	return tx.changeRow(ctx, row, change)
}

func (tx *transaction) changeRow(
	ctx context.Context, row postgresdb.User, change func(u *book.User) error,
) (book.User, error) {
	old := userOf(row)
	u := old
	if err := change(&u); err != nil {
		return book.User{}, err
	}
	if old.Administers() && !u.Administers() {
		if err := tx.LockAdmins(ctx, adminsLock); err != nil {
			return book.User{}, err
		}
	}
	row, err := tx.UpdateUser(ctx, postgresdb.UpdateUserParams{
		ID:           row.ID,
		Username:     u.Username,
		UsernameKey:  strings.ToLower(u.Username),
		Email:        u.Email,
		EmailKey:     emailKey(u.Email),
		PasswordHash: u.PasswordHash,
		Role:         string(u.Role),
		Disabled:     u.Disabled,
		TokenVersion: int64(u.TokenVersion),
	})
	if err != nil {
		return book.User{}, accountTaken(err)
	}
	if !old.KeepsResets(u) {
		if err := tx.DeleteReset(ctx, uuid.NullUUID{UUID: row.ID, Valid: true}); err != nil {
			return book.User{}, err
		}
	}
	if old.Administers() && !u.Administers() {
		return userOf(row), tx.requireAdmin(ctx)
	}
	return userOf(row), nil
}

// requireAdmin returns an error when no administrator is left. The transaction holds adminsLock: of
// two that each take one of the last two away, the second sees what the first did.
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
