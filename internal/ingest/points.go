package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/embed"
	"github.com/lectern-project/lectern/internal/failpoint"
	"github.com/lectern-project/lectern/internal/lexical"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/telemetry"
	"github.com/lectern-project/lectern/internal/vector"
)

// upsertBatch is how many points go to the index in one call.
const upsertBatch = 128

// write brings points under fresh ids into the index and then runs commit, which is transaction B.
// late tells commit that an attempt of the write may land again. When anything fails before
// commit, the ids are left to the ledger. Unavailable with store.ErrStale when the space or its
// collection is gone.
func (s *Service) write(
	ctx context.Context, spaceID string, points []vector.Point,
	commit func(ctx context.Context, late bool) error,
) error {
	if len(points) == 0 {
		return commit(ctx, false)
	}
	ids := make([]uuid.UUID, len(points))
	for i, p := range points {
		ids[i] = p.ID
	}
	failpoint.Hit("write.beforeReserve")
	if err := s.reserve(ctx, spaceID, ids); err != nil {
		return staleSpace(err, spaceID)
	}
	failpoint.Hit("write.afterReserve")
	late, err := s.upsert(ctx, spaceID, points)
	if err != nil {
		s.abandon(ctx, ids, late)
		return staleSpace(err, spaceID)
	}
	failpoint.Hit("write.afterUpsert")
	return commit(ctx, late)
}

// reserve is transaction A.
func (s *Service) reserve(ctx context.Context, spaceID string, ids []uuid.UUID) (err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Reserve)
	defer end(&err)
	return s.store.Reserve(ctx, spaceID, ids, s.lease)
}

// staleSpace makes NotFound, which is what a space answers with that is gone, a stale write.
func staleSpace(err error, spaceID string) error {
	if book.CodeOf(err) != book.NotFound {
		return err
	}
	return book.Wrap(book.Unavailable, errors.Join(store.ErrStale, err),
		"the embedding space %s was dropped, or its collection is missing from the vector index; "+
			"`lectern doctor --repair` writes a missing one anew", spaceID)
}

// upsert writes the points in batches and reports whether an attempt may land again.
func (s *Service) upsert(
	ctx context.Context, spaceID string, points []vector.Point,
) (late bool, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.Upsert)
	defer end(&err)
	ctx, cancel := context.WithTimeout(ctx, s.writeTimeout)
	defer cancel()
	for batch := range slices.Chunk(points, upsertBatch) {
		err := s.index.Upsert(ctx, spaceID, batch)
		switch {
		case err == nil:
		case errors.Is(err, vector.ErrLate):
			late = true
		default:
			return late || errors.Is(err, vector.ErrMayLand) || ctx.Err() != nil, err
		}
		failpoint.Hit("write.betweenBatches")
	}
	return late, nil
}

// abandon makes the ids due and settles them. What it cannot do is left to Drain.
func (s *Service) abandon(ctx context.Context, ids []uuid.UUID, late bool) {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if entries, err := s.store.Abandon(ctx, ids, late); err == nil {
		_ = s.Settle(ctx, entries)
	}
}

// newPoints embeds texts and returns a point under a fresh id for each. who gives the document,
// the chunk and the scope of each text. An embedder that breaks its promises is Unavailable, and
// nothing of its batch is used.
func (s *Service) newPoints(
	ctx context.Context, space book.Space, texts []embed.Text, who func(i int) vector.Point,
) ([]vector.Point, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	embedder, err := s.embedders.For(space)
	if err != nil {
		return nil, err
	}
	dense, err := s.embed(ctx, embedder, texts)
	if err != nil {
		return nil, err
	}
	if err := checkVectors(dense, len(texts), space); err != nil {
		return nil, err
	}
	points := make([]vector.Point, len(texts))
	for i, text := range texts {
		points[i] = who(i)
		points[i].ID = book.NewVectorID()
		points[i].Dense = dense[i]
		points[i].Sparse = sparseVector(text)
	}
	return points, nil
}

func (s *Service) embed(
	ctx context.Context, e embed.Embedder, texts []embed.Text,
) (_ [][]float32, err error) {
	ctx, end := s.Telemetry.Stage(ctx, telemetry.EmbedDocuments)
	defer end(&err)
	return e.EmbedDocuments(ctx, texts)
}

// sparseVector weighs the words of a chunk, those of its title and headings included.
func sparseVector(text embed.Text) book.SparseVector {
	indices, values := lexical.DocumentWeights(IndexedText(text))
	return book.SparseVector{Indices: indices, Values: values}
}

// checkVectors refuses what an embedder must never return: another number of vectors than
// texts, another dimension, NaN, infinity, or a vector of zeros.
func checkVectors(dense [][]float32, texts int, space book.Space) error {
	refuse := func(format string, args ...any) error {
		return book.Wrap(book.Unavailable, fmt.Errorf(format, args...),
			"the embedder of %s returned unusable vectors; nothing was written", space.ID())
	}
	if len(dense) != texts {
		return refuse("%d vectors for %d texts", len(dense), texts)
	}
	for i, v := range dense {
		if v == nil {
			continue
		}
		if len(v) != space.Dimensions {
			return refuse("vector %d has %d dimensions, not %d", i, len(v), space.Dimensions)
		}
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if square == 0 || math.IsNaN(square) || math.IsInf(square, 0) {
			return refuse("vector %d has the squared length %v", i, square)
		}
	}
	return nil
}
