// Package vector is the contract of the vector index. vectortest is its conformance suite.
package vector

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
)

// Point is what the index holds under one id. It is written once and deleted once; nothing in it
// ever changes. The payload is exactly DocID, ChunkID and Scope.
type Point struct {
	ID      uuid.UUID
	DocID   string
	ChunkID uuid.UUID
	Scope   book.Scope
	Dense   []float32 // of the space's dimensions, length 1; nil for none
	Sparse  book.SparseVector
}

// Ref is a point without its vectors.
type Ref struct {
	ID         uuid.UUID
	DocID      string
	ChunkID    uuid.UUID
	Scope      book.Scope
	Dimensions int // of the dense vector; 0 when the point has none
}

// Query asks both legs at once. A leg without a vector returns no hits. A dense leg scores by
// cosine; a sparse leg by the sum over shared indices of query weight * idf * point weight, with
// idf = ln(1 + (N - df + 0.5) / (df + 0.5)), N the points of the collection that have a sparse
// vector and df those that hold the index, whatever the filter. An index may for a while count
// points that are deleted, and twice those that were written again.
type Query struct {
	Dense  []float32
	Sparse book.SparseVector
	// Scopes are the scopes to search; a point of another scope is never a hit and takes no place
	// among the hits. Empty finds nothing.
	Scopes []book.Scope
	// DocIDs, if not nil, restricts hits to these documents; empty and not nil finds nothing.
	DocIDs []string
	// Limit is the most hits of each leg; it must be positive.
	Limit int
}

// Hit is a point that a leg found.
type Hit struct {
	ID      uuid.UUID
	DocID   string
	ChunkID uuid.UUID
	Score   float64
}

// Hits are the results of both legs, best first. The order among equal scores is undefined, and
// so is which of them the limit cuts off: callers break ties.
type Hits struct {
	Dense  []Hit
	Sparse []Hit // score above 0
	// How long each leg took; 0 for one that was not asked or not measured by itself.
	DenseTook, SparseTook time.Duration
}

// ErrMayLand marks a failed Upsert that may still take effect later: an attempt timed out, lost
// its connection, or was refused half-way by a server that may go on with it when it starts again.
// The caller must treat its ids as late on the ledger. Test with errors.Is.
var ErrMayLand = errors.New("the write may still land")

// ErrLate marks a successful outcome of which an earlier attempt may land again later. Upsert
// returns it alone when all points are durable and searchable all the same, Drop when the collection
// is gone.
var ErrLate = errors.New("written, and an earlier attempt may land again")

// Index holds the points of collections, one collection for each embedding space. What was
// acknowledged is durable, also across kill -9. Implementations are safe for concurrent use.
// Errors common to all methods: Unavailable when the index cannot be reached, Deadline and Canceled
// with the context, NotFound for an unknown collection.
type Index interface {
	// Ensure makes the collection of space exist. It may be called any number of times. A
	// collection of that name with other dimensions, or in an index that several databases share
	// one of another database, is a Conflict and is left alone. Invalid for a space without
	// dimensions.
	Ensure(ctx context.Context, space book.Space) error

	// Drop removes the collection of the space with all its points. An absent one is no error, one
	// of another database a Conflict. A Drop that failed otherwise may still take effect later, and
	// see ErrLate.
	Drop(ctx context.Context, spaceID string) error

	// Collections returns the ids of the spaces that have a collection, ascending; in an index that
	// several databases share those that are known to be of this one.
	Collections(ctx context.Context) ([]string, error)

	// Upsert writes points and returns when all are durable and searchable. The caller gives ids
	// that were never used; writing the same point again changes nothing. A dense vector of another
	// length is scaled to 1; a point may lack either vector or both. Invalid, and nothing
	// written, for a wrong dimension, a vector that holds NaN or infinity or nothing but zeros,
	// a sparse vector with unsorted, duplicate or unequally many indices, or a zero id.
	// Any other error may leave some points written; see ErrMayLand and ErrLate.
	Upsert(ctx context.Context, spaceID string, points []Point) error

	// Delete removes points for good and returns when that is durable and no search finds them any
	// more; what they took on disk may be overwritten later. Ids that are not there are no error.
	Delete(ctx context.Context, spaceID string, ids []uuid.UUID) error

	// Search runs both legs in one round trip, the filter inside the search: a leg returns Limit
	// hits if that many match. Scores are exact; in a collection that is too large to be compared
	// point by point, the dense leg may leave out some of the best. Invalid for a Limit that is not
	// positive and for vectors that Upsert would refuse; the dense one need not have length 1.
	Search(ctx context.Context, spaceID string, q Query) (Hits, error)

	// Fetch returns the points with their vectors, in any order; ids that are not there are left
	// out. Dense vectors come back of length 1.
	Fetch(ctx context.Context, spaceID string, ids []uuid.UUID) ([]Point, error)

	// Scan returns at most limit refs with id > after, in ascending order of id (bytes). Fewer than
	// limit means the end. Points that are written or deleted meanwhile may or may not be seen.
	// Invalid for a limit that is not positive.
	Scan(ctx context.Context, spaceID string, after uuid.UUID, limit int) ([]Ref, error)

	// Count returns the number of points.
	Count(ctx context.Context, spaceID string) (int, error)

	// Ping returns nil when the index answers.
	Ping(ctx context.Context) error

	// Close releases what the index holds. Nothing else may be called afterwards.
	Close() error
}
