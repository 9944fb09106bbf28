package memory

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// point says for which chunk a vector id stands, in which space.
type point struct {
	chunkSpace
	scope book.Scope // that its payload carries
}

type chunkSpace struct {
	chunkID uuid.UUID
	spaceID string
}

// refer makes the chunk refer to an id that is on the ledger as writing. The id leaves the ledger,
// or becomes due and late.
func (tx *transaction) refer(
	at chunkSpace, id uuid.UUID, scope book.Scope, late bool,
) []store.LedgerEntry {
	tx.points[id] = point{at, scope}
	tx.pointOf[at] = id
	if !late || tx.without[GlobalSeq] {
		delete(tx.ledger, id)
	}
	if !late {
		return nil
	}
	return []store.LedgerEntry{tx.makeDue(id, at.spaceID, true)}
}

// letGo takes the chunk's point from it, if it has one, and makes it due.
func (tx *transaction) letGo(at chunkSpace) []store.LedgerEntry {
	id, there := tx.pointOf[at]
	if !there {
		return nil
	}
	delete(tx.points, id)
	delete(tx.pointOf, at)
	return []store.LedgerEntry{tx.makeDue(id, at.spaceID, false)}
}

// CommitPoints implements store.Points.
func (s *Store) CommitPoints(
	ctx context.Context, spaceID string, puts []store.PointPut, late bool,
) (made []bool, released []store.LedgerEntry, err error) {
	err = s.update(ctx, func(tx *transaction) error {
		made = make([]bool, len(puts))
		due := map[uuid.UUID]store.LedgerEntry{} // an id may become due twice
		for i, put := range puts {
			var entries []store.LedgerEntry
			made[i] = tx.allows(spaceID, put)
			if made[i] {
				entries = tx.exchange(chunkSpace{put.ChunkID, spaceID}, put, late)
			} else {
				entries = tx.abandon([]uuid.UUID{put.NewID}, late)
			}
			for _, e := range entries {
				due[e.VectorID] = e
			}
		}
		for _, e := range due {
			released = append(released, e)
		}
		slices.SortFunc(released, func(a, b store.LedgerEntry) int { return int(a.Seq - b.Seq) })
		return nil
	})
	return made, released, err
}

// allows reports whether all that the put was made from is still so.
func (tx *transaction) allows(spaceID string, put store.PointPut) bool {
	r, reserved := tx.ledger[put.NewID]
	c, there := tx.chunks[put.ChunkID]
	space, known := tx.spaces[spaceID]
	return reserved && r.state == store.Writing && r.spaceID == spaceID &&
		known && space.State != store.SpaceRetired && there &&
		(tx.pointOf[chunkSpace{put.ChunkID, spaceID}] == put.OldID || tx.without[Old]) &&
		(tx.documents[c.docID].scope() == put.Scope || tx.without[Scope])
}

func (tx *transaction) exchange(
	at chunkSpace, put store.PointPut, late bool,
) (released []store.LedgerEntry) {
	if present := tx.pointOf[at]; present == put.OldID {
		released = tx.letGo(at)
	} else { // without the rule: the point that was read is let go, not the one that is there
		delete(tx.points, present)
		released = append(released, tx.makeDue(put.OldID, at.spaceID, false))
	}
	scope := tx.documents[tx.chunks[put.ChunkID].docID].scope()
	return append(released, tx.refer(at, put.NewID, scope, late)...)
}

// ListReferences implements store.Points.
func (s *Store) ListReferences(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.Reference, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	all := []store.Reference{}
	for id, p := range st.points {
		if p.spaceID == spaceID && compareIDs(id, after) > 0 {
			all = append(all, st.reference(id))
		}
	}
	slices.SortFunc(all, func(a, b store.Reference) int { return compareIDs(a.VectorID, b.VectorID) })
	return page(all, limit), nil
}

// References implements store.Points.
func (s *Store) References(
	ctx context.Context, spaceID string, ids []uuid.UUID,
) (map[uuid.UUID]store.Reference, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	found := map[uuid.UUID]store.Reference{}
	for _, id := range ids {
		if p, ok := st.points[id]; ok && p.spaceID == spaceID {
			found[id] = st.reference(id)
		}
	}
	return found, nil
}

func (st *state) reference(id uuid.UUID) store.Reference {
	p := st.points[id]
	return store.Reference{
		VectorID: id, ChunkID: p.chunkID, DocID: st.chunks[p.chunkID].docID, Scope: p.scope,
	}
}

// ListUnembedded implements store.Points.
func (s *Store) ListUnembedded(
	ctx context.Context, spaceID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	return s.bases(ctx, spaceID, limit, func(_ *state, b store.PointBase) bool {
		return b.VectorID == uuid.Nil && compareIDs(b.ChunkID, after) > 0
	})
}

// ListMisscoped implements store.Points.
func (s *Store) ListMisscoped(
	ctx context.Context, spaceID, docID string, after uuid.UUID, limit int,
) ([]store.PointBase, error) {
	return s.bases(ctx, spaceID, limit, func(st *state, b store.PointBase) bool {
		return b.VectorID != uuid.Nil && st.points[b.VectorID].scope != b.Scope &&
			(docID == "" || b.DocID == docID) && compareIDs(b.ChunkID, after) > 0
	})
}

// PointBases implements store.Points.
func (s *Store) PointBases(
	ctx context.Context, spaceID string, chunkIDs []uuid.UUID,
) ([]store.PointBase, error) {
	return s.bases(ctx, spaceID, len(chunkIDs), func(_ *state, b store.PointBase) bool {
		return slices.Contains(chunkIDs, b.ChunkID)
	})
}

// bases returns the chunks that pick picks, by chunk_id.
func (s *Store) bases(
	ctx context.Context, spaceID string, limit int, pick func(*state, store.PointBase) bool,
) ([]store.PointBase, error) {
	st, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	bases := []store.PointBase{}
	for id, c := range st.chunks {
		d := st.documents[c.docID]
		b := store.PointBase{
			ChunkID: id, VectorID: st.pointOf[chunkSpace{id, spaceID}], DocID: c.docID,
			Title: d.Title, HeadingPath: c.HeadingPath, Text: c.Text, Scope: d.scope(),
		}
		if pick(st, b) {
			bases = append(bases, b)
		}
	}
	slices.SortFunc(bases, func(a, b store.PointBase) int { return compareIDs(a.ChunkID, b.ChunkID) })
	return page(bases, limit), nil
}

// Counts implements store.Points.
func (s *Store) Counts(ctx context.Context, spaceID string) (store.Counts, error) {
	st, err := s.view(ctx)
	if err != nil {
		return store.Counts{}, err
	}
	counts := store.Counts{
		Documents: len(st.documents), Chunks: len(st.chunks), Ledger: len(st.ledger),
	}
	for _, p := range st.points {
		if p.spaceID == spaceID {
			counts.Vectors++
		}
	}
	return counts, nil
}
