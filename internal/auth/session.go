package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Tokens is what a sign-in gives.
type Tokens struct {
	Access    string
	Refresh   string        // opaque; good for one Refresh
	ExpiresIn time.Duration // of Access
}

// errSignIn is the one answer to a sign-in that fails, whatever the reason.
func errSignIn() error {
	return book.Errorf(book.Unauthenticated, "user name, e-mail address or password is wrong")
}

// errSession is the one answer to a refresh token that is not good.
func errSession() error {
	return book.Errorf(book.Unauthenticated, "the refresh token is not valid (any more); "+
		"sign in again")
}

// refreshGrace is for how long a refresh token is good after its first use: two tabs of a browser
// may send the same one.
const refreshGrace = 10 * time.Second

// Login signs in by username or e-mail address. An unknown login, a wrong password, a disabled
// account and the built-in one get the same Unauthenticated error after the same time. RateLimited
// after many that failed, for any login alike.
func (s *Service) Login(ctx context.Context, login, password string) (_ Tokens, err error) {
	defer func() { s.telemetry.SignedIn(err) }()
	if err := s.attempt(ctx, login); err != nil {
		return Tokens{}, err
	}
	user, err := s.store.UserByLogin(ctx, login)
	if err != nil && book.CodeOf(err) != book.NotFound {
		return Tokens{}, err
	}
	ok, err := s.hasher.matches(ctx, user.PasswordHash, password)
	if err != nil {
		return Tokens{}, s.attemptWasNone(ctx, login, err)
	}
	if !ok || user.Disabled {
		return Tokens{}, errSignIn()
	}
	if err := s.attemptWasGood(ctx, login); err != nil {
		return Tokens{}, err
	}
	if err := s.rehash(ctx, user, password); err != nil {
		return Tokens{}, err
	}
	return s.begin(ctx, user)
}

// rehash hashes the right password anew when that is done otherwise by now.
func (s *Service) rehash(ctx context.Context, u book.User, password string) error {
	if !s.hasher.outdated(u.PasswordHash) {
		return nil
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.update(ctx, u.ID, func(now *book.User) error {
		if now.PasswordHash == u.PasswordHash {
			now.PasswordHash = hash
		}
		return nil
	})
	return err
}

// begin begins a session.
func (s *Service) begin(ctx context.Context, u book.User) (Tokens, error) {
	first, secret := newRefreshToken(u, uuid.New(), time.Now().Add(RefreshLifetime))
	if err := s.store.CreateRefreshToken(ctx, first); err != nil {
		return Tokens{}, err
	}
	return s.issue(u, secret)
}

// Refresh exchanges a refresh token for new tokens. A token that was used before is a sign that
// somebody copied it: then its whole family is revoked, but within refreshGrace. Unauthenticated for
// any token that is not good, and for a disabled account.
func (s *Service) Refresh(ctx context.Context, refresh string) (Tokens, error) {
	old, err := s.store.RefreshToken(ctx, digest(refresh))
	if book.CodeOf(err) == book.NotFound {
		return Tokens{}, errSession()
	}
	if err != nil {
		return Tokens{}, err
	}
	user, err := s.activeUser(ctx, old.UserID)
	if book.CodeOf(err) == book.Unauthenticated {
		return Tokens{}, errSession()
	}
	if err != nil {
		return Tokens{}, err
	}
	if !time.Now().Before(old.ExpiresAt) || old.Version != user.TokenVersion {
		return Tokens{}, errSession()
	}
	next, secret := newRefreshToken(user, old.Family, old.ExpiresAt)
	err = s.store.RotateRefreshToken(ctx, old.Hash, next, refreshGrace)
	if book.CodeOf(err) == book.Conflict { // used or revoked already
		if err := s.store.RevokeFamily(ctx, old.Family); err != nil {
			return Tokens{}, err
		}
		return Tokens{}, errSession()
	}
	if err != nil {
		return Tokens{}, err
	}
	return s.issue(user, secret)
}

// Logout revokes the family of the refresh token. A token that is not known is no error.
func (s *Service) Logout(ctx context.Context, refresh string) error {
	token, err := s.store.RefreshToken(ctx, digest(refresh))
	if book.CodeOf(err) == book.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.store.RevokeFamily(ctx, token.Family)
}

// LogoutAll ends every session of the caller's account, and makes its access tokens worthless.
// Forbidden for a key that allows less than its account, and for the built-in account.
func (s *Service) LogoutAll(ctx context.Context, p book.Principal) error {
	user, err := s.whole(ctx, p)
	if err != nil {
		return err
	}
	ctx = Audited(ctx, p, book.AccountSignOut, book.AccountTarget(user), "")
	_, err = s.update(ctx, p.UserID, func(u *book.User) error {
		u.TokenVersion++
		return nil
	})
	return err
}

func (s *Service) issue(u book.User, refresh string) (Tokens, error) {
	access, err := s.tokens.sign(u, time.Now())
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: AccessLifetime}, nil
}

func newRefreshToken(
	u book.User, family uuid.UUID, expires time.Time,
) (token book.RefreshToken, secret string) {
	secret = base64.RawURLEncoding.EncodeToString(randomBytes(32))
	return book.RefreshToken{
		Hash: digest(secret), Family: family, UserID: u.ID, Version: u.TokenVersion,
		ExpiresAt: expires,
	}, secret
}

// digest is how refresh tokens and API keys are kept. They are random, so a plain hash is enough.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
