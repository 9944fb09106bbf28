package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// snapshot is the store within one read transaction.
type snapshot struct {
	*Store
	queries *sqlitedb.Queries
}

// Snapshot implements store.Snapshots. The write-ahead log cannot be folded into the file until f
// has returned, and grows by what is written meanwhile.
func (s *Store) Snapshot(
	ctx context.Context, f func(s store.Snapshot) error,
) error {
	return s.view(ctx, func(q *sqlitedb.Queries) error {
		// The first read fixes the moment.
		if _, err := q.CountChunks(ctx); err != nil {
			return err
		}
		return f(snapshot{Store: &Store{path: s.path, read: q}, queries: q})
	})
}

// Counts implements store.Snapshot.
func (s snapshot) Counts(ctx context.Context, spaceID string) (store.Counts, error) {
	counts, err := countAll(ctx, s.queries, spaceID)
	return counts, s.translate(ctx, err)
}

// NextDocument implements store.Snapshot.
func (s snapshot) NextDocument(
	ctx context.Context, after int64, spaceID string,
) (store.WholeDocument, error) {
	row, err := s.queries.NextDocument(ctx, after)
	if errors.Is(err, sql.ErrNoRows) {
		err = book.Errorf(book.NotFound, "there is no document above revision %d", after)
	}
	if err != nil {
		return store.WholeDocument{}, s.translate(ctx, err)
	}
	whole := store.WholeDocument{Fingerprint: row.Document.Fingerprint, Text: row.Text}
	if whole.Chunks, err = s.placedChunks(ctx, row.Document.ID, spaceID); err != nil {
		return store.WholeDocument{}, s.translate(ctx, err)
	}
	whole.Document, err = documentOf(sqlitedb.DocumentRow{
		Document: row.Document, Username: row.Username, Chunks: int64(len(whole.Chunks)),
	})
	return whole, err
}

func (s snapshot) placedChunks(
	ctx context.Context, document int64, spaceID string,
) ([]store.PlacedChunk, error) {
	places, err := s.queries.ChunkPlaces(ctx, sqlitedb.ChunkPlacesParams{
		SpaceID: spaceID, Document: document,
	})
	if err != nil {
		return nil, err
	}
	points := make(map[sqlitedb.UUID]sqlitedb.UUID, len(places))
	for _, p := range places {
		points[p.ChunkID] = p.Point
	}
	rows, err := s.queries.ListChunks(ctx, sqlitedb.ListChunksParams{
		Document: document, ChunkIndex: -1, Limit: math.MaxInt64,
	})
	if err != nil {
		return nil, err
	}
	chunks := make([]store.PlacedChunk, len(rows))
	for i, row := range rows {
		if chunks[i].Chunk, err = chunkOf(row); err != nil {
			return nil, err
		}
		chunks[i].VectorID = uuid.UUID(points[row.ChunkID])
	}
	return chunks, nil
}
