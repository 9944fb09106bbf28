package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// CreateUser implements store.Users.
func (s *Store) CreateUser(ctx context.Context, u book.User) (book.User, error) {
	err := s.updateRecorded(ctx, func(tx *transaction) error {
		return tx.insertUser(&u)
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

func (tx *transaction) insertUser(u *book.User) error {
	if _, there := tx.users[u.ID]; there {
		return book.Errorf(book.Conflict, "the account is there already")
	}
	u.CreatedAt = tx.now
	return tx.putUser(u)
}

// UpdateUser implements store.Users.
func (s *Store) UpdateUser(
	ctx context.Context, id uuid.UUID, change func(u *book.User) error,
) (u book.User, err error) {
	err = s.updateRecorded(ctx, func(tx *transaction) error {
		u, err = tx.changeUser(id, change)
		return err
	})
	if err != nil {
		return book.User{}, err
	}
	return u, nil
}

func (tx *transaction) changeUser(
	id uuid.UUID, change func(u *book.User) error,
) (book.User, error) {
	old, err := tx.user(id)
	if err != nil {
		return book.User{}, err
	}
	if _, departs := tx.departures[id]; departs {
		return book.User{}, book.ErrDeparting()
	}
	return tx.changeRow(old, change)
}

func (tx *transaction) changeRow(
	old book.User, change func(u *book.User) error,
) (book.User, error) {
	u := old
	if err := change(&u); err != nil {
		return book.User{}, err
	}
	u.ID, u.CreatedAt = old.ID, old.CreatedAt
	if err := tx.putUser(&u); err != nil {
		return book.User{}, err
	}
	if !old.KeepsResets(u) {
		tx.deleteReset(u.ID)
	}
	if old.Administers() && tx.countAdmins() == 0 {
		return book.User{}, book.ErrLastAdmin()
	}
	return u, nil
}

// CountAdmins implements store.Users.
func (s *Store) CountAdmins(ctx context.Context) (int, error) {
	st, err := s.view(ctx)
	if err != nil {
		return 0, err
	}
	return st.countAdmins(), nil
}

func (st *state) countAdmins() (n int) {
	for _, u := range st.users {
		if u.Administers() {
			n++
		}
	}
	return n
}

// putUser writes an account whose time of creation is set.
func (tx *transaction) putUser(u *book.User) error {
	if u.ID == uuid.Nil || u.Username == "" || !slices.Contains(book.Roles(), u.Role) {
		return book.Errorf(book.Invalid, "an account needs an id, a username and a known role")
	}
	for id, other := range tx.users {
		if id != u.ID && (strings.EqualFold(other.Username, u.Username) ||
			u.Email != "" && strings.EqualFold(other.Email, u.Email)) {
			return book.Errorf(book.Conflict, "the username or e-mail address is taken; choose "+
				"another")
		}
	}
	u.UpdatedAt = tx.now
	tx.users[u.ID] = *u
	return nil
}

// user returns the account, or NotFound.
func (st *state) user(id uuid.UUID) (book.User, error) {
	u, ok := st.users[id]
	if !ok {
		return u, noAccount()
	}
	return u, nil
}

func noAccount() error { return book.Errorf(book.NotFound, "there is no such account") }

// UserByID implements store.Users.
func (s *Store) UserByID(ctx context.Context, id uuid.UUID) (book.User, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.User{}, err
	}
	return st.user(id)
}

// UserByLogin implements store.Users.
func (s *Store) UserByLogin(ctx context.Context, login string) (book.User, error) {
	st, err := s.view(ctx)
	if err != nil {
		return book.User{}, err
	}
	for _, name := range []func(book.User) string{
		func(u book.User) string { return u.Username }, func(u book.User) string { return u.Email },
	} {
		for _, u := range st.users {
			if login != "" && strings.EqualFold(name(u), login) {
				return u, nil
			}
		}
	}
	return book.User{}, noAccount()
}

// ListUsers implements store.Users.
func (s *Store) ListUsers(ctx context.Context, after string, limit int) ([]book.User, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	key := func(u book.User) string { return strings.ToLower(u.Username) }
	users := []book.User{}
	for _, u := range st.users {
		if key(u) > strings.ToLower(after) {
			users = append(users, u)
		}
	}
	slices.SortFunc(users, func(a, b book.User) int { return cmp.Compare(key(a), key(b)) })
	return page(users, limit), nil
}
