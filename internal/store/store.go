// Package store is the contract of the relational store: the only home of users, credentials,
// documents, canonical text, chunks and metadata, and of the ledger that keeps it and the vector
// index in agreement. storetest is its conformance suite.
//
// The contract is split by noun; consumers take the interfaces they need. Every method is one
// transaction: it happens wholly or not at all, and what it acknowledged is durable. Times are
// kept to the microsecond. Headings and metadata that are empty come back empty, never nil.
// Errors common to all: Unavailable when the store cannot be reached or its disk is full,
// Deadline and Canceled with the context. Lists come in the order named, at most limit long, which
// must be positive, and start after the given key.
package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

// Store is the whole relational store. Implementations are safe for concurrent use.
type Store interface {
	Documents
	Passages
	Points
	Ledger
	Spaces
	SpaceChanges
	Audit
	Idempotency
	Leadership
	Users
	Keys
	Sessions
	Attempts
	Links
	Departures
	Conversations
	Feedback
	Spending
	Snapshots
	Restores

	// Identity returns the id that the store was given when it was made. It stays what it is, also
	// when the schema is migrated; only a copy of the store has the same.
	Identity(ctx context.Context) (uuid.UUID, error)
	// Ping returns nil when the store answers.
	Ping(ctx context.Context) error
	// Close releases what the store holds. Nothing else may be called afterwards.
	Close() error
}

// ErrStale is in the chain of a Conflict error when what a write had read before is no longer so,
// or its ledger rows are no longer its own. Nothing was changed but the ledger: every id that the
// write had reserved and still held is due. The caller starts over.
var ErrStale = errors.New("overtaken by another write")
