package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math"
	"net/netip"
	"strings"
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// AttemptsKept is how long attempts are remembered at most.
const AttemptsKept = 24 * time.Hour

// accountLimit bounds guesses at one account's password. Even somebody who guesses all day long from
// everywhere gets 12 an hour, and somebody who is held up by that waits for minutes, not for good.
func (s *Service) accountLimit(login string) store.Limit {
	return store.Limit{
		Name: s.counter("account", strings.ToLower(login)),
		Free: 5, First: time.Second, Longest: 5 * time.Minute, Memory: AttemptsKept,
	}
}

// addressLimit bounds guesses from one address, at whatever accounts. Many people may share one.
func (s *Service) addressLimit(address string) store.Limit {
	return store.Limit{
		Name: s.counter("address", Network(address)),
		Free: 100, First: time.Second, Longest: 15 * time.Minute, Memory: time.Hour,
	}
}

// counter names a counter without telling what it counts: people type passwords where their name
// goes.
func (s *Service) counter(kind, name string) []byte {
	mac := hmac.New(sha256.New, s.tokens.keys[0])
	mac.Write([]byte(kind + "\x00" + name))
	return mac.Sum(nil)
}

// Network is what one client is taken for: an IPv4 address, or the 64 bits of an IPv6 address that name
// its network, within which a client has as many addresses as it likes.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.WithZone("").Prefix(64) // an IPv6 address has so many bits
	return prefix.String()
}

// attempt counts an attempt to name a password of the login, from the address that ctx has.
// RateLimited when it comes too early.
func (s *Service) attempt(ctx context.Context, login string) error {
	limits := []store.Limit{s.accountLimit(login)}
	if address := AddressOf(ctx); address != "" {
		limits = append(limits, s.addressLimit(address))
	}
	wait, err := s.store.BeginAttempt(ctx, limits)
	if err == nil && wait > 0 {
		return errTooEarly(wait)
	}
	return err
}

func errTooEarly(wait time.Duration) error {
	return &book.Error{
		Code: book.RateLimited, RetryAfter: wait,
		Message: "there were too many attempts; wait a moment, then try again",
	}
}

// attemptWasGood takes back what attempt counted: all of the login's, and the one of the address,
// whose others may have been guesses at other accounts.
func (s *Service) attemptWasGood(ctx context.Context, login string) error {
	if address := AddressOf(ctx); address != "" {
		if err := s.store.ForgiveAttempts(ctx, s.addressLimit(address), 1); err != nil {
			return err
		}
	}
	return s.store.ForgiveAttempts(ctx, s.accountLimit(login), math.MaxInt)
}

// attemptWasNone takes back one attempt whose password nobody compared, because of err, which it returns.
func (s *Service) attemptWasNone(ctx context.Context, login string, err error) error {
	if book.CodeOf(err) != book.Unavailable {
		return err
	}
	if address := AddressOf(ctx); address != "" {
		if lost := s.store.ForgiveAttempts(ctx, s.addressLimit(address), 1); lost != nil {
			return lost
		}
	}
	if lost := s.store.ForgiveAttempts(ctx, s.accountLimit(login), 1); lost != nil {
		return lost
	}
	return err
}
