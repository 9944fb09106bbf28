package memory

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
)

// CommitDocument implements store.Documents.
func (s *Store) CommitDocument(
	ctx context.Context, w store.DocumentWrite,
) (done store.Committed, err error) {
	var refusal error
	err = s.update(ctx, func(tx *transaction) error {
		if refusal = tx.refuse(w); refusal == nil {
			if done, err = tx.apply(w); err != nil {
				return err
			}
			return tx.record(ctx)
		}
		tx.abandon(newIDs(w), w.Late)
		return nil
	})
	if err == nil {
		err = refusal
	}
	return done, err
}

func newIDs(w store.DocumentWrite) (ids []uuid.UUID) {
	for _, c := range w.Chunks {
		if c.VectorID != uuid.Nil {
			ids = append(ids, c.VectorID)
		}
	}
	return ids
}

// refuse returns why the write must not happen, or nil.
func (tx *transaction) refuse(w store.DocumentWrite) error {
	if err := checkWrite(w); err != nil {
		return err
	}
	old, there := tx.documents[w.Document.DocID]
	if there && old.OwnerID != w.Document.OwnerID {
		return book.Errorf(book.Conflict, "document %q belongs to another account; choose another "+
			"doc_id", old.DocID)
	}
	if old.Revision != w.BaseRevision && !tx.without[Rev] {
		return stale(w.Document.DocID)
	}
	if tx.spaces[w.SpaceID].State != store.SpaceActive && !tx.without[Space] {
		return stale(w.Document.DocID)
	}
	for _, c := range w.Chunks {
		if !tx.ready(w.SpaceID, c) {
			return stale(w.Document.DocID)
		}
	}
	return tx.checkDocument(w.Document)
}

// checkWrite refuses a write that no state of the store could take.
func checkWrite(w store.DocumentWrite) error {
	if _, err := copied(w.Document.Metadata); err != nil {
		return err
	}
	seen := map[uuid.UUID]bool{uuid.Nil: false}
	for i, c := range w.Chunks {
		if c.Index != i {
			return book.Errorf(book.Invalid, "chunk %d of document %q has index %d", i,
				w.Document.DocID, c.Index)
		}
		if seen[c.ChunkID] || seen[c.VectorID] {
			return book.Errorf(book.Invalid, "chunk %d of document %q has an id that an earlier "+
				"chunk has", i, w.Document.DocID)
		}
		seen[c.ChunkID], seen[c.VectorID] = true, c.VectorID != uuid.Nil
	}
	return nil
}

// ready reports whether the chunk's new point is still this write's to refer to, or the chunk that
// is kept is there with its point.
func (tx *transaction) ready(spaceID string, c store.ChunkWrite) bool {
	if c.VectorID == uuid.Nil {
		_, there := tx.pointOf[chunkSpace{c.ChunkID, spaceID}]
		return there
	}
	r, ok := tx.ledger[c.VectorID]
	return ok && r.state == store.Writing && r.spaceID == spaceID
}

func stale(docID string) error {
	return book.Wrap(book.Conflict, store.ErrStale,
		"document %q was changed by another write; try again", docID)
}

func (tx *transaction) apply(w store.DocumentWrite) (done store.Committed, err error) {
	old, there := tx.documents[w.Document.DocID]
	d := document{Document: w.Document, fingerprint: w.Fingerprint, text: w.Text}
	if d.Metadata, err = copied(w.Document.Metadata); err != nil {
		return done, err
	}
	d.Revision = tx.nextRevision(there)
	if there {
		d.CreatedAt, d.UpdatedAt = old.CreatedAt, tx.now
	}
	if d.CreatedAt.IsZero() {
		d.CreatedAt = tx.now
	}
	if d.UpdatedAt.IsZero() {
		d.UpdatedAt = tx.now
	}
	for _, c := range w.Chunks {
		d.chunkIDs = append(d.chunkIDs, c.ChunkID)
	}
	for _, id := range old.chunkIDs {
		if !slices.Contains(d.chunkIDs, id) {
			done.Released = append(done.Released, tx.removeChunk(id)...)
			done.Removed++
		}
	}
	for _, c := range w.Chunks {
		tx.putChunk(d.DocID, c)
		if c.VectorID == uuid.Nil {
			continue
		}
		at := chunkSpace{c.ChunkID, w.SpaceID}
		done.Released = append(done.Released, tx.letGo(at)...)
		done.Released = append(done.Released, tx.refer(at, c.VectorID, d.scope(), w.Late)...)
	}
	tx.documents[d.DocID] = d
	done.Revision = d.Revision
	return done, nil
}
