package auth

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// ChangePassword gives the caller's account another password, ends its sessions and begins a new one.
// Forbidden when the current password is wrong or there is none, for a key that allows less than its
// account, and for the built-in account; Invalid for a password that cannot be; RateLimited as for
// Login; Conflict when the account was changed meanwhile.
func (s *Service) ChangePassword(
	ctx context.Context, p book.Principal, current, next string,
) (Tokens, error) {
	user, err := s.whole(ctx, p)
	if err != nil {
		return Tokens{}, err
	}
	if err := validatePassword(next, user); err != nil {
		return Tokens{}, err
	}
	if err := s.checkPassword(ctx, user, &current); err != nil {
		return Tokens{}, err
	}
	hash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return Tokens{}, err
	}
	recorded := Audited(ctx, p, book.AccountPassword, book.AccountTarget(user), "")
	changed, err := s.update(recorded, user.ID, func(u *book.User) error {
		if u.TokenVersion != user.TokenVersion || u.PasswordHash != user.PasswordHash {
			return book.Errorf(book.Conflict, "the account was changed meanwhile; sign in again")
		}
		u.PasswordHash = hash
		u.TokenVersion++
		return nil
	})
	if err != nil {
		return Tokens{}, err
	}
	s.notify(ctx, user, changed)
	return s.begin(ctx, changed)
}

// checkPassword returns nil when the password is the account's, otherwise Forbidden. Whoever has a
// token of the account can guess no faster than others.
func (s *Service) checkPassword(ctx context.Context, u book.User, password *string) error {
	if password == nil {
		return book.Errorf(book.Forbidden, "this takes the account's password; send it as password")
	}
	if err := s.attempt(ctx, u.Username); err != nil {
		return err
	}
	ok, err := s.hasher.matches(ctx, u.PasswordHash, *password)
	if err != nil {
		return s.attemptWasNone(ctx, u.Username, err)
	}
	if !ok {
		return book.Errorf(book.Forbidden, "the password is wrong")
	}
	return s.attemptWasGood(ctx, u.Username)
}
