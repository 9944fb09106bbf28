package reconcile

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/vector"
)

// Findings are what an Audit found wrong in one space.
type Findings struct {
	// Missing are chunks whose point is not in the index, and in the active space also those that
	// have none.
	Missing []uuid.UUID
	// Stray are points that no chunk refers to and that are not on the ledger.
	Stray []uuid.UUID
	// Mismatched are chunks whose point contradicts them: its payload, or its vector's dimension.
	Mismatched []uuid.UUID
	// Conflict says that the collection is not the space's, or is nil.
	Conflict error
}

// Clean reports whether there are none.
func (f Findings) Clean() bool {
	return len(f.Missing)+len(f.Stray)+len(f.Mismatched) == 0 && f.Conflict == nil
}

// SpaceReport is the outcome of an Audit for one space.
type SpaceReport struct {
	store.SpaceStatus
	Vectors int // points in the index
	Findings
}

// Report is the outcome of an Audit. Vectors counts the points of the active space; the findings
// are those of all spaces, where a collection that contradicts its space counts as mismatched.
type Report struct {
	Documents  int `json:"documents"`
	Chunks     int `json:"chunks"`
	Vectors    int `json:"vectors"`
	Ledger     int `json:"ledger"`
	Missing    int `json:"missing"`
	Stray      int `json:"stray"`
	Mismatched int `json:"mismatched"`
	Orphaned   int `json:"orphaned"`

	// Spaces are those that are not retired, by id.
	Spaces []SpaceReport `json:"-"`
	// Orphans are the ids of spaces that are no more and have a collection all the same, which an
	// older snapshot of the index has brought back.
	Orphans []string `json:"-"`
}

// Clean reports whether the stores agree.
func (r Report) Clean() bool {
	return r.Missing+r.Stray+r.Mismatched+r.Orphaned == 0
}

// Audit walks both stores page by page and reports where they contradict each other, in every space
// that is not retired, and which collections belong to no space. A collection that is not its space's is
// not walked: what is in it is somebody else's. What looks wrong is looked at again when the writes that were under way have
// ended, or after wait, which must be as long as the longest write when others may be writing, and
// counts only if it is wrong then too.
func (r *Reconciler) Audit(ctx context.Context, wait time.Duration) (Report, error) {
	suspects, err := r.auditSpaces(ctx)
	if err != nil {
		return Report{}, err
	}
	orphans, err := r.orphans(ctx)
	if err != nil {
		return Report{}, err
	}
	spaces, orphans, err := r.confirm(ctx, suspects, orphans, wait)
	if err != nil {
		return Report{}, err
	}
	return r.report(ctx, spaces, orphans)
}

func (r *Reconciler) auditSpaces(ctx context.Context) ([]SpaceReport, error) {
	spaces, err := r.store.ListSpaces(ctx)
	if err != nil {
		return nil, err
	}
	var suspects []SpaceReport
	for _, s := range spaces {
		if s.State == store.SpaceRetired {
			continue
		}
		suspect := SpaceReport{SpaceStatus: s}
		for at := newPlace(s); at.phase != ended; {
			if err := r.auditPage(ctx, s, &at, &suspect.Findings); err != nil {
				return nil, err
			}
		}
		suspects = append(suspects, suspect)
	}
	return suspects, nil
}

// report adds the totals.
func (r *Reconciler) report(
	ctx context.Context, spaces []SpaceReport, orphans []string,
) (Report, error) {
	report := Report{Spaces: spaces, Orphans: orphans, Orphaned: len(orphans)}
	for i := range spaces {
		s := &spaces[i]
		points, err := r.index.Count(ctx, s.ID())
		if err != nil && book.CodeOf(err) != book.NotFound {
			return Report{}, err
		}
		s.Vectors = points
		report.Missing += len(s.Missing)
		report.Stray += len(s.Stray)
		report.Mismatched += len(s.Mismatched)
		if s.Conflict != nil {
			report.Mismatched++
		}
		if s.State == store.SpaceActive {
			report.Vectors = points
		}
	}
	counts, err := r.store.Counts(ctx, "")
	report.Documents, report.Chunks, report.Ledger = counts.Documents, counts.Chunks, counts.Ledger
	return report, err
}

// phase is a part of an audit of a space.
type phase int

const (
	collectionPhase phase = iota // is the collection the space's?
	pointPhase                   // points that nothing refers to, or that contradict their chunk
	referencePhase               // references to points that are not in the index
	chunkPhase                   // chunks without a point
	ended
)

// place is where an audit is: in a space, a phase, behind an id.
type place struct {
	spaceID string
	phase   phase
	after   uuid.UUID
}

func newPlace(space store.SpaceStatus) place { return place{spaceID: space.ID()} }

// auditPage looks at one page and moves at behind it.
func (r *Reconciler) auditPage(
	ctx context.Context, space store.SpaceStatus, at *place, found *Findings,
) error {
	var last uuid.UUID // of a full page
	var err error
	switch at.phase {
	case collectionPhase:
		found.Conflict, err = r.auditCollection(ctx, space.Space)
	case pointPhase:
		last, err = r.auditPoints(ctx, space.Space, at.after, found)
	case referencePhase:
		last, err = r.auditReferences(ctx, space.Space, at.after, found)
	case chunkPhase:
		if space.State == store.SpaceActive {
			last, err = r.auditChunks(ctx, space.Space, at.after, found)
		}
	case ended:
	}
	if err != nil {
		return err
	}
	if at.after = last; last == uuid.Nil {
		at.phase++
	}
	if found.Conflict != nil {
		at.phase = ended
	}
	return nil
}

// auditCollection returns what contradicts the space about its collection, or nil. An absent one does
// not: what is referred to is missing then.
func (r *Reconciler) auditCollection(
	ctx context.Context, space book.Space,
) (conflict, err error) {
	if _, err := r.index.Count(ctx, space.ID()); err != nil {
		if book.CodeOf(err) == book.NotFound {
			return nil, nil
		}
		return nil, err
	}
	if err := r.index.Ensure(ctx, space); book.CodeOf(err) == book.Conflict {
		return err, nil
	} else if err != nil {
		return nil, err
	}
	return nil, nil
}

// auditPoints looks for points that nothing refers to, and for those that contradict their chunk.
// Like the others it returns the last id of a page behind which there may be more.
func (r *Reconciler) auditPoints(
	ctx context.Context, space book.Space, after uuid.UUID, found *Findings,
) (last uuid.UUID, err error) {
	refs, err := r.index.Scan(ctx, space.ID(), after, batch)
	if book.CodeOf(err) == book.NotFound {
		return uuid.Nil, nil // no collection: whatever is referred to is missing
	}
	if err != nil || len(refs) == 0 {
		return uuid.Nil, err
	}
	stray, mismatched, err := r.judge(ctx, space, refs)
	if err != nil {
		return uuid.Nil, err
	}
	found.Stray = append(found.Stray, stray...)
	found.Mismatched = append(found.Mismatched, mismatched...)
	if len(refs) == batch {
		last = refs[batch-1].ID
	}
	return last, nil
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
	ctx context.Context, space book.Space, after uuid.UUID, found *Findings,
) (last uuid.UUID, err error) {
	references, err := r.store.ListReferences(ctx, space.ID(), after, batch)
	if err != nil || len(references) == 0 {
		return uuid.Nil, err
	}
	ids := make([]uuid.UUID, len(references))
	for i, ref := range references {
		ids[i] = ref.VectorID
	}
	there, err := r.present(ctx, space, ids)
	if err != nil {
		return uuid.Nil, err
	}
	for _, ref := range references {
		if !there[ref.VectorID] {
			found.Missing = append(found.Missing, ref.ChunkID)
		}
	}
	if len(references) == batch {
		last = references[batch-1].VectorID
	}
	return last, nil
}

// auditChunks looks for chunks without a point.
func (r *Reconciler) auditChunks(
	ctx context.Context, space book.Space, after uuid.UUID, found *Findings,
) (last uuid.UUID, err error) {
	bases, err := r.store.ListUnembedded(ctx, space.ID(), after, batch)
	if err != nil {
		return uuid.Nil, err
	}
	for _, b := range bases {
		found.Missing = append(found.Missing, b.ChunkID)
	}
	if len(bases) == batch {
		last = bases[batch-1].ChunkID
	}
	return last, nil
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
