package reconcile

import (
	"context"
	"errors"
	"slices"

	"github.com/lectern-project/lectern/internal/book"
)

// Repaired says what a Repair did.
type Repaired struct {
	Rewritten int // chunks that got a fresh point
	Deleted   int // points that were astray
	Dropped   int // collections that belonged to no space
}

// Repair mends what an Audit found: chunks whose point is missing or contradicts them get a fresh one,
// embedded from their text; points that are astray go on the ledger and are settled; collections that
// belong to no space are dropped. A collection
// that is not its space's is left alone: somebody else may need it. What cannot be mended in one space
// does not keep the others from it.
func (r *Reconciler) Repair(ctx context.Context, found Report) (Repaired, error) {
	var done Repaired
	var failed []error
	for _, id := range found.Orphans {
		dropped, err := r.dropCollection(ctx, id, absent)
		if dropped {
			done.Dropped++
		}
		failed = append(failed, err)
	}
	for _, s := range found.Spaces {
		if s.Conflict == nil && !s.Clean() {
			failed = append(failed, r.repairSpace(ctx, s.Space, s.Findings, &done))
		}
	}
	r.counters.rewritten.Add(int64(done.Rewritten))
	_, err := r.Drain(ctx)
	return done, errors.Join(append(failed, err)...)
}

func (r *Reconciler) repairSpace(
	ctx context.Context, space book.Space, found Findings, done *Repaired,
) error {
	if err := r.index.Ensure(ctx, space); err != nil {
		return err
	}
	wrong := slices.Concat(found.Missing, found.Mismatched)
	for chunkIDs := range slices.Chunk(wrong, batch) {
		bases, err := r.store.PointBases(ctx, space.ID(), chunkIDs)
		if err != nil {
			return err
		}
		n, err := r.ingest.Rewrite(ctx, space, bases, true)
		if err != nil {
			return err
		}
		done.Rewritten += n
	}
	for ids := range slices.Chunk(found.Stray, batch) {
		n, err := r.store.AddStrays(ctx, space.ID(), ids)
		if err != nil {
			return err
		}
		done.Deleted += n
	}
	return nil
}
