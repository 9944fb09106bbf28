package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Snapshots shows the store as it was at one moment, for backups.
type Snapshots interface {
	// Snapshot calls f once with a view in which nothing changes: all that its methods return was
	// there at one moment, before f was called, however long f takes and whatever is written
	// meanwhile. Writers do not wait for f. The view ends when f returns, and with ctx. The error is
	// that of f, or the store's.
	Snapshot(ctx context.Context, f func(s Snapshot) error) error
}

// Snapshot is the store at one moment. It is used by one goroutine at a time.
type Snapshot interface {
	// ActiveSpace, Counts, ListUsers and ListKeys are as in Spaces, Points, Users and Keys.
	ActiveSpace(ctx context.Context) (ActiveSpace, error)
	Counts(ctx context.Context, spaceID string) (Counts, error)
	ListUsers(ctx context.Context, after string, limit int) ([]book.User, error)
	ListKeys(
		ctx context.Context, userID uuid.UUID, after uuid.UUID, limit int,
	) ([]book.APIKey, error)

	// NextDocument returns the document with the lowest revision above after, whole; NotFound when
	// there is none. spaceID is the space whose points the chunks are returned with.
	NextDocument(ctx context.Context, after int64, spaceID string) (WholeDocument, error)

	// NextConversation returns the conversation of any account with the lowest id above after, whole;
	// NotFound when there is none.
	NextConversation(ctx context.Context, after uuid.UUID) (WholeConversation, error)
}

// WholeDocument is a document with all that belongs to it.
type WholeDocument struct {
	book.Document
	Fingerprint string
	Text        string
	Chunks      []PlacedChunk // by Index from 0
}

// PlacedChunk is a chunk and the point that stands for it.
type PlacedChunk struct {
	book.Chunk
	VectorID uuid.UUID // in the space asked for, or uuid.Nil
}

// Restores takes over accounts and conversations of another store. Its documents are written by CommitDocument.
type Restores interface {
	// RestoreUser stores u with its id and times. When an account that is equal in all fields is
	// there, nothing is done. Conflict when its id, username or e-mail address is there otherwise.
	RestoreUser(ctx context.Context, u book.User) error

	// RestoreKey stores k with its id and times, in the same way: Conflict when its id or hash is
	// there otherwise, its last use aside. NotFound when its account is absent.
	RestoreKey(ctx context.Context, k book.APIKey) error

	// RestoreConversation stores c with its messages, ids and times, in the same way: Conflict when
	// its id or that of a message is there otherwise. NotFound when its account is absent.
	RestoreConversation(ctx context.Context, c WholeConversation) error
}
