package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Points is the relation between chunks and the points that stand for them.
type Points interface {
	// ListReferences returns the vector ids that chunks refer to in the space, ascending (bytes).
	ListReferences(
		ctx context.Context, spaceID string, after uuid.UUID, limit int,
	) ([]Reference, error)

	// References returns those of ids that a chunk of the space refers to.
	References(
		ctx context.Context, spaceID string, ids []uuid.UUID,
	) (map[uuid.UUID]Reference, error)

	// ListUnembedded returns chunks without a point in the space, by chunk_id.
	ListUnembedded(
		ctx context.Context, spaceID string, after uuid.UUID, limit int,
	) ([]PointBase, error)

	// ListMisscoped returns chunks whose point in the space carries another scope than their
	// document has, by chunk_id; of one document, or of all for an empty docID.
	ListMisscoped(
		ctx context.Context, spaceID, docID string, after uuid.UUID, limit int,
	) ([]PointBase, error)

	// PointBases returns the chunks with these ids; absent ones are left out.
	PointBases(ctx context.Context, spaceID string, chunkIDs []uuid.UUID) ([]PointBase, error)

	// CommitPoints is transaction B of every write of points but ingest. Each put is judged by
	// itself and after those before it, with its document's row locked: its NewID must be on the
	// ledger as writing, the chunk must be there and have OldID as its point in the space
	// (uuid.Nil: none), the document's scope must be the put's, the space must exist. Then the
	// chunk refers to NewID, OldID becomes due and NewID leaves the ledger (or becomes due and late
	// if late). A put that is refused changes nothing but the ledger: NewID becomes due if it was
	// writing, late if late. It returns for each put whether it was made, and the rows that became
	// due.
	CommitPoints(
		ctx context.Context, spaceID string, puts []PointPut, late bool,
	) (made []bool, released []LedgerEntry, err error)

	// Counts counts what is there; Vectors counts the references of the space.
	Counts(ctx context.Context, spaceID string) (Counts, error)
}

// Reference says that a chunk refers to a vector id.
type Reference struct {
	VectorID uuid.UUID
	ChunkID  uuid.UUID
	DocID    string
	// Scope is what the point's payload is known to carry.
	Scope book.Scope
}

// PointBase is what a write of a chunk's point starts from.
type PointBase struct {
	ChunkID     uuid.UUID
	VectorID    uuid.UUID // present point in the space, or uuid.Nil
	DocID       string
	Title       string
	HeadingPath []string
	Text        string
	Scope       book.Scope // that the document has
}

// PointPut exchanges a chunk's point.
type PointPut struct {
	ChunkID uuid.UUID
	OldID   uuid.UUID
	NewID   uuid.UUID
	Scope   book.Scope
}

// Counts are totals over all documents.
type Counts struct {
	Documents int
	Chunks    int
	Vectors   int
	Ledger    int
}
