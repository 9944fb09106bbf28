package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/vector"
)

// confirm looks at suspects again after wait and returns those that are still wrong.
func (r *Reconciler) confirm(
	ctx context.Context, space book.Space, suspects Findings, wait time.Duration,
) (Findings, error) {
	if len(suspects.Missing)+len(suspects.Stray)+len(suspects.Mismatched) == 0 {
		return Findings{}, nil
	}
	select {
	case <-ctx.Done():
		return Findings{}, ctx.Err()
	case <-time.After(wait):
	}
	var found Findings
	for ids := range slices.Chunk(suspects.Stray, batch) {
		stray, _, err := r.judgeIDs(ctx, space, ids)
		if err != nil {
			return Findings{}, err
		}
		found.Stray = append(found.Stray, stray...)
	}
	chunks := slices.Concat(suspects.Missing, suspects.Mismatched)
	slices.SortFunc(chunks, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for ids := range slices.Chunk(slices.Compact(chunks), batch) {
		missing, mismatched, err := r.judgeChunks(ctx, space, ids)
		if err != nil {
			return Findings{}, err
		}
		found.Missing = append(found.Missing, missing...)
		found.Mismatched = append(found.Mismatched, mismatched...)
	}
	return found, nil
}

// judgeIDs is judge for points that are still in the index.
func (r *Reconciler) judgeIDs(
	ctx context.Context, space book.Space, ids []uuid.UUID,
) (stray, mismatched []uuid.UUID, err error) {
	points, err := r.index.Fetch(ctx, space.ID(), ids)
	if err != nil {
		return nil, nil, err
	}
	refs := make([]vector.Ref, len(points))
	for i, p := range points {
		refs[i] = vector.Ref{
			ID: p.ID, DocID: p.DocID, ChunkID: p.ChunkID, Scope: p.Scope, Dimensions: len(p.Dense),
		}
	}
	return r.judge(ctx, space, refs)
}

// judgeChunks says which of the chunks that still exist lack their point, and which have one
// that contradicts them.
func (r *Reconciler) judgeChunks(
	ctx context.Context, space book.Space, chunkIDs []uuid.UUID,
) (missing, mismatched []uuid.UUID, err error) {
	bases, err := r.store.PointBases(ctx, space.ID(), chunkIDs)
	if err != nil {
		return nil, nil, err
	}
	var ids []uuid.UUID
	for _, b := range bases {
		if b.VectorID != uuid.Nil {
			ids = append(ids, b.VectorID)
		}
	}
	there, err := r.present(ctx, space, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range bases {
		if !there[b.VectorID] {
			missing = append(missing, b.ChunkID)
		}
	}
	_, mismatched, err = r.judgeIDs(ctx, space, ids)
	if book.CodeOf(err) == book.NotFound {
		err = nil // no collection
	}
	return missing, mismatched, err
}

// Repaired says what a Repair did.
type Repaired struct {
	Rewritten int // chunks that got a fresh point
	Deleted   int // points that were astray
}

// Repair mends findings: chunks whose point is missing or contradicts them get a fresh one, embedded
// from their text; points that are astray go on the ledger and are settled.
func (r *Reconciler) Repair(ctx context.Context, found Findings) (Repaired, error) {
	var done Repaired
	space, err := r.store.ActiveSpace(ctx)
	if err != nil {
		return done, err
	}
	if err := r.index.Ensure(ctx, space); err != nil {
		return done, err
	}
	wrong := slices.Concat(found.Missing, found.Mismatched)
	for chunkIDs := range slices.Chunk(wrong, batch) {
		bases, err := r.store.PointBases(ctx, space.ID(), chunkIDs)
		if err != nil {
			return done, err
		}
		n, err := r.ingest.Rewrite(ctx, space, bases, true)
		if err != nil {
			return done, err
		}
		done.Rewritten += n
	}
	for ids := range slices.Chunk(found.Stray, batch) {
		n, err := r.store.AddStrays(ctx, space.ID(), ids)
		if err != nil {
			return done, err
		}
		done.Deleted += n
	}
	_, err = r.Drain(ctx)
	return done, err
}
