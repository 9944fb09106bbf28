package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// How many accounts are remembered for access tokens, and for how long: what another process changes
// of an account holds here after seenAge at the latest.
const (
	seenUsers = 10_000
	seenAge   = 5 * time.Second
)

type seenUser struct {
	book.User
	at time.Time // before it was read
}

// userOfToken returns the account that an access token of this version is for; Unauthenticated when
// it is absent or disabled, or its tokens are of another version by now.
func (s *Service) userOfToken(ctx context.Context, id uuid.UUID, version int) (book.User, error) {
	now := time.Now()
	seen, ok := s.seen.Get(id)
	// Another version may be newer than what was seen, so it is no reason to refuse.
	if !ok || now.Sub(seen.at) >= seenAge || seen.TokenVersion != version {
		user, err := s.activeUser(ctx, id)
		if err != nil {
			return book.User{}, err
		}
		seen = seenUser{user, now}
		s.seen.Add(id, seen)
	}
	if seen.TokenVersion != version {
		return book.User{}, errToken()
	}
	return seen.User, nil
}

// update changes an account, in this process for access tokens too from now on.
func (s *Service) update(
	ctx context.Context, id uuid.UUID, change func(u *book.User) error,
) (book.User, error) {
	defer s.seen.Remove(id)
	return s.store.UpdateUser(ctx, id, change)
}
