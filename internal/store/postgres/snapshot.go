package postgres

import (
	"context"
	"errors"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// snapshot is the store within one read transaction.
type snapshot struct{ *Store }

// Snapshot implements store.Snapshots. It keeps one connection until f has returned; dead rows that
// it may still see are not vacuumed until then.
func (s *Store) Snapshot(
	ctx context.Context, f func(s store.Snapshot) error,
) error {
	return s.view(ctx, func(q *postgresdb.Queries) error {
		// The first statement fixes the moment.
		if _, err := q.SpaceInUse(ctx, ""); err != nil {
			return err
		}
		return f(snapshot{&Store{name: s.name, read: q}})
	})
}

// NextDocument implements store.Snapshot.
func (s snapshot) NextDocument(
	ctx context.Context, after int64, spaceID string,
) (store.WholeDocument, error) {
	row, err := s.read.NextDocument(ctx, after)
	if errors.Is(err, pgx.ErrNoRows) {
		err = book.Errorf(book.NotFound, "there is no document above revision %d", after)
	}
	if err != nil {
		return store.WholeDocument{}, s.translate(ctx, err)
	}
	whole := store.WholeDocument{Fingerprint: row.Document.Fingerprint, Text: row.Text}
	if whole.Chunks, err = s.placedChunks(ctx, row.Document.DocID, spaceID); err != nil {
		return store.WholeDocument{}, s.translate(ctx, err)
	}
	whole.Document, err = documentOf(postgresdb.DocumentRow{
		Document: row.Document, Username: row.Username, Chunks: int64(len(whole.Chunks)),
	})
	return whole, err
}

func (s snapshot) placedChunks(
	ctx context.Context, docID, spaceID string,
) ([]store.PlacedChunk, error) {
	places, err := s.read.ChunkPoints(ctx, docID)
	if err != nil {
		return nil, err
	}
	points := make(map[uuid.UUID]uuid.UUID, len(places))
	for _, p := range places {
		if p.SpaceID != nil && *p.SpaceID == spaceID {
			points[p.ChunkID] = p.VectorID.UUID
		}
	}
	rows, err := s.read.ListChunks(ctx, postgresdb.ListChunksParams{
		DocID: docID, After: -1, RowLimit: math.MaxInt64,
	})
	if err != nil {
		return nil, err
	}
	chunks := make([]store.PlacedChunk, len(rows))
	for i, row := range rows {
		if chunks[i].Chunk, err = chunkOf(row); err != nil {
			return nil, err
		}
		chunks[i].VectorID = points[chunks[i].ChunkID]
	}
	return chunks, nil
}
