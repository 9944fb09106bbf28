package ingest

import (
	"context"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// Rewrite writes fresh points for chunks whose points carry the wrong scope or are missing, and lets go
// of the old ones. Vectors are read from the index where they are there, and embedded
// again where not or where reembed is set. It returns how many chunks got a new point; those that
// changed meanwhile are left to whoever changed them.
func (s *Service) Rewrite(
	ctx context.Context, space book.Space, bases []store.PointBase, reembed bool,
) (int, error) {
	if len(bases) == 0 {
		return 0, nil
	}
	old := map[uuid.UUID]vector.Point{}
	if !reembed {
		var err error
		if old, err = s.fetch(ctx, space.ID(), bases); err != nil {
			return 0, err
		}
	}
	points, err := s.freshPoints(ctx, space, bases, old)
	if err != nil {
		return 0, err
	}
	puts := make([]store.PointPut, len(bases))
	for i, b := range bases {
		puts[i] = store.PointPut{
			ChunkID: b.ChunkID, OldID: b.VectorID, NewID: points[i].ID, Scope: b.Scope,
		}
	}
	var made []bool
	var released []store.LedgerEntry
	err = s.write(ctx, space.ID(), points, func(ctx context.Context, late bool) (err error) {
		made, released, err = s.store.CommitPoints(ctx, space.ID(), puts, late)
		return err
	})
	if err != nil {
		return 0, err
	}
	s.settleNow(ctx, released)
	n := 0
	for _, ok := range made {
		if ok {
			n++
		}
	}
	return n, nil
}

// fetch reads the present points of chunks from the index, by chunk.
func (s *Service) fetch(
	ctx context.Context, spaceID string, bases []store.PointBase,
) (map[uuid.UUID]vector.Point, error) {
	ids := make([]uuid.UUID, 0, len(bases))
	for _, b := range bases {
		if b.VectorID != uuid.Nil {
			ids = append(ids, b.VectorID)
		}
	}
	points, err := s.index.Fetch(ctx, spaceID, ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[uuid.UUID]vector.Point, len(points))
	for _, p := range points {
		byID[p.ID] = p
	}
	byChunk := make(map[uuid.UUID]vector.Point, len(points))
	for _, b := range bases {
		if p, ok := byID[b.VectorID]; ok {
			byChunk[b.ChunkID] = p
		}
	}
	return byChunk, nil
}

// freshPoints returns a point under a fresh id for each base, with the vectors of old where it has
// them.
func (s *Service) freshPoints(
	ctx context.Context, space book.Space, bases []store.PointBase,
	old map[uuid.UUID]vector.Point,
) ([]vector.Point, error) {
	points := make([]vector.Point, len(bases))
	var missing []int
	var texts []embed.Text
	for i, b := range bases {
		payload := vector.Point{DocID: b.DocID, ChunkID: b.ChunkID, Scope: b.Scope}
		p, ok := old[b.ChunkID]
		if !ok {
			missing = append(missing, i)
			texts = append(texts, embedText(b.Title, b.HeadingPath, b.Text))
			continue
		}
		payload.ID, payload.Dense, payload.Sparse = book.NewVectorID(), p.Dense, p.Sparse
		points[i] = payload
	}
	embedded, err := s.newPoints(ctx, space, texts, func(i int) vector.Point {
		b := bases[missing[i]]
		return vector.Point{DocID: b.DocID, ChunkID: b.ChunkID, Scope: b.Scope}
	})
	for i, p := range embedded {
		points[missing[i]] = p
	}
	return points, err
}

// rescopeNow rewrites a document's points whose scope is no longer the document's. What it does
// not manage is left to Drain.
func (s *Service) rescopeNow(ctx context.Context, space book.Space, docID string) {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	after := uuid.Nil
	for {
		bases, err := s.store.ListMisscoped(ctx, space.ID(), docID, after, upsertBatch)
		if err != nil || len(bases) == 0 {
			return
		}
		if _, err := s.Rewrite(ctx, space, bases, false); err != nil {
			return
		}
		after = bases[len(bases)-1].ChunkID
	}
}
