package postgres

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// ReleasePoints implements store.SpaceChanges.
func (s *Store) ReleasePoints(
	ctx context.Context, id string, limit int,
) (due []store.LedgerEntry, err error) {
	for due == nil {
		chosen := 0
		err := s.update(ctx, func(tx *transaction) error {
			var gone []duePoint
			if gone, chosen, err = tx.chooseReleased(ctx, id, limit); err != nil {
				return err
			}
			if due, err = tx.markDue(ctx, gone); err != nil {
				return err
			}
			return tx.DeletePoints(ctx, idsOf(gone))
		})
		if err != nil {
			return nil, err
		}
		if chosen == 0 {
			break
		}
	}
	return due, nil
}

// chooseReleased locks the documents of some points of a retired space. It returns those points that
// are still there then, and how many it had chosen: meanwhile others may have let go of some.
func (tx *transaction) chooseReleased(
	ctx context.Context, id string, limit int,
) (gone []duePoint, chosen int, err error) {
	if err := tx.HoldSpaces(ctx, spacesLock); err != nil {
		return nil, 0, err
	}
	if err := tx.checkRetired(ctx, id); err != nil {
		return nil, 0, err
	}
	rows, err := tx.SpacePoints(ctx, postgresdb.SpacePointsParams{
		SpaceID: id, RowLimit: int64(limit),
	})
	if err != nil {
		return nil, 0, err
	}
	var ids, chunks []uuid.UUID
	for _, row := range rows {
		ids, chunks = append(ids, row.VectorID), append(chunks, row.ChunkID)
	}
	if _, err := tx.LockDocumentsOfChunks(ctx, chunks); err != nil {
		return nil, 0, err
	}
	left, err := tx.References(ctx, postgresdb.ReferencesParams{SpaceID: id, Ids: ids})
	if err != nil {
		return nil, 0, err
	}
	for _, row := range left {
		gone = append(gone, duePoint{id: row.VectorID, spaceID: id})
	}
	return gone, len(rows), nil
}
