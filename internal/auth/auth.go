// Package auth holds the rules of accounts: who somebody is, what they may do, and how passwords,
// tokens and keys are made and checked. Every other package asks here.
package auth

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/limit"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
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
	store.Attempts
	store.Links
	store.Departures
	store.Conversations
	ListDocuments(ctx context.Context, q store.DocumentQuery) ([]book.Document, error)
	Text(ctx context.Context, docID string, view book.View) (book.Document, string, error)
}

// Config says how accounts are kept.
type Config struct {
	// SigningKey signs access tokens. Those that PreviousKey signed are good too, if it is not empty:
	// so keys are exchanged without signing anybody out.
	SigningKey, PreviousKey []byte
	Registration            RegistrationMode // empty: open
	// PublicURL is the address of the pages, without a slash at the end; empty when it is not known.
	PublicURL string
	Mailer    Mailer       // nil: administrators pass links on
	Log       *slog.Logger // nil: nothing is logged
	Telemetry *telemetry.Recorder
	// Passwords bounds how many passwords are hashed at once; nil does not.
	Passwords *limit.Gate
}

// Service keeps accounts, sessions and keys. It is safe for concurrent use.
type Service struct {
	store  Store
	hasher *hasher
	tokens accessTokens
	// seen holds accounts as they were read for access tokens, for at most seenAge.
	seen         *lru.Cache[uuid.UUID, seenUser]
	registration RegistrationMode
	publicURL    string
	mailer       Mailer
	log          *slog.Logger
	telemetry    *telemetry.Recorder
	resets       chan struct{} // holds one for each that is under way
	notices      chan struct{} // likewise
	background   sync.WaitGroup
}

// New returns a Service. Invalid when a key is shorter than MinKeyBytes.
func New(s Store, c Config) (*Service, error) {
	keys := [][]byte{c.SigningKey}
	if len(c.PreviousKey) > 0 {
		keys = append(keys, c.PreviousKey)
	}
	for _, key := range keys {
		if len(key) < MinKeyBytes {
			return nil, book.Errorf(book.Invalid, "a signing key has %d bytes; it needs at least %d "+
				"random ones, for example from `openssl rand -base64 48`", len(key), MinKeyBytes)
		}
	}
	seen, err := lru.New[uuid.UUID, seenUser](seenUsers)
	if err != nil {
		return nil, book.Wrap(book.Internal, err, "the cache of accounts cannot be made")
	}
	if c.Registration == "" {
		c.Registration = RegistrationOpen
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{
		store: s, hasher: newHasher(argonDefault, c.Passwords), tokens: accessTokens{keys: keys}, seen: seen,
		registration: c.Registration, publicURL: c.PublicURL, mailer: c.Mailer, log: c.Log,
		telemetry: c.Telemetry,
		resets:    make(chan struct{}, maxMails), notices: make(chan struct{}, maxMails),
	}, nil
}
