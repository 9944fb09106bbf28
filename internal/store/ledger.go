package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// LateWatch is how long a late row stays on the ledger before it is settled the second time:
// longer than any call that timed out can still take effect.
const LateWatch = 24 * time.Hour

// Ledger holds the vector ids whose fate in the index is not settled yet. Every touch of a row
// gives it a new sequence number from a counter that never starts over. Leases run on the store's
// clock. A row that is made due again stays as late as it was, and is settled at once.
type Ledger interface {
	// Reserve is transaction A: it puts ids on the ledger as writing, for lease. Conflict when
	// one of them is there, twice in ids or referred to already, NotFound when there is no such
	// space; then none is put.
	Reserve(ctx context.Context, spaceID string, ids []uuid.UUID, lease time.Duration) error

	// Abandon makes those of ids due that are on the ledger as writing, and returns them; late says
	// that somebody may still write them. Others are left as they are.
	Abandon(ctx context.Context, ids []uuid.UUID, late bool) ([]LedgerEntry, error)

	// ExpireLeases makes at most limit writing rows due and late whose lease has ended, and returns
	// how many. It must be called, and have returned, before the rows are settled. Until then
	// a row whose lease has ended is the writer's.
	ExpireLeases(ctx context.Context, limit int) (int, error)

	// ListDue returns at most limit rows that are to be settled now, those longest due first.
	ListDue(ctx context.Context, limit int) ([]LedgerEntry, error)

	// Drop takes settled rows off the ledger, but only those whose sequence number is still the
	// entry's. A late row is put on watch instead, and is due again when its watch has ended, at
	// once if it has by now: what the first settling saw may have been before the late write. It
	// returns how many rows were dropped or put on watch.
	Drop(ctx context.Context, entries []LedgerEntry) (int, error)

	// LedgerStates returns the states of those of ids that are on the ledger; a row on watch is due.
	LedgerStates(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]LedgerState, error)

	// AddStrays puts ids that are in the index on the ledger as due, unless they are referred to
	// or on it already. It returns how many it put. NotFound when there is no such space.
	AddStrays(ctx context.Context, spaceID string, ids []uuid.UUID) (int, error)

	// LedgerStats counts the rows.
	LedgerStats(ctx context.Context) (LedgerStats, error)
}

// LedgerState says what a row of the ledger waits for.
type LedgerState string

// The states. Writing: a writer is about to put the point into the index, and nobody else acts on
// the row until its lease has ended. Due: to be settled, now or when its watch has ended.
const (
	Writing LedgerState = "writing"
	Due     LedgerState = "due"
)

// LedgerEntry is a due row as it was read.
type LedgerEntry struct {
	VectorID uuid.UUID
	SpaceID  string
	Seq      int64
	// Referenced says that a chunk refers to the id: then its point stays.
	Referenced bool
}

// LedgerStats describes the ledger.
type LedgerStats struct {
	Writing int
	Due     int           // to be settled now
	Watched int           // settled once, waiting for the end of the watch
	Oldest  time.Duration // age of the oldest row that is writing or to be settled now; 0 without one
}
