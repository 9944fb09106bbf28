package store

import (
	"context"

	"github.com/lectern-project/lectern/internal/book"
)

// Spaces holds the embedding spaces. Exactly one is active once there is any. The others are on
// standby, to be filled and switched to, or retired, to be emptied and forgotten.
type Spaces interface {
	// ActiveSpace returns the active space, or NotFound in an empty store.
	ActiveSpace(ctx context.Context) (ActiveSpace, error)

	// EnsureSpace returns the active space; in a store without any it first makes s that. Where s
	// is the active space already, its DenseWeight becomes that of s.
	EnsureSpace(ctx context.Context, s book.Space) (book.Space, error)
}

// SpaceChanges is what moving a book to another embedding space needs.
type SpaceChanges interface {
	// ListSpaces returns all spaces by id.
	ListSpaces(ctx context.Context) ([]SpaceStatus, error)

	// AddSpace makes s a space on standby. The active space and one on standby stay what they are,
	// one that is retired is on standby again, with the points that it still has; the DenseWeight
	// of each becomes that of s. NotFound in a store without an active space.
	AddSpace(ctx context.Context, s book.Space) error

	// SwitchSpace makes a space on standby the active one and the active one standby, in one
	// transaction that no commit of points overlaps. To switch to the active space changes
	// nothing. Conflict with ErrStale when a chunk lacks a point in it: the caller fills it and
	// tries again. Conflict without ErrStale when it is retired, NotFound when there is none.
	SwitchSpace(ctx context.Context, id string) error

	// RetireSpace makes a space on standby retired: from then on Reserve and AddStrays answer
	// NotFound for it and CommitPoints refuses every put, as for a space that is not there. What
	// it has is still read. A retired one stays so. Conflict when it is active, NotFound when
	// there is none.
	RetireSpace(ctx context.Context, id string) error

	// ReleasePoints makes chunks let go of at most limit points of a retired space: their ids
	// become due, and are returned; none are left when none come back. Conflict when the space is
	// not retired, NotFound when there is none.
	ReleasePoints(ctx context.Context, id string, limit int) ([]LedgerEntry, error)

	// ForgetSpace removes a retired space of which no chunk has a point and the ledger no row.
	// Conflict when one has, or it is not retired; NotFound when there is none.
	ForgetSpace(ctx context.Context, id string) error
}

// ActiveSpace is the active space as it was read.
type ActiveSpace struct {
	book.Space
	// Activation is a fresh number each time that a space becomes the active one. So the same
	// number, read twice, says that this space has been active all the while.
	Activation int64
}

// SpaceState says what a space is for.
type SpaceState string

// The states of a space.
const (
	SpaceActive  SpaceState = "active"  // ingest writes to it, searches read it
	SpaceStandby SpaceState = "standby" // filled by a backfill, and may be switched to
	SpaceRetired SpaceState = "retired" // to be emptied
)

// SpaceStatus is a space and its state.
type SpaceStatus struct {
	book.Space
	State SpaceState
}
