package auth

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// keyUseInterval is how often the last use of a key is written.
const keyUseInterval = time.Minute

// Authenticate returns who presents this access token or API key (without the word "Bearer").
// Unauthenticated when it is not good any more, or never was, or when its account is disabled.
func (s *Service) Authenticate(ctx context.Context, bearer string) (book.Principal, error) {
	if strings.HasPrefix(bearer, KeyPrefix) {
		return s.authenticateKey(ctx, bearer)
	}
	id, version, ok := s.tokens.read(bearer)
	if !ok {
		return book.Principal{}, errToken()
	}
	user, err := s.userOfToken(ctx, id, version)
	if err != nil {
		return book.Principal{}, err
	}
	return book.Principal{UserID: user.ID, Username: user.Username, Role: user.Role}, nil
}

func (s *Service) authenticateKey(ctx context.Context, secret string) (book.Principal, error) {
	key, user, err := s.store.KeyByHash(ctx, digest(secret))
	if err != nil && book.CodeOf(err) != book.NotFound {
		return book.Principal{}, err
	}
	if err != nil || !key.GoodAt(time.Now()) || user.Disabled {
		return book.Principal{}, book.Errorf(book.Unauthenticated,
			"the API key is unknown, expired or revoked, or its account is disabled")
	}
	role := key.Permission.Role()
	if role.Allows(user.Role) { // a key allows no more than its account
		role = user.Role
	}
	if time.Since(key.UsedAt) >= keyUseInterval {
		// That it was used is worth less than what it is used for.
		_ = s.store.TouchKey(ctx, key.ID, keyUseInterval)
	}
	return book.Principal{
		UserID: user.ID, Username: user.Username, Role: role, KeyID: key.ID,
	}, nil
}

// activeUser returns the account; Unauthenticated when it is absent or disabled.
func (s *Service) activeUser(ctx context.Context, id uuid.UUID) (book.User, error) {
	user, err := s.store.UserByID(ctx, id)
	if book.CodeOf(err) == book.NotFound || err == nil && user.Disabled {
		return book.User{}, errToken()
	}
	return user, err
}

func errToken() error {
	return book.Errorf(book.Unauthenticated, "the access token is not valid (any more); "+
		"sign in again, or refresh it")
}
