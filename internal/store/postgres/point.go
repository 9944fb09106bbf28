package postgres

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// ListReferences implements store.Points.
func (s *Store) ListReferences(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.Reference, error) {
	rows, err := s.read.ListReferences(ctx, postgresdb.ListReferencesParams{
		SpaceID: spaceID, After: after, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	references := make([]store.Reference, len(rows))
	for i, row := range rows {
		references[i] = referenceOf(postgresdb.ReferencesRow(row))
	}
	return references, nil
}

// References implements store.Points.
func (s *Store) References(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (map[uuid.UUID]store.Reference, error) {
	rows, err := s.read.References(ctx, postgresdb.ReferencesParams{SpaceID: spaceID, Ids: ids})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	found := make(map[uuid.UUID]store.Reference, len(rows))
	for _, row := range rows {
		found[row.VectorID] = referenceOf(row)
	}
	return found, nil
}

func referenceOf(row postgresdb.ReferencesRow) store.Reference {
	return store.Reference{
		VectorID: row.VectorID,
		ChunkID:  row.ChunkID,
		DocID:    row.DocID,
		Scope:    book.Scope(row.Scope),
	}
}

// ListUnembedded implements store.Points.
func (s *Store) ListUnembedded(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	rows, err := s.read.ListUnembedded(ctx, postgresdb.ListUnembeddedParams{
		SpaceID: spaceID, After: after, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	return basesOf(rows)
}

// ListMisscoped implements store.Points.
func (s *Store) ListMisscoped(
	ctx context.Context, spaceID, docID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	rows, err := s.read.ListMisscoped(ctx, postgresdb.ListMisscopedParams{
		SpaceID: spaceID, DocID: docID, After: after, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	return basesOf(rows)
}

// PointBases implements store.Points.
func (s *Store) PointBases(
	ctx context.Context, spaceID string, chunkIDs []uuid.UUID,
) ([]store.PointBase, error) {
	rows, err := s.read.PointBases(ctx, postgresdb.PointBasesParams{
		SpaceID: spaceID, Ids: chunkIDs,
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	return basesOf(rows)
}

// baseRow is a row of any query that lists bases.
type baseRow interface {
	postgresdb.ListUnembeddedRow | postgresdb.ListMisscopedRow | postgresdb.PointBasesRow
}

func basesOf[R baseRow](rows []R) ([]store.PointBase, error) {
	bases := make([]store.PointBase, len(rows))
	for i := range rows {
		row := postgresdb.PointBasesRow(rows[i])
		headings, err := decode[[]string](row.HeadingPath)
		if err != nil {
			return nil, err
		}
		bases[i] = store.PointBase{
			ChunkID:     row.ChunkID,
			VectorID:    row.Point.UUID,
			DocID:       row.DocID,
			Title:       row.Title,
			HeadingPath: headings,
			Text:        row.Text,
			Scope:       book.Scope(row.Scope),
		}
	}
	return bases, nil
}

// Counts implements store.Points.
func (s *Store) Counts(ctx context.Context, spaceID string) (store.Counts, error) {
	row, err := s.read.Counts(ctx, spaceID)
	return store.Counts{
		Documents: int(row.Documents),
		Chunks:    int(row.Chunks),
		Vectors:   int(row.Vectors),
		Ledger:    int(row.Ledger),
	}, s.translate(ctx, err)
}
