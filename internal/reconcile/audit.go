package reconcile

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// Findings are what an Audit found wrong.
type Findings struct {
	// Missing are chunks without a point, or whose point is not in the index.
	Missing []uuid.UUID
	// Stray are points that no chunk refers to and that are not on the ledger.
	Stray []uuid.UUID
	// Mismatched are chunks whose point contradicts them: its payload, or its vector's dimension.
	Mismatched []uuid.UUID
}

// Report is the outcome of an Audit.
type Report struct {
	Documents  int `json:"documents"`
	Chunks     int `json:"chunks"`
	Vectors    int `json:"vectors"` // points in the index
	Ledger     int `json:"ledger"`
	Missing    int `json:"missing"`
	Stray      int `json:"stray"`
	Mismatched int `json:"mismatched"`

	Findings Findings `json:"-"`
}

// Clean reports whether the stores agree.
func (r Report) Clean() bool { return r.Missing+r.Stray+r.Mismatched == 0 }

// Audit walks both stores page by page and reports where they contradict each other in the active
// space. What looks wrong is looked at again after wait, which must be as long as the longest
// write when others may be writing, and counts only if it is wrong then too.
func (r *Reconciler) Audit(ctx context.Context, wait time.Duration) (Report, error) {
	space, err := r.store.ActiveSpace(ctx)
	if err != nil {
		return Report{}, err
	}
	suspects, err := r.suspects(ctx, space)
	if err != nil {
		return Report{}, err
	}
	found, err := r.confirm(ctx, space, suspects, wait)
	if err != nil {
		return Report{}, err
	}
	counts, err := r.store.Counts(ctx, space.ID())
	if err != nil {
		return Report{}, err
	}
	points, err := r.index.Count(ctx, space.ID())
	if err != nil && book.CodeOf(err) != book.NotFound {
		return Report{}, err
	}
	return Report{
		Documents: counts.Documents, Chunks: counts.Chunks, Vectors: points,
		Ledger: counts.Ledger, Missing: len(found.Missing), Stray: len(found.Stray),
		Mismatched: len(found.Mismatched), Findings: found,
	}, nil
}

func (r *Reconciler) suspects(ctx context.Context, space book.Space) (Findings, error) {
	var found Findings
	if err := r.auditIndex(ctx, space, &found); err != nil {
		return found, err
	}
	if err := r.auditReferences(ctx, space, &found); err != nil {
		return found, err
	}
	after := uuid.Nil
	for {
		bases, err := r.store.ListUnembedded(ctx, space.ID(), after, batch)
		if err != nil || len(bases) == 0 {
			return found, err
		}
		for _, b := range bases {
			found.Missing = append(found.Missing, b.ChunkID)
		}
		after = bases[len(bases)-1].ChunkID
	}
}

// auditIndex looks for points that nothing refers to, and for those that contradict their chunk.
func (r *Reconciler) auditIndex(ctx context.Context, space book.Space, found *Findings) error {
	after := uuid.Nil
	for {
		refs, err := r.index.Scan(ctx, space.ID(), after, batch)
		if book.CodeOf(err) == book.NotFound {
			return nil // no collection: whatever is referred to is missing
		}
		if err != nil || len(refs) == 0 {
			return err
		}
		stray, mismatched, err := r.judge(ctx, space, refs)
		if err != nil {
			return err
		}
		found.Stray = append(found.Stray, stray...)
		found.Mismatched = append(found.Mismatched, mismatched...)
		after = refs[len(refs)-1].ID
	}
}

// judge holds points of the index against the relational store.
func (r *Reconciler) judge(
	ctx context.Context, space book.Space, refs []vector.Ref,
) (stray, mismatched []uuid.UUID, err error) {
	ids := make([]uuid.UUID, len(refs))
	for i, ref := range refs {
		ids[i] = ref.ID
	}
	referenced, err := r.store.References(ctx, space.ID(), ids)
	if err != nil {
		return nil, nil, err
	}
	onLedger, err := r.store.LedgerStates(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, ref := range refs {
		chunk, ok := referenced[ref.ID]
		switch {
		case !ok && onLedger[ref.ID] == "":
			stray = append(stray, ref.ID)
		case ok && contradicts(ref, chunk, space):
			mismatched = append(mismatched, chunk.ChunkID)
		}
	}
	return stray, mismatched, nil
}

func contradicts(ref vector.Ref, chunk store.Reference, space book.Space) bool {
	return ref.ChunkID != chunk.ChunkID || ref.DocID != chunk.DocID || ref.Scope != chunk.Scope ||
		(ref.Dimensions != 0 && ref.Dimensions != space.Dimensions)
}

// auditReferences looks for vector ids that chunks refer to and that are not in the index.
func (r *Reconciler) auditReferences(
	ctx context.Context, space book.Space, found *Findings,
) error {
	after := uuid.Nil
	for {
		references, err := r.store.ListReferences(ctx, space.ID(), after, batch)
		if err != nil || len(references) == 0 {
			return err
		}
		ids := make([]uuid.UUID, len(references))
		for i, ref := range references {
			ids[i] = ref.VectorID
		}
		there, err := r.present(ctx, space, ids)
		if err != nil {
			return err
		}
		for _, ref := range references {
			if !there[ref.VectorID] {
				found.Missing = append(found.Missing, ref.ChunkID)
			}
		}
		after = references[len(references)-1].VectorID
	}
}

func (r *Reconciler) present(
	ctx context.Context, space book.Space, ids []uuid.UUID,
) (map[uuid.UUID]bool, error) {
	points, err := r.index.Fetch(ctx, space.ID(), ids)
	if err != nil && book.CodeOf(err) != book.NotFound {
		return nil, err
	}
	there := make(map[uuid.UUID]bool, len(points))
	for _, p := range points {
		there[p.ID] = true
	}
	return there, nil
}
