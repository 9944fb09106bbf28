package auth

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Bounds of resets, and of notices, that are under way: each is a few queries and one mail.
const (
	maxMails    = 16
	mailTimeout = time.Minute
)

// resetLimit bounds the mails that one account gets.
func (s *Service) resetLimit(login string) store.Limit {
	return store.Limit{
		Name: s.counter("reset", strings.ToLower(login)),
		Free: 3, First: time.Minute, Longest: time.Hour, Memory: AttemptsKept,
	}
}

// SendsMail reports whether RequestReset sends mail; otherwise an administrator makes the link.
func (s *Service) SendsMail() bool { return s.mailer != nil }

// RequestReset begins to send the account with this username or e-mail address a link to reset its
// password. It answers before it looks whether there is such an account, so neither the answer nor its
// time tell. Without a mailer it leaves a word for administrators in the audit log. RateLimited when
// it was asked too often for this login or from this address, Unavailable when too many are under
// way.
func (s *Service) RequestReset(ctx context.Context, login string) error {
	limits := []store.Limit{s.resetLimit(login)}
	if address := AddressOf(ctx); address != "" {
		limits = append(limits, s.addressLimit(address))
	}
	wait, err := s.store.BeginAttempt(ctx, limits)
	if err != nil {
		return err
	}
	if wait > 0 {
		return errTooEarly(wait)
	}
	select {
	case s.resets <- struct{}{}:
	default:
		return &book.Error{
			Code: book.Unavailable, RetryAfter: time.Minute,
			Message: "too many passwords are being reset; try again in a minute",
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailTimeout)
	s.background.Go(func() {
		defer func() { <-s.resets }()
		defer cancel()
		if err := s.sendReset(ctx, login); err != nil {
			s.log.ErrorContext(ctx, "a password could not be reset", "error", err)
		}
	})
	return nil
}

// sendReset does nothing for an account that is absent or disabled, or that nobody signs in to.
func (s *Service) sendReset(ctx context.Context, login string) error {
	user, err := s.store.UserByLogin(ctx, login)
	if book.CodeOf(err) == book.NotFound {
		return nil
	}
	if err != nil || user.Disabled || user.PasswordHash == "" || user.Email == "" {
		return err
	}
	if s.mailer == nil {
		target := book.AccountTarget(user)
		return s.Record(ctx, book.Principal{}, book.AccountResetRequest, target, "")
	}
	link, err := s.createReset(ctx, book.Principal{}, user)
	if err != nil {
		return err
	}
	s.mail(ctx, Mail{
		To: user.Email, Subject: "Choose a new password",
		Text: fmt.Sprintf("Somebody, perhaps you, asked for a new password for the account %s.\n\nTo "+
			"choose one, open this link by %s. It is good once. If it was not you, do nothing: the "+
			"password stays as it is.\n\n%s\n", user.Username, until(link), link.URL),
	})
	return nil
}

// CreateReset makes a link that gives the named account another password, for administrators, who
// pass it on. Forbidden for the built-in account, Conflict for a disabled one, NotFound for an
// unknown one.
func (s *Service) CreateReset(
	ctx context.Context, p book.Principal, username string,
) (OneTimeLink, error) {
	if err := Require(p, book.Admin); err != nil {
		return OneTimeLink{}, err
	}
	user, err := s.userByName(ctx, username)
	if err != nil {
		return OneTimeLink{}, err
	}
	if err := changeable(user); err != nil {
		return OneTimeLink{}, err
	}
	if user.Disabled {
		return OneTimeLink{}, book.Errorf(book.Conflict, "the account %q is disabled; enable it first",
			user.Username)
	}
	return s.createReset(ctx, p, user)
}

func (s *Service) createReset(
	ctx context.Context, p book.Principal, u book.User,
) (OneTimeLink, error) {
	return s.createLink(ctx, p, book.AccountReset, resetPage, book.Link{
		Purpose: book.LinkReset, UserID: u.ID, ExpiresAt: time.Now().Add(ResetLifetime),
	}, book.AccountTarget(u))
}

// ConfirmReset gives the account of a reset another password, ends its sessions, and lets it sign in at
// once however often that was tried before. NotFound when the secret is not good (any more), Invalid
// for a password that cannot be; then the link is good still.
func (s *Service) ConfirmReset(ctx context.Context, secret, password string) error {
	gone := func(err error) error {
		return book.Wrap(book.NotFound, err, "the link was used, has expired or was never made; ask "+
			"for another one")
	}
	link, err := s.store.LinkByHash(ctx, book.LinkReset, digest(secret))
	if book.CodeOf(err) == book.NotFound {
		return gone(err)
	}
	if err != nil {
		return err
	}
	user, err := s.store.UserByID(ctx, link.UserID)
	if err != nil {
		return err
	}
	if err := validatePassword(password, user); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	itself := book.Principal{UserID: user.ID, Username: user.Username}
	recorded := Audited(ctx, itself, book.AccountPassword, book.AccountTarget(user), "by a link")
	defer s.seen.Remove(user.ID)
	changed, err := s.store.RedeemReset(recorded, link.Hash, func(u *book.User) error {
		if u.Disabled {
			return gone(nil)
		}
		u.PasswordHash = hash
		u.TokenVersion++
		return nil
	})
	if book.CodeOf(err) == book.NotFound {
		return gone(err)
	}
	if err == nil {
		s.notify(ctx, user, changed)
	}
	for _, login := range []string{user.Username, user.Email} {
		if err == nil {
			err = s.store.ForgiveAttempts(ctx, s.accountLimit(login), math.MaxInt)
		}
	}
	return err
}

// Close waits for resets and notices that are under way.
func (s *Service) Close() { s.background.Wait() }
