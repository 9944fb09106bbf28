// Package auth holds the rules of accounts: who somebody is, what they may do, and how passwords,
// tokens and keys are made and checked. Every other package asks here.
package auth

import (
	"time"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// Lifetimes of what a sign-in gives.
const (
	AccessLifetime  = 15 * time.Minute
	RefreshLifetime = 30 * 24 * time.Hour // of the whole family, however often it is refreshed
)

// Store is what accounts need of the relational store.
type Store interface {
	store.Users
	store.Keys
	store.Sessions
	store.Audit
}

// Service keeps accounts, sessions and keys. It is safe for concurrent use.
type Service struct {
	store  Store
	hasher *hasher
	tokens accessTokens
}

// New returns a Service that signs access tokens with signingKey. Invalid when the key is shorter
// than MinKeyBytes.
func New(s Store, signingKey []byte) (*Service, error) {
	if len(signingKey) < MinKeyBytes {
		return nil, book.Errorf(book.Invalid, "the signing key has %d bytes; it needs at least %d "+
			"random ones, for example from `openssl rand -base64 48`", len(signingKey), MinKeyBytes)
	}
	return &Service{store: s, hasher: newHasher(), tokens: accessTokens{key: signingKey}}, nil
}
