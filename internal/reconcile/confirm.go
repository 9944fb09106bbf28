package reconcile

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// look is how often an audit looks whether a write is still under way.
const look = time.Second

// outlast waits until no write is under way that was when it was called: until no row of the ledger
// is writing, or for wait, which is as long as the longest write.
func (r *Reconciler) outlast(ctx context.Context, wait time.Duration) error {
	for end := time.Now().Add(wait); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(look, time.Until(end))):
		}
		stats, err := r.store.LedgerStats(ctx)
		if err != nil || stats.Writing == 0 {
			return err
		}
	}
	return ctx.Err()
}

// confirm looks at suspects again when the writes that were under way have ended, or after wait, and
// returns the reports of the spaces that are still there and not retired, with what is still wrong, and
// those of the orphans that still are.
func (r *Reconciler) confirm(
	ctx context.Context, suspects []SpaceReport, orphans []string, wait time.Duration,
) (confirmed []SpaceReport, left []string, err error) {
	wrong := func(s SpaceReport) bool { return !s.Clean() }
	if len(orphans) > 0 || slices.ContainsFunc(suspects, wrong) {
		if err := r.outlast(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
	spaces, err := r.store.ListSpaces(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, suspect := range suspects {
		i := slices.IndexFunc(spaces, func(s store.SpaceStatus) bool {
			return s.ID() == suspect.ID() && s.State != store.SpaceRetired
		})
		if i < 0 {
			continue
		}
		found, err := r.judgeAgain(ctx, spaces[i], suspect.Findings)
		if err != nil {
			return nil, nil, err
		}
		confirmed = append(confirmed, SpaceReport{SpaceStatus: spaces[i], Findings: found})
	}
	if len(orphans) > 0 {
		still, err := r.orphans(ctx)
		if err != nil {
			return nil, nil, err
		}
		left = slices.DeleteFunc(orphans, func(id string) bool { return !slices.Contains(still, id) })
	}
	return confirmed, left, nil
}

// judgeAgain returns those of the suspects of a space that are still wrong.
func (r *Reconciler) judgeAgain(
	ctx context.Context, space store.SpaceStatus, suspects Findings,
) (found Findings, err error) {
	if suspects.Conflict != nil {
		if found.Conflict, err = r.auditCollection(ctx, space.Space); err != nil {
			return Findings{}, err
		}
	}
	for ids := range slices.Chunk(suspects.Stray, batch) {
		stray, _, err := r.judgeIDs(ctx, space.Space, ids)
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
	if book.CodeOf(err) == book.NotFound {
		return nil, nil, nil // no collection
	}
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
	ctx context.Context, space store.SpaceStatus, chunkIDs []uuid.UUID,
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
	there, err := r.present(ctx, space.Space, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range bases {
		wanted := b.VectorID != uuid.Nil || space.State == store.SpaceActive
		if wanted && !there[b.VectorID] {
			missing = append(missing, b.ChunkID)
		}
	}
	_, mismatched, err = r.judgeIDs(ctx, space.Space, ids)
	return missing, mismatched, err
}
