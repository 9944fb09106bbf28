package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/sqlite/sqlitedb"
)

// ListReferences implements store.Points.
func (s *Store) ListReferences(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.Reference, error) {
	rows, err := s.read.ListReferences(ctx, sqlitedb.ListReferencesParams{
		SpaceID: spaceID, VectorID: sqlitedb.UUID(after), Limit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	references := make([]store.Reference, len(rows))
	for i, row := range rows {
		references[i] = referenceOf(sqlitedb.ReferencesRow(row))
	}
	return references, nil
}

// References implements store.Points.
func (s *Store) References(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (map[uuid.UUID]store.Reference, error) {
	found := make(map[uuid.UUID]store.Reference, len(ids))
	err := s.view(ctx, func(q *sqlitedb.Queries) error {
		for part := range slices.Chunk(columns(ids), maxIn) {
			rows, err := q.References(ctx, sqlitedb.ReferencesParams{SpaceID: spaceID, Ids: part})
			if err != nil {
				return err
			}
			for _, row := range rows {
				found[uuid.UUID(row.VectorID)] = referenceOf(row)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func referenceOf(row sqlitedb.ReferencesRow) store.Reference {
	return store.Reference{
		VectorID: uuid.UUID(row.VectorID),
		ChunkID:  uuid.UUID(row.ChunkID),
		DocID:    row.DocID,
		Scope:    book.Scope(row.Scope),
	}
}

// ListUnembedded implements store.Points.
func (s *Store) ListUnembedded(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	rows, err := s.read.ListUnembedded(ctx, sqlitedb.ListUnembeddedParams{
		SpaceID: spaceID, After: sqlitedb.UUID(after), Limit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	var all []sqlitedb.PointBasesRow
	for _, row := range rows {
		all = append(all, sqlitedb.PointBasesRow(row))
	}
	return basesOf(all)
}

// ListMisscoped implements store.Points.
func (s *Store) ListMisscoped(
	ctx context.Context, spaceID, docID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	rows, err := s.read.ListMisscoped(ctx, sqlitedb.ListMisscopedParams{
		SpaceID: spaceID, DocID: docID, After: sqlitedb.UUID(after), Limit: int64(limit),
	})
	if err != nil {
		return nil, s.translate(ctx, err)
	}
	var all []sqlitedb.PointBasesRow
	for _, row := range rows {
		all = append(all, sqlitedb.PointBasesRow(row))
	}
	return basesOf(all)
}

// PointBases implements store.Points.
func (s *Store) PointBases(
	ctx context.Context, spaceID string, chunkIDs []uuid.UUID,
) ([]store.PointBase, error) {
	ids := columns(chunkIDs)
	slices.SortFunc(ids, func(a, b sqlitedb.UUID) int { return slices.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	var all []sqlitedb.PointBasesRow
	err := s.view(ctx, func(q *sqlitedb.Queries) error {
		for part := range slices.Chunk(ids, maxIn) {
			rows, err := q.PointBases(ctx, sqlitedb.PointBasesParams{SpaceID: spaceID, Ids: part})
			if err != nil {
				return err
			}
			all = append(all, rows...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return basesOf(all)
}

func basesOf(rows []sqlitedb.PointBasesRow) ([]store.PointBase, error) {
	bases := make([]store.PointBase, len(rows))
	for i, row := range rows {
		headings, err := decode[[]string](row.HeadingPath)
		if err != nil {
			return nil, err
		}
		bases[i] = store.PointBase{
			ChunkID:     uuid.UUID(row.ChunkID),
			VectorID:    uuid.UUID(row.Point),
			DocID:       row.DocID,
			Title:       row.Title,
			HeadingPath: headings,
			Text:        row.Text,
			Scope:       book.Scope(row.Scope),
		}
	}
	return bases, nil
}

// CommitPoints implements store.Points.
func (s *Store) CommitPoints(
	ctx context.Context, spaceID string, puts []store.PointPut, late bool,
) (made []bool, released []store.LedgerEntry, err error) {
	err = s.update(ctx, func(ctx context.Context, tx *transaction) error {
		made, released = make([]bool, len(puts)), nil
		err := tx.checkInUse(ctx, spaceID)
		if err != nil && book.CodeOf(err) != book.NotFound {
			return err
		}
		c := pointCommit{transaction: tx, spaceID: spaceID, inUse: err == nil, late: late}
		documents := map[int64]bool{}
		for i, put := range puts {
			document, due, err := c.commitPoint(ctx, put)
			if err != nil {
				return err
			}
			if made[i] = document != 0; made[i] {
				documents[document] = true
			}
			released = append(released, due...)
		}
		for document := range documents {
			if err := tx.EndScopeChange(ctx, document); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return made, released, nil
}

// pointCommit is transaction B of a batch of puts.
type pointCommit struct {
	*transaction
	spaceID string
	inUse   bool // the space is there and not retired
	late    bool
}

// commitPoint returns the row of the document to which the point now belongs, or 0 when the put was
// not to be made.
func (c *pointCommit) commitPoint(
	ctx context.Context, put store.PointPut,
) (document int64, due []store.LedgerEntry, err error) {
	written := point{id: sqlitedb.UUID(put.NewID), spaceID: c.spaceID}
	n, err := c.IsWriting(ctx, sqlitedb.IsWritingParams{VectorID: written.id, SpaceID: c.spaceID})
	if err != nil {
		return 0, nil, err
	}
	target, err := c.PutTarget(ctx, sqlitedb.PutTargetParams{
		SpaceID: c.spaceID, ChunkID: sqlitedb.UUID(put.ChunkID),
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, nil, err
	}
	if !c.inUse || n == 0 || err != nil || target.Point != sqlitedb.UUID(put.OldID) ||
		target.Scope != string(put.Scope) {
		due, err = c.abandon(ctx, []uuid.UUID{put.NewID}, c.late)
		return 0, due, err
	}
	if put.OldID != uuid.Nil {
		due, err = c.letGo(ctx, []point{{id: sqlitedb.UUID(put.OldID), spaceID: c.spaceID}})
		if err != nil {
			return 0, nil, err
		}
	}
	if err := c.InsertPoint(ctx, sqlitedb.InsertPointParams{
		VectorID: written.id, Chunk: target.ID, SpaceID: c.spaceID, Scope: target.Scope,
	}); err != nil {
		return 0, nil, err
	}
	again, err := c.settleWritten(ctx, []point{written}, c.late)
	return target.Document, append(due, again...), err
}

// Counts implements store.Points.
func (s *Store) Counts(ctx context.Context, spaceID string) (counts store.Counts, err error) {
	err = s.view(ctx, func(q *sqlitedb.Queries) error {
		counts, err = countAll(ctx, q, spaceID)
		return err
	})
	return counts, err
}

func countAll(
	ctx context.Context, q *sqlitedb.Queries, spaceID string,
) (counts store.Counts, err error) {
	for _, c := range []struct {
		count *int
		query func() (int64, error)
	}{
		{&counts.Documents, func() (int64, error) { return q.CountDocuments(ctx) }},
		{&counts.Chunks, func() (int64, error) { return q.CountChunks(ctx) }},
		{&counts.Vectors, func() (int64, error) { return q.CountVectors(ctx, spaceID) }},
		{&counts.Ledger, func() (int64, error) { return q.CountLedger(ctx) }},
	} {
		n, err := c.query()
		if err != nil {
			return counts, err
		}
		*c.count = int(n)
	}
	return counts, nil
}
