package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/lectern-project/lectern/internal/book"
	"github.com/lectern-project/lectern/internal/store"
	"github.com/lectern-project/lectern/internal/store/postgres/postgresdb"
)

// CommitDocument implements store.Documents.
func (s *Store) CommitDocument(
	ctx context.Context, w store.DocumentWrite,
) (done store.Committed, err error) {
	var refusal error
	err = s.update(ctx, func(tx *transaction) error {
		c := commit{transaction: tx, write: w}
		if err := c.load(ctx); err != nil {
			return err
		}
		if refusal, err = c.refuse(ctx); err != nil {
			return err
		}
		if refusal == nil {
			if done, err = c.apply(ctx); err != nil {
				return err
			}
			return tx.record(ctx)
		}
		_, err := tx.abandon(ctx, newIDs(w), w.Late)
		return err
	})
	switch code := book.CodeOf(err); {
	case err == nil:
		err = refusal
	case code == book.Invalid, code == book.Conflict:
		// The server refused a value or lost a race, and undid everything with it.
		if _, abandonErr := s.Abandon(ctx, newIDs(w), w.Late); abandonErr != nil {
			err = abandonErr
		}
	}
	if err != nil {
		return store.Committed{}, err
	}
	return done, nil
}

// validate refuses a write that no state of the store could take.
func validate(w store.DocumentWrite) error {
	docID, visibility := w.Document.DocID, w.Document.Visibility
	if docID == "" {
		return book.Errorf(book.Invalid, "the document has no doc_id")
	}
	if visibility != book.Public && visibility != book.Private {
		return book.Errorf(book.Invalid, "document %q has the visibility %q; it must be %q or %q",
			docID, visibility, book.Public, book.Private)
	}
	if _, err := encodeMetadata(w.Document.Metadata); err != nil {
		return err
	}
	chunks, points := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for i, c := range w.Chunks {
		if c.Index != i {
			return book.Errorf(book.Invalid, "chunk %d of document %q has index %d",
				i, docID, c.Index)
		}
		if chunks[c.ChunkID] || (c.VectorID != uuid.Nil && points[c.VectorID]) {
			return book.Errorf(book.Invalid, "chunk %d of document %q has an id that an earlier "+
				"chunk has", i, docID)
		}
		chunks[c.ChunkID], points[c.VectorID] = true, true
	}
	return nil
}

func newIDs(w store.DocumentWrite) []uuid.UUID {
	var ids []uuid.UUID
	for _, c := range w.Chunks {
		if c.VectorID != uuid.Nil {
			ids = append(ids, c.VectorID)
		}
	}
	return ids
}

// commit is transaction B of one ingest.
type commit struct {
	*transaction
	write store.DocumentWrite

	exists bool
	doc    postgresdb.Document                    // as it was, if it exists
	points map[uuid.UUID][]duePoint               // of each chunk that was there, in all spaces
	ledger map[uuid.UUID]postgresdb.LockLedgerRow // rows of the points, old and new
}

// load locks the document and all ids that may change, and reads what is there.
func (c *commit) load(ctx context.Context) error {
	if err := c.HoldSpaces(ctx, spacesLock); err != nil {
		return err
	}
	var err error
	c.doc, err = c.LockDocument(ctx, c.write.Document.DocID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	c.exists = err == nil
	ids := newIDs(c.write)
	if c.exists {
		rows, err := c.ChunkPoints(ctx, c.write.Document.DocID)
		if err != nil {
			return err
		}
		c.points = make(map[uuid.UUID][]duePoint, len(rows))
		for _, row := range rows {
			points := c.points[row.ChunkID]
			if row.VectorID.Valid {
				points = append(points, duePoint{id: row.VectorID.UUID, spaceID: *row.SpaceID})
				ids = append(ids, row.VectorID.UUID)
			}
			c.points[row.ChunkID] = points
		}
	}
	c.ledger, err = c.lockLedger(ctx, ids)
	return err
}

// refuse returns why the write must not happen, or nil.
func (c *commit) refuse(ctx context.Context) (refusal, err error) {
	if err := validate(c.write); err != nil {
		return err, nil
	}
	docID := c.write.Document.DocID
	if c.exists && c.doc.OwnerID != c.write.Document.OwnerID {
		return book.Errorf(book.Conflict, "document %q belongs to another account; "+
			"choose another doc_id", docID), nil
	}
	if c.doc.Revision != c.write.BaseRevision {
		return stale(docID), nil
	}
	space, err := c.ActiveSpace(ctx)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && space.ID != c.write.SpaceID) {
		return stale(docID), nil
	}
	if err != nil {
		return nil, err
	}
	for _, chunk := range c.write.Chunks {
		if !c.ready(chunk) {
			return stale(docID), nil
		}
	}
	return nil, nil
}

func stale(docID string) error {
	return book.Wrap(book.Conflict, store.ErrStale,
		"document %q was changed by another write; try again", docID)
}

// ready reports whether the chunk's new point is still this write's to refer to, or the chunk that
// is kept is there with its point.
func (c *commit) ready(chunk store.ChunkWrite) bool {
	if chunk.VectorID == uuid.Nil {
		_, there := c.present(chunk.ChunkID)
		return there
	}
	row, ok := c.ledger[chunk.VectorID]
	return ok && row.SpaceID == c.write.SpaceID && row.State == string(store.Writing)
}

// present returns the point that the chunk had in the space of the write.
func (c *commit) present(chunkID uuid.UUID) (duePoint, bool) {
	for _, p := range c.points[chunkID] {
		if p.spaceID == c.write.SpaceID {
			return p, true
		}
	}
	return duePoint{}, false
}

func (c *commit) apply(ctx context.Context) (done store.Committed, err error) {
	if err := c.putDocument(ctx); err != nil {
		return done, err
	}
	due, removed := c.leaving()
	gone := idsOf(due)
	written := newIDs(c.write)
	if c.write.Late {
		for _, id := range written {
			due = append(due, duePoint{
				id: id, spaceID: c.write.SpaceID, late: true, referenced: true,
			})
		}
	}
	if done.Released, err = c.markDue(ctx, due); err != nil {
		return done, err
	}
	if err := c.letGo(ctx, gone, removed); err != nil {
		return done, err
	}
	if err := c.putChunks(ctx); err != nil {
		return done, err
	}
	if err := c.keepTimes(ctx); err != nil {
		return done, err
	}
	if len(written) > 0 && !c.write.Late {
		if err := c.DeleteLedger(ctx, written); err != nil {
			return done, err
		}
	}
	if c.exists {
		if err := c.EndScopeChanges(ctx, []string{c.doc.DocID}); err != nil {
			return done, err
		}
	}
	done.Revision, done.Removed = c.doc.Revision, len(removed)
	return done, nil
}

// putDocument writes the document's row and text, and leaves the row in c.doc.
func (c *commit) putDocument(ctx context.Context) error {
	d := c.write.Document
	metadata, err := encodeMetadata(d.Metadata)
	if err != nil {
		return err
	}
	if c.exists {
		c.doc, err = c.rewrite(ctx, postgresdb.Document{
			DocID: d.DocID, Title: d.Title, Chapter: d.Chapter, Url: d.URL, Metadata: metadata,
			Source: d.Source, OwnerID: d.OwnerID, Visibility: string(d.Visibility),
			Fingerprint: c.write.Fingerprint,
		})
	} else {
		c.doc, err = c.InsertDocument(ctx, postgresdb.InsertDocumentParams{
			DocID: d.DocID, Title: d.Title, Chapter: d.Chapter, Url: d.URL, Metadata: metadata,
			Source: d.Source, OwnerID: d.OwnerID, Visibility: string(d.Visibility),
			Fingerprint: c.write.Fingerprint,
			CreatedAt:   orNull(d.CreatedAt), UpdatedAt: orNull(d.UpdatedAt),
		})
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows): // another write created it since it was looked for
		return stale(d.DocID)
	case dangling(err):
		return noOwner()
	case err != nil:
		return err
	}
	return c.PutText(ctx, postgresdb.PutTextParams{DocID: d.DocID, Text: c.write.Text})
}

// leaving returns the points that chunks let go, and the chunks that are no longer.
func (c *commit) leaving() (gone []duePoint, removed []uuid.UUID) {
	stays := make(map[uuid.UUID]bool, len(c.write.Chunks))
	for _, chunk := range c.write.Chunks {
		stays[chunk.ChunkID] = true
		if old, there := c.present(chunk.ChunkID); there && chunk.VectorID != uuid.Nil {
			gone = append(gone, old)
		}
	}
	for id, points := range c.points {
		if !stays[id] {
			removed = append(removed, id)
			gone = append(gone, points...)
		}
	}
	return gone, removed
}

func (c *commit) letGo(ctx context.Context, points, chunks []uuid.UUID) error {
	if len(points) > 0 {
		if err := c.DeletePoints(ctx, points); err != nil {
			return err
		}
	}
	if len(chunks) > 0 {
		return c.DeleteChunks(ctx, chunks)
	}
	return nil
}
